"""Bulk changes as jobs: among votes and decisions, paused, cancelled, broken off and gone on with, and taken back."""

import asyncio
from zoneinfo import ZoneInfo

import pytest

from backend.domain.actors import SYSTEM
from backend.domain.bulk import parse
from backend.domain.errors import Conflict, Unavailable
from backend.domain.jobs import Wish
from backend.jobs import work
from backend.jobs.pace import LEAST, Pace
from backend.services import checking, jobs, moderation, voting
from backend.services.bulk import receipts, running, scope
from backend.services.filters import Filters
from backend.settings import Settings
from backend.store.database import Database, Row
from tests import cast

pytestmark = pytest.mark.anyio
MANY = 1_200
HIDE = parse({"kind": ["status"], "state": ["hidden"], "reason": ["spam"]})
CALM = parse({"kind": ["replace"], "find": ["winter"], "replacement": ["summer"], "in": ["body"]})


@pytest.fixture
async def bulk_id(database: Database) -> int:
    """A receipt for many reviews of two products, ready to run."""
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        await writer.execute(
            "insert into review"
            " (id, product_id, written_at, rating, recommend, body, reviewer_name, reviewer_email, ratings)"
            " select n, 1 + n %% 2, now(), 1 + n %% 5, true, 'A whole winter', 'Inês', 'ines@example.org',"
            " case when n %% 2 = 0 then array[n, 11, 3] else '{}' end from generate_series(1, %s) as n",
            (MANY,),
        )
        await writer.execute("select count_review(product_id, rating, recommend, ratings, 1) from review")
        await writer.execute(
            "insert into review_search select id, product_id, search_document(summary, body, reviewer_name) from review"
        )
        made = await receipts.of_matching(writer, cast.LEAD, Filters(), ZoneInfo("UTC"))
        await receipts.add(writer, cast.LEAD, made, HIDE)
    return made


async def start(database: Database, bulk_id: int) -> int:
    async with database.write() as writer:
        return await running.start(writer, cast.LEAD, bulk_id, "Spam.", str(MANY))


async def receipt_of(database: Database, bulk_id: int) -> Row:
    async with database.read(fresh=True) as reader:
        assert await checking.check(reader) == []
        return await receipts.one(reader, SYSTEM, bulk_id)


