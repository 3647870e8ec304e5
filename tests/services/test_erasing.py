"""Erasing a reviewer everywhere: found whole, confirmed by its number, and then nowhere any more."""

from pathlib import Path
from typing import Any

import pytest

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.domain.jobs import Wish
from backend.jobs import work
from backend.services import checking, erasing, jobs, moderation
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.jobs import delivery

pytestmark = pytest.mark.anyio

INES = "ines@example.org"
# Where a trace of somebody could be left: whole rows, as text.
EVERYWHERE = (
    "review", "review_search", "review_before", "report", "moderation_case", "event", "job", "job_line",
    "reviewer_search", "personal_row", "import_reject", "procrastinate_jobs",
)  # fmt: skip


@pytest.fixture
async def reviewed(database: Database) -> None:
    """Two reviews of Inês, one of them hidden and reported with a note, and one of somebody with a longer address."""
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        mine: dict[str, Any] = {"photo_ids": [7], "photo_urls": ["https://p.example/ines.jpg"], "ratings": [1, 11, 5]}
        await cast.review(writer, id=1, rating=5, response="Thank you, Inês", **mine)
        await cast.review(writer, id=2, product_id=2, reviewer_email="INES@example.org", rating=1)
        await cast.review(writer, id=3, reviewer_email="maines@example.org", reviewer_name="Ma", rating=3)
        await moderation.hide(writer, cast.MODERATOR, 2, "spam")
        await writer.execute(
            "insert into review_before (event_id, review_id, version, columns)"
            """ values (99, 2, 1, '{"body": "Inês said more once"}')"""
        )
        await writer.execute(
            "insert into report (review_id, product_id, note) values (1, 1, 'Inês wrote this'), (3, 1, 'kept')"
        )
        await writer.execute("insert into moderation_case (review_id, product_id, kind) values (1, 1, 'reported')")
        await writer.execute(
            "insert into import_reject (file_id, byte_offset, byte_length, line, reasons, raw) values"
            " (1, 0, 30, 1, '{date}', '1,x,\"Inês\",ines@example.org\n'::text::bytea),"
            " (1, 30, 30, 2, '{date}', '2,x,\"Ma\",maines@example.org'::bytea),"
            " (1, 60, 30, 3, '{date}', '3,x,\"No\",ines@example.org.uk'::bytea)"
        )


async def found(database: Database, settings: Settings, address: str = INES, actor: Actor = cast.LEAD) -> int:
    async with database.write() as writer:
        job_id = await erasing.find(writer, actor, settings, address, "Request of 24 November")
    await work.carry_out(database, settings, job_id)
    return job_id


async def told(database: Database, job_id: int) -> erasing.Found:
    async with database.read(secret=True) as reader:
        return await erasing.found(reader, cast.LEAD, job_id)


async def erased(database: Database, settings: Settings, search: int, number: str = "3") -> int:
    async with database.write() as writer:
        job_id = await erasing.erase(writer, cast.LEAD, search, number)
    await work.carry_out(database, settings, job_id)
    return job_id


async def whole(database: Database) -> str:
    """All that the database holds of reviews and jobs."""
    async with database.read(secret=True) as reader:
        rows = [str(await reader.fetch_all(f"select t::text as t from {table} as t")) for table in EVERYWHERE]
        raws = await reader.fetch_all("select encode(raw, 'escape') as raw from import_reject")
    return "\n".join([*rows, str(raws)])


async def test_everything_by_an_address_is_found_and_nothing_else(
    database: Database, settings: Settings, reviewed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "LOOK", 2)
    here = await told(database, await found(database, settings, " INES@Example.ORG "))
    assert (here.reviews, here.rejects, here.together) == (2, 1, 3)
    assert [sample["id"] for sample in here.samples] == [2, 1]
    nobody = await told(database, await found(database, settings, "nobody@example.org"))
    assert (nobody.together, list(nobody.samples)) == (0, [])


async def test_what_is_erased_is_nowhere_any_more(
    database: Database, settings: Settings, reviewed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 1)
    before = await whole(database)
    traces = ("ines@example.org", "INES@example.org", "Inês", "ines.jpg")
    for word in traces:
        assert word in before, word
    job_id = await erased(database, settings, await found(database, settings))
    after = (await whole(database)).replace("maines@example.org", "").replace("ines@example.org.uk", "")
    for word in traces:
        assert word not in after, word
    async with database.read(fresh=True) as reader:
        rows = await reader.fetch_all("select id, state, body, reviewer_name, visible from review order by id")
        assert [(row["state"], row["body"] == "", row["reviewer_name"]) for row in rows] == [
            ("removed", True, ""),
            ("removed", True, ""),
            ("published", False, "Ma"),
        ]
        notes = await reader.fetch_all("select note from report order by id")
        assert [row["note"] for row in notes] == [None, "kept"]
        assert await checking.check(reader) == []
        stars = await reader.fetch_one("select sum(stars_5) as five, sum(stars_3) as three from product_rollup")
        assert stars == {"five": 0, "three": 1}
        events = await reader.fetch_all(
            "select subject_id, actor_id, cause from event where action = 'erase' order by id"
        )
        assert [tuple(event.values()) for event in events] == [(1, 3, f"job {job_id}"), (2, 3, f"job {job_id}")]
        job = await jobs.one(reader, cast.LEAD, job_id)
    assert (job["state"], job["done"], job["total"], job["counts"]) == ("finished", 3, 3, {"erased": 3})
    again = await told(database, await found(database, settings))
    assert again.together == 0
    assert again.erased_before is not None


