"""Who is told, and when: after long enough, once, and never back and forth."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.alerts import Watched, judge, waking
from backend.domain.runbook import RUNBOOK
from backend.domain.targets import TARGETS, Reading, Target, headline
from backend.domain.traffic import group_of
from tests.examples import tried

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = Target("x", 100.0, "ms", "{subject} {value}", "x", opens=60, closes=120)

# Seconds since the reading before, and what was read then.
courses = st.lists(st.tuples(st.integers(1, 90), st.one_of(st.none(), st.floats(80, 120))), max_size=80)
Change = tuple[str, datetime]


def followed(course: Sequence[tuple[int, float | None]]) -> list[Change]:
    """When it opened and ended, by readings one after the other."""
    now, changes = BEGAN, []
    state: Watched | None = None
    for seconds, value in course:
        now += timedelta(seconds=seconds)
        before, state = state, judge(state, TARGET, value, now)
        if state and state.opened_at and not (before and before.opened_at):
            changes.append(("opened", now))
        if state and state.ended_at:
            changes.append(("ended", now))
            state = None
    return changes


@tried(300)
@given(courses)
def test_it_opens_and_ends_by_turns_and_never_soon_after_the_other(course: list[tuple[int, float | None]]) -> None:
    changes = followed(course)
    assert [what for what, _ in changes] == [("opened", "ended")[place % 2] for place in range(len(changes))]
    for (_, one), (what, other) in pairwise(changes):
        assert (other - one).total_seconds() >= (TARGET.opens if what == "opened" else TARGET.closes)


@tried(300)
@given(courses)
def test_it_opens_only_where_every_reading_of_the_time_missed(course: list[tuple[int, float | None]]) -> None:
    now, read = BEGAN, []
    for seconds, value in course:
        now += timedelta(seconds=seconds)
        read.append((now, value))
    for what, at in followed(course):
        if what == "opened":
            until = [(then, value) for then, value in read if then <= at]
            last_held = max((then for then, value in until if value is None or value <= TARGET.limit), default=BEGAN)
            first_missed = min(then for then, _ in until if then > last_held)
            assert (at - first_missed).total_seconds() >= TARGET.opens


@tried(300)
@given(courses)
def test_it_ends_only_where_every_reading_of_the_time_held(course: list[tuple[int, float | None]]) -> None:
    now, missed, opened = BEGAN, BEGAN, False
    changes = {at: what for what, at in followed(course)}
    for seconds, value in course:
        now += timedelta(seconds=seconds)
        if value is not None and TARGET.missed(value, was_missed=opened):
            missed = now
        opened = changes.get(now, "opened" if opened else "") == "opened"
        if changes.get(now) == "ended":
            assert (now - missed).total_seconds() > TARGET.closes


def test_around_the_limit_an_open_one_stays_open() -> None:
    course = [(30, value) for value in (101.0, 101.0, 101.0, *[99.0, 101.0] * 20, *[95.0] * 20)]
    assert [what for what, _ in followed(course)] == ["opened"]
    assert [what for what, _ in followed([*course, *[(30, 89.0)] * 6])] == ["opened", "ended"]


def test_what_is_not_read_any_more_holds() -> None:
    state: Watched | None = Watched(BEGAN, BEGAN + timedelta(minutes=1))
    for second in (0, 60, 120):
        assert state is not None
        state = judge(state, TARGET, None, BEGAN + timedelta(minutes=5, seconds=second))
    assert state is not None
    assert state.ended_at == BEGAN + timedelta(minutes=7)


def test_what_wakes_somebody_is_in_the_runbook() -> None:
    assert {code for code, target in TARGETS.items() if target.wakes} == set(RUNBOOK)
    read = [Reading(code, 1e6, "x") for code in TARGETS] + [Reading("waiting", 5)]
    assert {code for code, _ in waking(read)} == set(RUNBOOK)


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ([], "Serving well"),
        ([Reading("p99", 250), Reading("waiting", 1e9)], "Serving well"),
        ([Reading("lag", 2.1, "replica-1"), Reading("lag", 3, "replica-2")], "Serving well, but a replica is behind"),
        ([Reading("p99", 251), Reading("p95", 101)], "Serving badly: answers are slow"),
        ([Reading("disk", 99, "a"), Reading("errors", 2)], "Serving badly: requests fail and a disk fills up"),
        (
            [Reading("oldest", 25), Reading("lag", 3), Reading("disk", 99), Reading("stalled", 1)],
            "Serving well, but a replica is behind, jobs are stalled and 2 more",
        ),
    ],
)
def test_the_headline_names_the_gravest(readings: list[Reading], said: str) -> None:
    assert headline(readings) == said


@pytest.mark.parametrize(
    ("method", "route", "group"),
    [
        ("GET", "/reviews", "GET /reviews"),
        ("PUT", "/reviews/{review_id}/helpful", "PUT /reviews/{review_id}/helpful"),
        ("GET", "/console", "console pages"),
        ("POST", "/console/judge", "console changes"),
        ("HEAD", "/reviews", "elsewhere"),
        ("GET", "(no route)", "elsewhere"),
        ("GET", "/console/system/live", None),
        ("GET", "/health/ready", None),
        ("GET", "/console/static/{name}", None),
    ],
)
def test_what_a_request_counts_as(method: str, route: str, group: str | None) -> None:
    assert group_of(method, route) == group
