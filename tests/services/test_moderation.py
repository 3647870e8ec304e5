"""Judging reviews: what each step does to the public list, the rollups, the queue and the trace."""

from dataclasses import replace

import pytest

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import checking, moderation
from backend.settings import Settings
from backend.store import trace
from backend.store.database import Database
from tests import cast

pytestmark = pytest.mark.anyio


async def state_of(database: Database, review_id: int) -> tuple[str, int]:
    async with database.read() as reader:
        row = await reader.fetch_one("select state::text, version from review where id = %s", (review_id,))
    assert row
    return row["state"], row["version"]


async def cases(database: Database) -> list[tuple[int, str, int]]:
    async with database.read() as reader:
        rows = await reader.fetch_all("select review_id, kind, reports from moderation_case order by 1")
    return [(row["review_id"], row["kind"], row["reports"]) for row in rows]


async def assert_proved(database: Database) -> None:
    async with database.read() as reader:
        assert await checking.check(reader) == []


@pytest.fixture
async def review_id(database: Database) -> int:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        await cast.review(writer, rating=2, ratings=[900, cast.LENGTH, 5])
        return await cast.review(writer, ratings=[901, cast.FIT, 3, 902, cast.LENGTH, 4])


async def test_hide_and_undo(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        event = await moderation.hide(writer, cast.MODERATOR, review_id, "spam", version=1)
    assert await state_of(database, review_id) == ("hidden", 2)
    await assert_proved(database)
    async with database.write() as writer:
        undone = await moderation.undo(writer, cast.MODERATOR, event)
    assert (undone.reversed, undone.kept, undone.failed) == (1, 0, 0)
    assert await state_of(database, review_id) == ("published", 3)
    await assert_proved(database)
    async with database.write() as writer:
        with pytest.raises(Conflict, match="undone already"):
            await moderation.undo(writer, cast.MODERATOR, event)


async def test_undo_keeps_what_was_changed_since(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        event = await moderation.hide(writer, cast.MODERATOR, review_id, "spam")
    async with database.write() as writer:
        await moderation.restore(writer, cast.LEAD, review_id)
    async with database.write() as writer:
        undone = await moderation.undo(writer, cast.MODERATOR, event)
    assert (undone.reversed, undone.kept) == (0, 1)
    assert await state_of(database, review_id) == ("approved", 3)


async def test_undone_to_hidden_it_waits_for_nobody(database: Database, settings: Settings, review_id: int) -> None:
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, review_id, "spam")
        approved = await moderation.restore(writer, cast.MODERATOR, review_id)
        await moderation.report(writer, cast.PUBLIC, settings, review_id)
    assert await cases(database) == [(review_id, "reported", 1)]
    async with database.write() as writer:
        await moderation.undo(writer, cast.MODERATOR, approved)
    assert (await state_of(database, review_id))[0] == "hidden"
    assert await cases(database) == []


async def test_a_stale_version_is_a_conflict(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, review_id, "spam")
    async with database.write() as writer:
        with pytest.raises(Conflict):
            await moderation.restore(writer, cast.MODERATOR, review_id, version=1)


@pytest.mark.parametrize("actor", [cast.VIEWER, cast.OPERATOR, cast.PUBLIC])
async def test_who_may_not_judge(database: Database, review_id: int, actor: Actor) -> None:
    async with database.write() as writer:
        with pytest.raises(Forbidden):
            await moderation.hide(writer, actor, review_id, "spam")
        with pytest.raises(Forbidden):
            await moderation.restore(writer, actor, review_id)


async def test_what_cannot_be_hidden(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        with pytest.raises(Invalid):
            await moderation.hide(writer, cast.MODERATOR, review_id, "because")
        with pytest.raises(NotFound):
            await moderation.hide(writer, cast.MODERATOR, 999_999_999, "spam")


async def test_a_report_hides_at_the_threshold_and_judging_it_closes_the_case(
    database: Database, settings: Settings, review_id: int
) -> None:
    twice = replace(settings, report_threshold=2)
    async with database.write() as writer:
        await moderation.report(writer, cast.PUBLIC, twice, review_id)
    assert await state_of(database, review_id) == ("published", 1)
    async with database.write() as writer:
        await moderation.report(writer, cast.PUBLIC, twice, review_id)
    assert await state_of(database, review_id) == ("reported", 2)
    assert await cases(database) == [(review_id, "reported", 2)]
    await assert_proved(database)
    async with database.write() as writer:
        event = await moderation.restore(writer, cast.MODERATOR, review_id)
    assert await state_of(database, review_id) == ("approved", 3)
    assert await cases(database) == []
    async with database.write() as writer:
        await moderation.undo(writer, cast.MODERATOR, event)
    assert await cases(database) == [(review_id, "reported", 2)]
    await assert_proved(database)


async def test_an_approved_review_takes_three_known_voters(
    database: Database, settings: Settings, review_id: int
) -> None:
    async with database.write() as writer:
        await moderation.restore(writer, cast.MODERATOR, review_id)
    voters = [b"a", b"a", b"b", None, None, None]
    for voter in voters:
        async with database.write() as writer:
            await moderation.report(writer, replace(cast.PUBLIC, voter=voter), settings, review_id)
    assert (await state_of(database, review_id))[0] == "approved"
    async with database.write() as writer:
        await moderation.report(writer, replace(cast.PUBLIC, voter=b"c"), settings, review_id)
    assert (await state_of(database, review_id))[0] == "reported"
    await assert_proved(database)


async def test_the_breaker_lets_further_reports_only_queue(
    database: Database, settings: Settings, review_id: int
) -> None:
    few = replace(settings, hides_per_hour=2)
    async with database.write() as writer:
        ids = [await cast.review(writer) for _ in range(4)]
    script = replace(cast.PUBLIC, caller=b"one script")
    for one in ids:
        async with database.write() as writer:
            await moderation.report(writer, script, few, one)
    assert [(await state_of(database, one))[0] for one in ids] == ["reported", "reported", "published", "published"]
    assert len(await cases(database)) == 4
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from event where action = 'breaker'") == 1
    await assert_proved(database)


async def test_what_an_import_changed_is_not_undone_as_a_judgement(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        event = await trace.record(writer, cast.OPERATOR, "import", ("run", 1))
    async with database.write() as writer:
        with pytest.raises(Conflict, match="an import"):
            await moderation.undo(writer, cast.MODERATOR, event)


async def test_undo_of_a_review_that_is_gone_has_failed(database: Database, review_id: int) -> None:
    async with database.write() as writer:
        event = await moderation.hide(writer, cast.MODERATOR, review_id, "spam")
    async with database.write() as writer:
        await writer.execute("delete from review where id = %s", (review_id,))
    async with database.write() as writer:
        undone = await moderation.undo(writer, cast.MODERATOR, event)
    assert (undone.reversed, undone.kept, undone.failed) == (0, 0, 1)
