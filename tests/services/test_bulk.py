"""A receipt from its scope to its revert: what is frozen is what runs, and what somebody changed meanwhile stays."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.domain.bulk import Change, parse
from backend.domain.errors import Conflict, Forbidden, Invalid
from backend.domain.states import ReviewState
from backend.jobs.housekeeping import forget_drafts
from backend.services import checking, filters, moderation
from backend.services.bulk import impact, receipts, running
from backend.services.filters import Filters
from backend.store.database import Database
from tests import cast

pytestmark = pytest.mark.anyio
UTC = ZoneInfo("UTC")


def change(**fields: str) -> Change:
    return parse({name: [value] for name, value in fields.items()})


HIDE = change(kind="status", state="hidden", reason="spam")
CALM = change(kind="replace", find="winter", replacement="summer", **{"in": "body"})


@pytest.fixture
async def ids(database: Database) -> list[int]:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        return [await cast.review(writer, rating=1 + n % 5, ratings=[n + 1, cast.FIT, 3]) for n in range(8)]


async def made(
    database: Database, changes: list[Change], asked: Filters | None = None, ids: list[int] | None = None
) -> int:
    async with database.write() as writer:
        if ids is not None:
            bulk_id = await receipts.of_chosen(writer, cast.MODERATOR, ids, UTC)
        else:
            bulk_id = await receipts.of_matching(writer, cast.MODERATOR, asked or Filters(), UTC)
        for one in changes:
            await receipts.add(writer, cast.MODERATOR, bulk_id, one)
    return bulk_id


async def run(database: Database, bulk_id: int, **more: Any) -> dict[str, Any]:
    async with database.write() as writer:
        await running.start(writer, cast.MODERATOR, bulk_id, "A wave of spam.", **more)
    async with database.read() as reader:
        assert await checking.check(reader) == []
        return await receipts.one(reader, cast.MODERATOR, bulk_id)


async def states(database: Database) -> dict[int, str]:
    async with database.read() as reader:
        return {row["id"]: row["state"] for row in await reader.fetch_all("select id, state::text from review")}


async def test_what_was_frozen_runs_and_what_changed_since_is_listed(database: Database, ids: list[int]) -> None:
    bulk_id = await made(database, [HIDE], Filters(ratings=(1, 2, 3)))
    async with database.write() as writer:
        await moderation.restore(writer, cast.LEAD, ids[0])
        await cast.review(writer, rating=1)  # comes too late
        for row in await writer.fetch_all("delete from review where id = %s returning *", (ids[1],)):
            await cast.count(writer, row, -1)
        await moderation.hide(writer, cast.LEAD, ids[2], "spam")
    receipt = await run(database, bulk_id)
    assert receipt["counts"] == {"changed": 3, "unchanged": 0, "skipped": 3, "failed": 0}
    assert receipt["finished_at"]
    async with database.read() as reader:
        left = await running.left(reader, cast.VIEWER, bulk_id, ["skipped"])
        assert [(row["id"], row["by"]["who"] if row["by"] else None) for row in left] == [
            (ids[0], "Lead"), (ids[1], None), (ids[2], "Lead"),
        ]  # fmt: skip
        job = await reader.fetch_one("select kind, state, done, total, counts from job")
    assert job == {"kind": "bulk", "state": "finished", "done": 6, "total": 6, "counts": receipt["counts"]}


async def test_impact_is_what_comes(database: Database, ids: list[int]) -> None:
    bulk_id = await made(database, [HIDE, CALM], Filters(ratings=(1, 2)))
    async with database.read() as reader:
        receipt = await receipts.one(reader, cast.MODERATOR, bulk_id)
        assert receipt["facts"] == {"published 1": 2, "published 2": 2}
        told = await impact.foresee(reader, cast.MODERATOR, receipt)
    assert (told.looked_at, told.unchanged, told.failed, told.stale, told.matches) == (4, 0, 0, 0, 4)
    assert told.samples[0].differs["body"] == "I wore it for a whole summer and nobody saw me once."
    assert told.low == 1.0
    assert told.averages
    (moves,) = told.averages.rows
    assert (moves["was"], moves["becomes"], moves["had"], moves["then_has"]) == (2.63, 3.75, 8, 4)
    await run(database, bulk_id)
    async with database.read() as reader:
        assert await reader.fetch_value("select avg(rating)::float from review where visible") == 3.75


async def test_the_whole_is_taken_back_in_three_counts(database: Database, ids: list[int]) -> None:
    bulk_id = await made(database, [HIDE, CALM, change(kind="move", product="2")])
    await run(database, bulk_id)
    async with database.write() as writer:
        await moderation.restore(writer, cast.LEAD, ids[0])
        await writer.execute("delete from review where id = %s", (ids[1],))
        assert await running.revert_some(writer, cast.MODERATOR, bulk_id, ids[2:4]) == {
            "reversed": 2,
            "kept": 0,
            "failed": 0,
        }
    async with database.write() as writer:
        await running.start_revert(writer, cast.MODERATOR, bulk_id)
    async with database.read() as reader:
        receipt = await receipts.one(reader, cast.MODERATOR, bulk_id)
        assert await checking.check(reader) == []
        rows = await reader.fetch_all(
            "select product_id, state::text, ratings, body from review where id = any(%s)", (ids[2:],)
        )
    assert receipt["revert_counts"] == {"reversed": 4, "kept": 3, "failed": 1}
    assert all((row["product_id"], row["state"], row["ratings"][1:]) == (1, "published", [cast.FIT, 3]) for row in rows)
    assert all("winter" in row["body"] for row in rows)
    async with database.write() as writer:
        with pytest.raises(Conflict, match="already"):
            await running.start_revert(writer, cast.MODERATOR, bulk_id)


async def test_merging_leaves_a_trace_with_both_products(database: Database, ids: list[int]) -> None:
    await run(database, await made(database, [change(kind="move", product="2")], Filters(product_id=1)))
    async with database.read() as reader:
        rows = await reader.fetch_all("select subject_id, cause, counts from event where action = 'merge' order by id")
        assert await reader.fetch_value("select count(*) from review where product_id = 1") == 0
    assert [(row["subject_id"], row["cause"]) for row in rows] == [(1, "into product 2"), (2, "from product 1")]
    assert rows[0]["counts"] == {"reviews": 8}


async def test_more_than_a_thousand_are_a_leads_and_typed(database: Database, ids: list[int]) -> None:
    bulk_id = await made(database, [HIDE])
    async with database.write() as writer:
        await writer.execute("update bulk set total = 1234 where id = %s", (bulk_id,))
    for actor, typed, error in (
        (cast.MODERATOR, "1234", Forbidden),
        (cast.LEAD, "1243", Invalid),
        (cast.VIEWER, "1234", Forbidden),
    ):
        async with database.write() as writer:
            with pytest.raises(error):
                await running.start(writer, actor, bulk_id, "Because.", typed)
    async with database.write() as writer:
        await running.start(writer, cast.LEAD, bulk_id, "Because.", "1,234")
    assert set((await states(database)).values()) == {ReviewState.PUBLISHED}  # a job does it


async def test_what_nobody_runs_is_forgotten_after_a_week(database: Database, ids: list[int]) -> None:
    young, old, run_ = [await made(database, [HIDE], ids=ids[:3]) for _ in range(3)]
    await run(database, run_)
    async with database.write() as writer:
        await writer.execute("update bulk set made_at = now() - interval '6 days 23 hours' where id = %s", (young,))
        past = "update bulk set made_at = now() - interval '7 days 1 minute' where id = any(%s)"
        await writer.execute(past, ([old, run_],))
    await forget_drafts(database)
    async with database.read() as reader:
        left = await reader.fetch_all("select id from bulk order by id")
        frozen = await reader.fetch_all("select distinct bulk_id from bulk_part")
    assert [row["id"] for row in left] == [young, run_]
    assert [row["bulk_id"] for row in frozen] == [young]


@pytest.mark.parametrize(
    ("changes", "why", "named"),
    [([], "Because.", "kind"), ([HIDE], " ", "why"), ([HIDE], "\x00", "why")],
)
async def test_what_is_missing_is_named(
    database: Database, ids: list[int], changes: list[Change], why: str, named: str
) -> None:
    bulk_id = await made(database, changes, ids=ids[:2])
    async with database.write() as writer:
        with pytest.raises(Invalid) as refused:
            await running.start(writer, cast.MODERATOR, bulk_id, why)
    assert refused.value.errors[0].field == named


async def test_a_reason_and_a_product_must_be_there(database: Database, ids: list[int]) -> None:
    for wrong in (change(kind="status", state="hidden", reason="because"), change(kind="move", product="999")):
        with pytest.raises(Invalid):
            await made(database, [wrong], ids=ids[:1])


async def test_filters_with_words_are_frozen(database: Database, ids: list[int]) -> None:
    asked = filters.parse([("q", "winter"), ("product", "1"), ("from", "2026-01-01")]).filters
    bulk_id = await made(database, [], asked)
    async with database.read() as reader:
        receipt = await receipts.one(reader, cast.MODERATOR, bulk_id)
    assert receipt["total"] == 8
    assert receipts.filters_of(receipt) == asked
