"""What a load test is made of, apart from Locust: which ids, how many users, what is right, how it is counted."""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from backend.commands.loadtest import loadtest
from backend.domain.load_tests import SHAPES, Figures
from loadtests import checks, curves, mix
from loadtests.checks import Wrong
from loadtests.plan import Plan
from loadtests.skewed import Skewed
from loadtests.tally import Histogram, Tally
from loadtests.thresholds import Limits


@given(st.integers(1, 2**31), st.integers(1, 2_000_000), st.integers(0, 2**40), st.integers())
def test_a_skewed_choice_stays_in_its_range(first: int, count: int, seed: int, chance: int) -> None:
    chosen = Skewed(first, first + count - 1, seed)
    assert first <= chosen.draw(Random(chance)) < first + count


def test_a_few_are_chosen_most_and_the_seed_says_which() -> None:
    def most(seed: int) -> list[tuple[int, int]]:
        random = Random(1)
        return Counter(Skewed(1, 100_000, seed).draw(random) for _ in range(5_000)).most_common(10)

    assert most(1) == most(1)
    assert sum(count for _, count in most(1)) > 500  # of any other ten, one or none
    assert {number for number, _ in most(1)}.isdisjoint(number for number, _ in most(50_000))


@given(st.sampled_from(SHAPES), st.floats(0, 1, exclude_max=True), st.integers(1, 10_000))
def test_a_shape_has_one_user_at_least_and_never_more_than_all(shape: str, passed: float, most: int) -> None:
    assert 1 <= curves.users(shape, passed, most) <= most


def test_shapes_rise_and_fall_as_they_are_called() -> None:
    users = {shape: [curves.users(shape, passed / 10, 100) for passed in range(10)] for shape in SHAPES}
    assert users["ramp"] == sorted(users["ramp"])
    assert users["steady"] == [100] * 10
    assert users["spike"] == [25] * 4 + [100] * 2 + [25] * 4
    assert users["soak"] == [1] + [100] * 9
    assert set(curves.SECONDS) == set(SHAPES)


@given(st.integers(1, 5_000))
def test_every_journey_has_somebody(users: int) -> None:
    counts = mix.counts(tuple(mix.JOURNEYS), users)
    assert min(counts.values()) >= 1
    assert sum(counts.values()) <= users + len(counts)


def test_a_plan_is_read_as_it_was_written_and_its_secrets_are_no_options(tmp_path: Path) -> None:
    plan = Plan(host="http://127.0.0.1:1", key="ar_secret", accounts=(("a@b", "secret"),), products=(3, 9))
    plan.write(tmp_path / "plan")
    assert Plan.read(tmp_path / "plan") == plan
    assert (tmp_path / "plan").stat().st_mode & 0o777 == 0o600
    assert "secret" not in json.dumps(plan.options())


TIMES = st.floats(0.02, 60_000)


@given(st.lists(TIMES, min_size=1, max_size=200), st.sampled_from((0.5, 0.95, 0.99, 1.0)))
def test_a_quantile_is_the_true_one_to_one_per_cent(times: list[float], share: float) -> None:
    counted = Histogram()
    for ms in times:
        counted.add(ms, failed=False)
    told = counted.quantile(share)
    assert told == pytest.approx(sorted(times)[math.ceil(len(times) * share) - 1], rel=0.0101)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 45), TIMES, st.sampled_from(("", "status 500")))))
def test_counted_by_two_is_as_counted_by_one(requests: list[tuple[str, int, float, str]]) -> None:
    alone, first, second, sum_ = Tally(), Tally(), Tally(), Tally()
    for number, request in enumerate(requests):
        alone.add(*request)
        (first, second)[number % 2].add(*request)
        if number % 7 == 0:
            sum_.take(json.loads(json.dumps(first.tell())))
    for each in (first, second):
        sum_.take(json.loads(json.dumps(each.tell())))
    assert (sum_.total(), sum_.by_name(), sum_.course()) == (alone.total(), alone.by_name(), alone.course())
    assert sum_.total().requests == len(requests) == sum(figures.requests for figures in sum_.by_name())
    assert sum_.total().errors == sum(fault.count for fault in sum_.worst())


def test_the_course_and_the_rate_of_a_steady_load() -> None:
    tally = Tally()
    for second in range(25):
        for part in range(4):
            tally.add("x", 1_000.0 + second + part / 4, 10.0)
    assert tally.total().rate == pytest.approx(4.0, rel=0.02)
    assert [moment.at for moment in tally.course()] == [0, 10]
    assert [moment.rate for moment in tally.course()] == pytest.approx([4.0, 4.0], rel=0.02)
    assert tally.usual_rate() == 4.0


FINE = Figures("All", 1_000, 9, 200.0, 3.0, 100.0, 250.0)


@pytest.mark.parametrize(
    ("total", "asked", "missed"),
    [
        (FINE, 200.0, []),
        (FINE, 0.0, []),
        (replace(FINE, errors=10), 0.0, ["errors"]),
        (replace(FINE, p95=100.1), 0.0, ["p95"]),
        (replace(FINE, p99=251.0), 0.0, ["p99"]),
        (replace(FINE, rate=189.9), 200.0, ["rate"]),
        (Figures("All", 0, 0, 0.0, None, None, None), 0.0, ["p95", "p99"]),
    ],
)
def test_thresholds(total: Figures, asked: float, missed: list[str]) -> None:
    assert [each.name for each in Limits().judge(total, asked) if not each.held] == missed


