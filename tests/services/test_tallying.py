"""What the worker counts ahead is what was done: decisions and cases once each, reviews as they stand."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain.actors import Actor
from backend.domain.decisions import Outcome
from backend.domain.errors import Conflict, NotFound
from backend.services import insights, moderation, periods, reporting, tallying
from backend.settings import Settings
from backend.store import trace
from backend.store.database import Database
from tests import cast
from tests.examples import tried

pytestmark = pytest.mark.anyio

UTC_ZONE = ZoneInfo("UTC")
STARS = {1: 1, 2: 3, 3: 5}  # by review
STEPS = st.lists(
    st.tuples(st.sampled_from(["hide", "restore", "report", "undo", "tally"]), st.sampled_from(list(STARS))),
    max_size=15,
)


@pytest.fixture
async def world(database: Database) -> Database:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
    await tally(database)
    return database


async def tally(database: Database) -> None:
    async with database.write() as writer:
        await tallying.count_decisions(writer, grace=0)


async def figures(database: Database) -> insights.Insights:
    async with database.read() as reader:
        return await insights.all_of(reader, cast.VIEWER, periods.last_days(7, UTC_ZONE))


async def fresh(database: Database) -> None:
    """Reviews of one, three and five stars, and nothing counted."""
    async with database.write() as writer:
        await writer.execute("delete from review")
        await writer.execute("delete from product_rollup")
        await writer.execute("delete from tally_decision")
        await writer.execute("delete from tally_case")
        await writer.execute("update tally_mark set upto = clock_timestamp()")
        for number, rating in STARS.items():
            await cast.review(writer, id=number, rating=rating)


@tried(15)
@given(steps=STEPS)
@example(
    steps=[("hide", 1), ("restore", 1), ("report", 1), ("undo", 1)]
)  # what closes a case by taking back a decision
async def test_every_decision_and_case_is_counted_once(
    world: Database, settings: Settings, steps: list[tuple[str, int]]
) -> None:
    await fresh(world)
    done: Counter[tuple[str, int]] = Counter()
    cases: set[int] = set()
    last: dict[int, int] = {}
    opened = 0
    for step, review in steps:
        if step == "tally":
            await tally(world)
            continue
        async with world.write() as writer:
            with suppress(Conflict, NotFound):
                match step:
                    case "hide":
                        last[review] = await moderation.hide(writer, cast.MODERATOR, review, "spam")
                        done["refused", review] += 1
                    case "restore":
                        last[review] = await moderation.restore(writer, cast.MODERATOR, review)
                        done["stood", review] += 1
                    case "undo" if review in last:
                        await moderation.undo(writer, cast.LEAD, last[review])
                        done["undone", review] += 1
                    case "report":
                        await moderation.report(writer, cast.OPERATOR, settings, review)
            waits = set(await writer.fetch_value("select coalesce(array_agg(review_id), '{}') from moderation_case"))
            opened += len(waits - cases) if step == "report" else 0
            cases = waits
    await tally(world)
    shown = await figures(world)
    for row in shown.stars.rows:
        reviews = [review for review, rating in STARS.items() if rating == row["rating"]]
        for outcome in ("refused", "stood"):
            assert row[outcome] == sum(done[outcome, review] for review in reviews)
    assert sum(row["undone"] for row in shown.deciders) == sum(done["undone", review] for review in STARS)
    assert sum(row["refused"] for row in shown.reasons) == shown.queue.sum("refused")
    assert shown.queue.sum("refused", "stood") == sum(done.values()) - sum(done["undone", n] for n in STARS)
    assert shown.queue.sum("reported", "held") == opened


async def test_what_is_not_committed_yet_is_counted_later(world: Database) -> None:
    await fresh(world)
    async with world.write() as slow:
        await moderation.hide(slow, cast.MODERATOR, 1, "spam")
        async with world.write() as writer:
            await moderation.hide(writer, cast.MODERATOR, 2, "spam")
        await tally(world)  # must not pass the one that is not there yet
        assert (await figures(world)).queue.sum("refused") == 0
    await tally(world)
    assert (await figures(world)).queue.sum("refused") == 2


async def test_rules_are_told_from_people(world: Database, settings: Settings) -> None:
    await fresh(world)
    rule = Actor(kind="rule")
    async with world.write() as writer:
        for _ in range(settings.report_threshold):
            await moderation.report(writer, cast.PUBLIC, settings, 1, reason="spam")
        await writer.execute("update review set state = 'held' where id = 2")
        await trace.record(writer, rule, "hold", ("review", 2), cause="links")
        await moderation.hide(writer, cast.MODERATOR, 3, "off-topic")
        refusal = await moderation.restore(writer, cast.MODERATOR, 3)
        await moderation.undo(writer, cast.MODERATOR, refusal)
    await tally(world)
    async with world.read() as reader:
        report = await reporting.moderation(reader, cast.VIEWER, periods.last_days(1, UTC_ZONE))
    assert {outcome: report.outcomes[outcome] for outcome in Outcome} == {
        Outcome.REFUSED: {"people": 1, "rules": 0, "clients": 0},
        Outcome.STOOD: {"people": 1, "rules": 0, "clients": 0},
        Outcome.HELD: {"people": 0, "rules": 1, "clients": 0},
        Outcome.WITHHELD: {"people": 0, "rules": 1, "clients": 0},
        Outcome.UNDONE: {"people": 1, "rules": 0, "clients": 0},
    }
    assert report.reinstated == 1
    assert [(row["code"], row["refused"]) for row in report.reasons] == [("off-topic", 1)]
    assert [(row["reason"], row["public"], row["colleagues"]) for row in report.notices] == [
        ("spam", settings.report_threshold, 0)
    ]


async def test_reviews_by_day_are_those_that_are_there(world: Database) -> None:
    await fresh(world)
    now = datetime.now(UTC)
    async with world.write() as writer:
        await cast.review(writer, id=4, written_at=now)
        await cast.review(writer, id=1_000_000_001, written_at=now - timedelta(days=1))
        await cast.review(writer, id=5, written_at=now - timedelta(days=1))
        await tallying.count_reviews(writer)
    days = (await figures(world)).written
    assert [(day["delivered"], day["born"]) for day in days[-2:]] == [(1, 1), (1, 0)]
    assert len(days) == 7
    async with world.write() as writer:
        await writer.execute("delete from review where id = 5")
        await writer.execute("update tally_mark set upto = upto - interval '1 hour'")
        await tallying.count_reviews(writer)
    assert [(day["delivered"], day["born"]) for day in (await figures(world)).written[-2:]] == [(0, 1), (1, 0)]


async def test_days_are_those_of_who_asks(world: Database) -> None:
    await fresh(world)
    east, west = ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Los_Angeles")
    at = datetime.now(UTC).replace(hour=18, minute=20) - timedelta(days=2)  # the day after, at 00:05, in Kathmandu
    async with world.write() as writer:
        await cast.review(writer, id=4, written_at=at)
        await tallying.count_reviews(writer)
    async with world.read() as reader:
        for zone in (east, UTC_ZONE, west):
            found = await insights.written(reader, cast.VIEWER, periods.last_days(7, zone))
            assert [day["day"] for day in found if day["delivered"]] == [at.astimezone(zone).date()]


async def test_a_costly_count_rests_a_hundred_times_as_long(world: Database) -> None:
    async with world.write() as writer:
        await tallying.count_reviews(writer)
        await writer.execute("update tally_mark set seconds = 1, upto = upto - interval '90 seconds'")
        before = await writer.fetch_value("select upto from tally_mark where name = 'reviews'")
        await tallying.count_reviews(writer)
        assert await writer.fetch_value("select upto from tally_mark where name = 'reviews'") == before
        await writer.execute("update tally_mark set upto = upto - interval '20 seconds'")
        await tallying.count_reviews(writer)
        assert await writer.fetch_value("select upto from tally_mark where name = 'reviews'") > before


async def test_the_median_wait(world: Database) -> None:
    await fresh(world)
    async with world.write() as writer:
        for review, minutes in ((1, 2), (2, 90), (3, 60 * 24)):
            await writer.execute(
                "insert into moderation_case (review_id, product_id, kind, opened_at)"
                " values (%s, 1, 'held', now() - make_interval(mins => %s))",
                (review, minutes),
            )
            await moderation.restore(writer, cast.MODERATOR, review)
    await tally(world)
    median = (await figures(world)).queue.median
    assert median == pytest.approx(90 * 60, rel=0.08)
