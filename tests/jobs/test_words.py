"""The search words of an import: due with the reviews, indexed afterwards, never lost and never stale."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from backend.jobs import housekeeping
from backend.jobs.imports import run_import
from backend.jobs.queue import make_app
from backend.services import checking
from backend.services.importing import words
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.jobs.delivery import assert_sound, imported, request, review, rows, run_of, write

pytestmark = pytest.mark.anyio
FOUND = "select review_id as id from review_search where document @@ to_tsquery('atelier', %s) order by 1"


async def live(database: Database, settings: Settings, folder: Path) -> int:
    """Import a folder, and leave its words to others."""
    run_id = await request(database, settings, folder)
    assert await run_import(database, settings, run_id, from_shell=True) == "finished"
    return run_id


async def found(database: Database, word: str) -> list[int]:
    return [row["id"] for row in await rows(database, FOUND, word)]


async def due(database: Database) -> list[list[int]]:
    return [row["ids"] for row in await rows(database, "select ids from search_due order by id")]


async def jobs(database: Database) -> list[str]:
    asked = "select task_name as name from procrastinate_jobs where task_name = 'index_words' and status = 'todo'"
    return [row["name"] for row in await rows(database, asked)]


async def test_a_live_run_has_its_words_due_and_a_job_for_them(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "BATCH", 2)
    run_id = await live(database, settings, write(tmp_path, reviews=[review(number) for number in range(1, 6)]))
    assert await found(database, "warm") == []
    assert await due(database) == [[1, 2], [3, 4], [5]]
    run = await run_of(database, run_id)
    assert (run["ended"], run["settled"], run["index_total"], run["index_left"]) == (True, False, 5, 5)
    assert await jobs(database) == ["index_words"]
    await assert_sound(database)  # what is due is no fault
    app = make_app(settings, database)
    async with app.open_async():
        await app.run_worker_async(wait=False, install_signal_handlers=False, queues=["chores"])
    assert await found(database, "warm") == [1, 2, 3, 4, 5]
    run = await run_of(database, run_id)
    assert (run["settled"], run["index_total"], run["index_left"]) == (True, 5, 0)
    assert run["index_began_at"] is not None
    assert await jobs(database) == []
    await assert_sound(database)


async def test_only_words_that_changed_are_due(database: Database, settings: Settings, tmp_path: Path) -> None:
    lines = [review(number) for number in range(1, 8)]
    await imported(database, settings, write(tmp_path / "1", reviews=lines))
    changed = {
        2: review(2, body='"Colder than I thought it would be."'),
        3: review(3, rating=1, helpfulness=8, response='"Sorry"'),
        4: review(4, product_id=2),
        5: review(5, reviewer_name='"Colder"'),
        8: review(8, summary='"Colder"'),
    }
    await live(database, settings, write(tmp_path / "2", reviews=[changed.get(n, review(n)) for n in range(1, 9)]))
    assert await due(database) == [[2, 4, 5, 8]]
    assert await found(database, "quiet") == [1, 3, 6, 7], "the others are found all along"
    await words.index(database)
    assert await found(database, "colder") == [2, 5, 8]
    await assert_sound(database)


async def test_everything_is_due_in_ranges_that_miss_nobody(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "BATCH", 10)
    numbers = [1, 2, 10, 11, 12, 57, 99]
    async with database.write() as writer:
        await cast.catalogue(writer)
        for number in numbers:
            await cast.review(writer, id=number)
        run_id = await writer.fetch_value(
            "insert into import_run (source, state) values ('x', 'finished') returning id"
        )
        await writer.execute("delete from review_search")
    async with database.read() as reader:
        assert [fault.count for fault in await checking.check(reader)] == [7]
    async with database.write() as writer:
        await words.all_due(writer, run_id, len(numbers))
    await assert_sound(database)
    told: list[int] = []
    await words.index(database, told.append)
    assert len(told) == 10
    assert sum(told) == 7
    assert await found(database, "warm") == numbers
    assert await due(database) == []
    run = await run_of(database, run_id)
    assert (run["index_total"], run["settled"]) == (7, True)


async def test_nothing_is_due_where_there_is_nothing(database: Database) -> None:
    async with database.write() as writer:
        run_id = await writer.fetch_value(
            "insert into import_run (source, state) values ('x', 'finished') returning id"
        )
        await words.all_due(writer, run_id, 0)
        await words.ask(writer)
    assert (await due(database), await jobs(database)) == ([], [])


async def test_what_is_missing_and_not_due_is_a_fault(database: Database, settings: Settings, tmp_path: Path) -> None:
    await live(database, settings, write(tmp_path, reviews=[review(1), review(2)]))
    async with database.write() as writer:
        await writer.execute("update search_due set ids = '{1}'")
    async with database.read(fresh=True) as reader:
        (fault,) = await checking.check(reader)
    assert (fault.count, fault.example) == (1, 2)


async def test_words_under_another_product_are_a_fault_though_due(database: Database) -> None:
    async with database.write() as writer:
        await cast.catalogue(writer)
        number = await cast.review(writer)
        await writer.execute("update review_search set product_id = 2")
        await writer.execute("insert into search_due (ids, reviews) values (%s, 1)", ([number],))
    async with database.read(fresh=True) as reader:
        (fault,) = await checking.check(reader)
    assert fault.count == 1


async def test_a_merge_in_the_middle_of_indexing_leaves_no_stale_words(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """Whoever indexes waits for whoever changes the review, and then reads it as it is."""
    await live(database, settings, write(tmp_path, reviews=[review(1)]))
    async with await psycopg.AsyncConnection.connect(settings.database_url) as other:
        await other.execute("select from review where id = 1 for update")
        await other.execute("update review set body = 'Colder', version = 2 where id = 1")
        indexing = asyncio.create_task(words.index(database))
        await asyncio.sleep(0.2)
        assert not indexing.done()
        await other.commit()
        await indexing
    assert await found(database, "colder") == [1]


async def test_a_vote_does_not_wait_for_it(database: Database, settings: Settings, tmp_path: Path) -> None:
    await live(database, settings, write(tmp_path, reviews=[review(1)]))
    async with database.write() as writer:
        assert await writer.fetch_value("select id from review where id = 1 for key share") == 1
        async with await psycopg.AsyncConnection.connect(settings.database_url) as other:
            await other.execute("set lock_timeout = '1s'")
            await other.execute("update review set helpfulness_votes = helpfulness_votes + 1 where id = 1")


async def test_a_transaction_that_is_lost_leaves_its_words_due(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "BATCH", 1)
    await live(database, settings, write(tmp_path, reviews=[review(1), review(2)]))

    def lose(_reviews: int) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await words.index(database, lose)
    assert await due(database) == [[2]]
    async with await psycopg.AsyncConnection.connect(settings.database_url) as other:
        await other.execute(words.queries["claim"])
        # Held by somebody who has not committed: no one else does it meanwhile, nor is it forgotten.
        told: list[int] = []
        await words.index(database, told.append)
        assert told == []
        await other.rollback()
    await words.index(database)
    assert await found(database, "warm") == [1, 2]


async def test_a_shell_that_is_gone_leaves_its_words_to_a_worker(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await live(database, settings, write(tmp_path, reviews=[review(1)]))
    app = make_app(settings, database)
    async with app.open_async():
        await housekeeping.reap(app, database)
        assert await jobs(database) == ["index_words"], "one is enough"
        await _without_jobs(database)
        await housekeeping.reap(app, database)
        assert await jobs(database) == ["index_words"]
        await _without_jobs(database)
        async with database.write() as writer:
            await writer.execute("update import_run set state = 'running', seen_at = now()")
        await housekeeping.reap(app, database)
        assert await jobs(database) == [], "a run that goes on comes first"


async def _without_jobs(database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("delete from procrastinate_jobs")


async def test_gently_it_rests_as_long_as_it_works(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "BATCH", 1)
    await live(database, settings, write(tmp_path, reviews=[review(number) for number in range(1, 4)]))
    rests: list[float] = []

    async def rest(seconds: float, *_: Any) -> None:
        rests.append(seconds)

    # The module's own name, not the function: the loop sleeps for others, too.
    monkeypatch.setattr(words, "asyncio", SimpleNamespace(sleep=rest))
    await words.index(database, gently=True)
    assert len(rests) == 3
    assert all(seconds > 0 for seconds in rests)