def review(number: int = 5, **other: Any) -> dict[str, Any]:
    return {
        "review_id": number,
        "rating": 4,
        "summary": "Warm",
        "recommend": True,
        "response": None,
        "body": "I wore it.",
        "date": "2026-01-02T03:04:05.678Z",
        "reviewer_name": "Inês",
        "helpfulness": 2,
        "photos": [],
        **other,
    }


def listed(*reviews: dict[str, Any], **other: Any) -> bytes:
    return json.dumps({"product": "1", "count": 5, "results": reviews, "next": None, **other}).encode()


EARLIER = "2026-01-02T03:04:04.678Z"
NUMBERS = {"product_id": "1", "ratings": {"4": "2"}, "recommended": {"false": "1", "true": "1"}, "characteristics": {}}
STATS = {"product_id": "1", "average": "4.5000", "count": "2", "ratings": {"4": "1", "5": "1"}}


@pytest.mark.parametrize("sort", ["relevant", "newest", "helpful"])
def test_right_lists(sort: str) -> None:
    checks.page(listed(), 1, sort, 5)
    checks.page(listed(review(5), review(4)), 1, sort, 5)
    checks.page(listed(review(4), review(9, date=EARLIER, helpfulness=1)), 1, sort, 5)


@pytest.mark.parametrize(
    ("body", "sort"),
    [
        (b"", "newest"),
        (b"[" * 100_000, "newest"),
        (b"[]", "newest"),
        (listed(product="2"), "newest"),
        (listed(count=4), "newest"),
        (listed(*map(review, range(6, 0, -1))), "newest"),
        (listed(review(summary=None)), "newest"),
        (listed(review(rating=6)), "newest"),
        (listed(review(5), review(5)), "newest"),
        (listed(review(4), review(5)), "newest"),
        (listed(review(5, date=EARLIER), review(4)), "newest"),
        (listed(review(5, helpfulness=1), review(4)), "helpful"),
        (listed(review(5, helpfulness=1), review(4)), "relevant"),
    ],
)
def test_a_wrong_list_is_noticed(body: bytes, sort: str) -> None:
    with pytest.raises(Wrong):
        checks.page(body, 1, sort, 5)


def test_a_walk_meets_nothing_twice() -> None:
    seen: set[int] = set()
    checks.step(listed(review(5), next="abc"), 1, "newest", 5, seen)
    with pytest.raises(Wrong, match="earlier page"):
        checks.step(listed(review(5)), 1, "newest", 5, seen)
    with pytest.raises(Wrong):
        checks.step(json.dumps({"product": "1", "count": 5, "results": []}).encode(), 1, "newest", 5, seen)


def test_wrong_numbers_are_noticed() -> None:
    checks.meta(json.dumps(NUMBERS).encode(), 1)
    for other in (
        {"product_id": "2"},
        {"ratings": {"4": "3"}},
        {"ratings": {"6": "2"}},
        {"characteristics": {"Fit": {"id": 1, "value": "5.1"}}},
    ):
        with pytest.raises(Wrong):
            checks.meta(json.dumps({**NUMBERS, **other}).encode(), 1)


def test_wrong_stars_are_noticed() -> None:
    empty: dict[str, Any] = {"product_id": "2", "average": None, "count": "0", "ratings": {}}
    checks.stats(json.dumps({"results": [STATS, empty]}).encode(), [1, 2])
    for rows in ([empty, STATS], [STATS], [{**STATS, "count": "3"}, empty], [{**STATS, "average": "4.4"}, empty]):
        with pytest.raises(Wrong):
            checks.stats(json.dumps({"results": rows}).encode(), [1, 2])


def test_what_else_is_checked() -> None:
    token = "a" * 64
    checks.review(json.dumps(review(5)).encode(), 5)
    checks.created(b"Created")
    checks.nothing(b"")
    checks.shows(b"here it is", "it is")
    assert checks.form(f'<input name="csrf" value="{token}">'.encode()) == token
    assert checks.card(f'name="csrf" value="{token}" name="open" value="5.3"'.encode(), 5) == (token, 3)
    assert checks.done("/console/queue?kind=held&done=12") == 12
    wrongs = (
        lambda: checks.review(json.dumps(review(6)).encode(), 5),
        lambda: checks.created(b"Held"),
        lambda: checks.nothing(b"x"),
        lambda: checks.shows(b"nothing", "it is"),
        lambda: checks.form(b"\xff"),
        lambda: checks.card(f'name="csrf" value="{token}" name="open" value="6.3"'.encode(), 5),
        lambda: checks.done("/console/queue"),
    )
    for wrong in wrongs:
        with pytest.raises(Wrong):
            wrong()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--host ftp://x", "write an address"),
        ("--host http://user:secret@x", "write an address"),
        ("--host http://x --journeys moderators", "there are storefront"),
        ("--journeys nobody", "there are storefront, clients, moderators"),
        ("--time 1x", "write 30s, 5m or 1h"),
        ("--time 2s", "from 3s to 24h"),
        ("--host http://x --products 9-1", "the first and the last id"),
    ],
)
def test_what_cannot_be_asked_for_is_said(arguments: str, words: str) -> None:
    done = CliRunner().invoke(loadtest, arguments.split())
    assert done.exit_code == 2
    assert words in done.output.replace("\n", " ")
    assert "secret" not in done.output
