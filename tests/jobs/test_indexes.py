"""What the console's lists and later imports alone ask for is indexed when a load is live: whatever happens, and beside
its readers.
"""

import dataclasses
from pathlib import Path

import psycopg
import pytest

from backend.jobs import indexes
from backend.jobs.imports import run_import
from backend.services.importing import words
from backend.settings import Settings
from backend.store import beside
from backend.store.database import Database
from tests.jobs.delivery import request, review, rows, write

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("machine_code")]

MADE = "select indexrelid::regclass::text as name, indisvalid from pg_index where indrelid = 'review'::regclass"
DEFINITIONS = "select indexdef from pg_indexes where tablename in ('review', 'import_orphan') order by 1"
BROKEN = "create index concurrently review_summary_idx on review (one_more(id))"
FAILS = """
create function one_more(id int) returns int language plpgsql immutable as 'begin raise exception ''no''; end'
"""


@pytest.fixture
async def defined(database: Database, settings: Settings, tmp_path: Path) -> list[str]:
    """How the indexes of reviews are defined; one review was loaded since, and no more done."""
    before = [row["indexdef"] for row in await rows(database, DEFINITIONS)]
    await run_import(database, settings, await request(database, settings, write(tmp_path / "d", reviews=[review(1)])))
    return before


async def test_it_is_due_when_the_load_is_live(database: Database, settings: Settings, defined: list[str]) -> None:
    missing = set(defined) - {row["indexdef"] for row in await rows(database, DEFINITIONS)}
    assert len(missing) == len(beside.LATER)
    assert {row["name"] for row in await rows(database, "select name from index_due")} == set(beside.LATER)
    told: list[tuple[int, int]] = []
    await indexes.make_due(settings, lambda done, of: told.append((done, of)))
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert [row["indexdef"] for row in await rows(database, DEFINITIONS)] == defined
    assert await rows(database, "select 1 from index_due") == []
    await indexes.make_due(settings, lambda *_: pytest.fail("nothing is due"))


async def test_a_worker_is_asked_for_it_even_when_all_words_are_in(
    database: Database, settings: Settings, defined: list[str]
) -> None:
    assert defined
    await words.index(database)
    async with database.write() as writer:
        await writer.execute("delete from procrastinate_jobs")
        await words.ask(writer)
    asked = "select task_name from procrastinate_jobs"
    assert await rows(database, asked) == [{"task_name": "index_words"}]
    await indexes.make_due(settings)
    async with database.write() as writer:
        await writer.execute("delete from procrastinate_jobs")
        await words.ask(writer)
    assert await rows(database, asked) == []


async def test_a_build_that_broke_off_is_begun_anew(database: Database, settings: Settings, defined: list[str]) -> None:
    with psycopg.connect(settings.owner_url, autocommit=True) as owner:
        owner.execute(FAILS)
        with pytest.raises(psycopg.errors.RaiseException):
            owner.execute(BROKEN)
    assert {"name": "review_summary_idx", "indisvalid": False} in await rows(database, MADE)
    await indexes.make_due(settings)
    assert all(row["indisvalid"] for row in await rows(database, MADE))
    assert [row["indexdef"] for row in await rows(database, DEFINITIONS)] == defined


async def test_one_makes_them_at_a_time(database: Database, settings: Settings, defined: list[str]) -> None:
    assert defined
    with psycopg.connect(settings.owner_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (indexes._LOCK,))
        await indexes.make_due(settings)
        assert len(await rows(database, "select 1 from index_due")) == len(beside.LATER)
    await indexes.make_due(settings)
    assert await rows(database, "select 1 from index_due") == []


async def test_who_may_make_none_leaves_them(database: Database, settings: Settings, defined: list[str]) -> None:
    assert defined
    await indexes.make_due(dataclasses.replace(settings, owner_url=""))
    assert len(await rows(database, "select 1 from index_due")) == len(beside.LATER)