async def test_it_cannot_be_undone(database: Database, settings: Settings, reviewed: None) -> None:
    async with database.read(fresh=True) as reader:
        hidden = await reader.fetch_value("select id from event where action = 'hide'")
    await erased(database, settings, await found(database, settings))
    async with database.write() as writer:
        with pytest.raises(Conflict, match="no longer"):
            await moderation.undo(writer, cast.LEAD, hidden)
        with pytest.raises(Conflict, match="removed for good"):
            await moderation.restore(writer, cast.LEAD, 1)
        with pytest.raises(NotFound):
            await moderation.report(writer, cast.PUBLIC, settings, 1)


@pytest.mark.parametrize("number", ["2", "", "03", "3.0", "three", "9" * 40, "\0"])
async def test_the_number_is_typed(database: Database, settings: Settings, reviewed: None, number: str) -> None:
    search = await found(database, settings)
    with pytest.raises(Invalid, match="Type 3"):
        await erased(database, settings, search, number)
    assert (await told(database, search)).together == 3


async def test_a_search_is_erased_once_and_only_when_it_is_through(
    database: Database, settings: Settings, reviewed: None
) -> None:
    async with database.write() as writer:
        waiting = await erasing.find(writer, cast.LEAD, settings, INES, "Asked")
        with pytest.raises(Conflict, match="not gone through"):
            await erasing.erase(writer, cast.LEAD, waiting, "3")
        with pytest.raises(NotFound):
            await erasing.erase(writer, cast.LEAD, 99, "3")
    search = await found(database, settings)
    await erased(database, settings, search)
    with pytest.raises(Conflict, match="already"):
        await erased(database, settings, search)
    nothing = await found(database, settings)
    with pytest.raises(Invalid, match="nothing to do"):
        await erased(database, settings, nothing, "0")


async def test_only_leads(database: Database, settings: Settings, reviewed: None) -> None:
    async with database.write() as writer:
        for actor in (cast.MODERATOR, cast.OPERATOR, cast.VIEWER):
            with pytest.raises(Forbidden):
                await erasing.find(writer, actor, settings, INES, "Asked")
            with pytest.raises(Forbidden):
                await erasing.erase(writer, actor, 1, "3")
            with pytest.raises(Forbidden):
                await erasing.found(writer, actor, 1)
        for address, why in (("nobody", "Asked"), (INES, ""), (INES, "x" * 201), ("a\0@b.c", "Asked"), (INES, "a\0b")):
            with pytest.raises(Invalid):
                await erasing.find(writer, cast.LEAD, settings, address, why)


async def test_cancelled_halfway_the_rest_stays(
    database: Database, settings: Settings, reviewed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 1)
    search = await found(database, settings)
    async with database.write() as writer:
        job_id = await erasing.erase(writer, cast.LEAD, search, "3")
        await writer.execute("update job set state = 'running'")
        await jobs.wish(writer, cast.LEAD, job_id, Wish.PAUSE)
    await work.carry_out(database, settings, job_id)
    async with database.write() as writer:
        assert await writer.fetch_value("select count(*) from review where state = 'removed'") == 1
        await jobs.wish(writer, cast.LEAD, job_id, Wish.RESUME)
    await work.carry_out(database, settings, job_id)
    async with database.read(fresh=True) as reader:
        assert await reader.fetch_value("select count(*) from review where state = 'removed'") == 2
        assert await checking.check(reader) == []


async def test_an_import_does_not_bring_it_back(database: Database, settings: Settings, tmp_path: Path) -> None:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
    rows = [delivery.review(number) for number in (1, 2)]
    delivery.write(tmp_path, reviews=rows, characteristics=[], characteristic_reviews=[])
    first = await delivery.imported(database, settings, tmp_path)
    async with database.write() as writer:
        assert await erasing.erase_reviews(writer, cast.LEAD, [1], cause="test") == 1
        assert await erasing.erase_reviews(writer, cast.LEAD, [1], cause="test") == 0
    for rating in (4, 2):
        rows = [delivery.review(number, rating=rating) for number in (1, 2)]
        delivery.write(tmp_path, reviews=rows, characteristics=[], characteristic_reviews=[])
        await delivery.imported(database, settings, tmp_path)
    await delivery.rolled_back(database, settings, first["id"])
    async with database.read(fresh=True) as reader:
        row = await reader.fetch_one("select state, body, reviewer_email, delivered_hash from review where id = 1")
        assert await checking.check(reader) == []
    assert row == {"state": "removed", "body": "", "reviewer_email": "", "delivered_hash": None}


async def test_an_address_is_forgotten_after_a_week(database: Database, settings: Settings, reviewed: None) -> None:
    search = await found(database, settings)
    async with database.write() as writer:
        await writer.execute(erasing.queries["forget_searches"])
    assert (await told(database, search)).address == INES
    async with database.write() as writer:
        await writer.execute("update job set finished_at = now() - interval '8 days'")
        await writer.execute(erasing.queries["forget_searches"])
    here = await told(database, search)
    assert (here.address, here.together) == (None, 0)