async def test_among_votes_and_decisions_nothing_is_lost(
    database: Database, settings: Settings, bulk_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.write() as writer:
        await receipts.add(writer, cast.LEAD, bulk_id, CALM)
    monkeypatch.setattr("backend.jobs.pace.MOST", LEAST)
    job_id = await start(database, bulk_id)
    decided = list(range(MANY, 0, -97))

    async def decide(review_id: int) -> bool:
        async with database.write() as writer:
            try:
                await moderation.restore(writer, cast.MODERATOR, review_id, version=1)
            except Conflict:
                return False  # the job was first
            return True

    async def vote(review_id: int) -> None:
        await voting.find_helpful(database, cast.PUBLIC, settings, review_id)

    work_ = asyncio.create_task(work.carry_out(database, settings, job_id))
    kept = await asyncio.gather(*map(decide, decided), *map(vote, range(1, MANY, 50)))
    await work_
    first = sum(came is True for came in kept)
    receipt = await receipt_of(database, bulk_id)
    assert receipt["counts"] == {"changed": MANY - first, "unchanged": 0, "skipped": first, "failed": 0}
    async with database.read() as reader:
        left = {row["id"] for row in await running.left(reader, SYSTEM, bulk_id, ["skipped"])}
        assert left == {one for one, came in zip(decided, kept, strict=False) if came is True}
        assert await reader.fetch_value("select count(*) from review where body = 'A whole summer'") == MANY - first


async def test_a_transaction_takes_its_share_whatever_the_plan(database: Database, bulk_id: int) -> None:
    await start(database, bulk_id)
    async with database.write() as writer:
        # Without these the planner loops, as it does by itself when it knows nothing of the parts yet.
        for way in ("enable_hashagg", "enable_sort", "enable_hashjoin", "enable_mergejoin", "enable_material"):
            await writer.fetch_value("select set_config(%s, 'off', true)", [way])
        step = await running.go_on(writer, bulk_id, 2 * scope.PART)
        assert step.rows == 2 * scope.PART


async def test_broken_off_in_the_middle_it_goes_on_behind_that(
    database: Database, settings: Settings, bulk_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await start(database, bulk_id)
    went = Pace.went

    async def crash(pace: Pace, seconds: float, waited: float) -> None:
        raise Unavailable("The database went away.")  # in each lane, after its first transaction

    monkeypatch.setattr(Pace, "went", crash)
    with pytest.raises(Unavailable):
        await work.carry_out(database, settings, job_id)
    assert 250 <= (await receipt_of(database, bulk_id))["counts"]["changed"] < MANY
    monkeypatch.setattr(Pace, "went", went)
    await work.carry_out(database, settings, job_id)
    receipt = await receipt_of(database, bulk_id)
    assert receipt["counts"]["changed"] == MANY
    async with database.write() as writer:
        reverting = await running.start_revert(writer, cast.LEAD, bulk_id)
    await work.carry_out(database, settings, reverting)
    receipt = await receipt_of(database, bulk_id)
    assert receipt["revert_counts"] == {"reversed": MANY, "kept": 0, "failed": 0}
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from review where state = 'published' and version = 3") == MANY


@pytest.mark.parametrize(("wanted", "state"), [(Wish.PAUSE, "paused"), (Wish.CANCEL, "cancelled")])
async def test_it_obeys_between_two_transactions(
    database: Database, settings: Settings, bulk_id: int, monkeypatch: pytest.MonkeyPatch, wanted: Wish, state: str
) -> None:
    monkeypatch.setattr("backend.jobs.pace.FIRST", LEAST)
    job_id = await start(database, bulk_id)
    went = Pace.went

    async def wish(pace: Pace, seconds: float, waited: float) -> None:
        async with database.write() as writer:
            await jobs.wish(writer, cast.LEAD, job_id, wanted)
        await went(pace, 0.25, 0)

    monkeypatch.setattr(Pace, "went", wish)
    await work.carry_out(database, settings, job_id)
    receipt = await receipt_of(database, bulk_id)
    assert 250 <= receipt["counts"]["changed"] < MANY
    async with database.read(fresh=True) as reader:
        assert (await jobs.one(reader, SYSTEM, job_id))["state"] == state
    if wanted is Wish.PAUSE:
        monkeypatch.setattr(Pace, "went", went)
        async with database.write() as writer:
            await jobs.wish(writer, cast.LEAD, job_id, Wish.RESUME)
        await work.carry_out(database, settings, job_id)
        assert (await receipt_of(database, bulk_id))["counts"]["changed"] == MANY


async def test_paused_and_taken_back_the_rest_is_never_done(
    database: Database, settings: Settings, bulk_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.jobs.pace.FIRST", LEAST)
    job_id = await start(database, bulk_id)
    went = Pace.went

    async def pause(pace: Pace, seconds: float, waited: float) -> None:
        async with database.write() as writer:
            with pytest.raises(Conflict, match="still running"):
                await running.start_revert(writer, cast.LEAD, bulk_id)
            await jobs.wish(writer, cast.LEAD, job_id, Wish.PAUSE)

    monkeypatch.setattr(Pace, "went", pause)
    await work.carry_out(database, settings, job_id)
    monkeypatch.setattr(Pace, "went", went)
    changed = (await receipt_of(database, bulk_id))["counts"]["changed"]
    assert 250 <= changed < MANY
    async with database.write() as writer:
        monkeypatch.setattr(running, "FEW", 100)
        reverting = await running.start_revert(writer, cast.LEAD, bulk_id)
        assert not await writer.fetch_value("select count(*) from bulk_part where bulk_id = %s", (bulk_id,))
        await running.lay_out_revert(writer, bulk_id)
        await jobs.wish(writer, cast.LEAD, job_id, Wish.RESUME)
    await work.carry_out(database, settings, job_id)
    await work.carry_out(database, settings, reverting)
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from review where state = 'published'") == MANY


async def test_many_are_frozen_by_a_job(
    database: Database, settings: Settings, bulk_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "AT_ONCE", 0)
    monkeypatch.setattr(scope, "WINDOW", 500)
    async with database.write() as writer:
        asked = Filters(ratings=(1, 2))
        again = await receipts.of_matching(writer, cast.LEAD, asked, ZoneInfo("UTC"))
    receipt = await receipt_of(database, again)
    assert receipt["frozen_at"] is None
    await work.carry_out(database, settings, receipt["job_id"])
    receipt = await receipt_of(database, again)
    assert receipt["total"] == MANY * 2 / 5
    assert receipt["facts"] == {"published 1": MANY / 5, "published 2": MANY / 5}


async def test_whose_rows_are_not_to_be_had_nobody_waits_for(
    database: Database, settings: Settings, bulk_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.jobs.pace.PATIENCE", 0.05)
    broken_off: asyncio.Queue[int] = asyncio.Queue()
    broke_off = Pace.broke_off

    def noted(pace: Pace, seconds: float) -> None:
        broke_off(pace, seconds)
        broken_off.put_nowait(pace.size)

    monkeypatch.setattr(Pace, "broke_off", noted)
    job_id = await start(database, bulk_id)
    async with database.write() as writer:
        await writer.execute("select from review where id = 1 for update")
        going = asyncio.create_task(work.carry_out(database, settings, job_id))
        async with asyncio.timeout(20):
            assert [await broken_off.get() for _ in range(3)] == [LEAST] * 3
    await going
    assert (await receipt_of(database, bulk_id))["counts"]["changed"] == MANY
    async with database.read(fresh=True) as reader:
        log = await jobs.lines(reader, SYSTEM, job_id)
    assert any("took too long and were done again with fewer" in line["text"] for line in log)


async def test_it_rests_while_readers_wait(database: Database) -> None:
    pace = Pace(database)
    await pace.went(0.05, waited=0.001)
    assert (pace.size, pace.rest) == (750, 0)
    await pace.went(0.05, waited=0.5)
    assert (pace.size, pace.rest) == (375, 0.05)
    await pace.went(0.25, waited=0.001)
    await pace.went(0.25, waited=0.001)
    assert pace.rest < 0.05
