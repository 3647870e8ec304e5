"""An import shared by workers: each merges what the others do not."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from backend.domain.actors import SYSTEM
from backend.jobs import helping
from backend.jobs.imports import run_import
from backend.jobs.progress import Progress
from backend.services import checking, importing
from backend.services.importing import merge
from backend.services.importing.again import again
from backend.services.importing.staged import Run
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Database
from tests.jobs.delivery import counts, request, review, rows, run_of, write


async def at_once() -> None:
    """Give way to nobody."""


@pytest.fixture
async def staged(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, Run]:
    """A run of 40 reviews in ranges of 5: read and related, with nothing merged yet."""
    monkeypatch.setattr(merge, "BATCH", 5)
    run_id = await request(database, settings, write(tmp_path, reviews=[review(number) for number in range(1, 41)]))

    async def nothing(*_: Any) -> bool:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(merge, "merge", nothing)
        with pytest.raises(asyncio.CancelledError):
            await run_import(database, settings, run_id)
    return run_id, Run(run_id)


@pytest.mark.anyio
async def test_ranges_are_taken_once_by_however_many(
    database: Database, settings: Settings, staged: tuple[int, Run]
) -> None:
    run_id, run = staged
    assert len(await rows(database, "select 1 from import_range where step = 3")) == 8
    told: list[list[int]] = [[], [], []]
    assert await asyncio.gather(*(merge.merge(database, run, each.append, at_once) for each in told)) == [True] * 3
    assert [each[-1] for each in told] == [40] * 3, "each knows what the others have merged"
    assert (await rows(database, "select merged_rows from import_run"))[0]["merged_rows"] == 40
    assert await run_import(database, settings, run_id) == "finished"
    (file,) = (await run_of(database, run_id))["files"]
    assert counts(file) == {"inserted": 40}


@pytest.mark.anyio
async def test_a_step_waits_for_the_one_before(database: Database, settings: Settings, tmp_path: Path) -> None:
    delivery = write(tmp_path, product=['1,"Sock",,,,'], reviews=[review(1)])
    run_id = await request(database, settings, delivery)
    async with await psycopg.AsyncConnection.connect(settings.database_url) as other:
        held = asyncio.Event()
        importing = asyncio.create_task(run_import(database, settings, run_id, report=hold(other, run_id, held)))
        await asyncio.wait_for(held.wait(), 20)
        await asyncio.sleep(0.5)
        assert await rows(database, "select id from review") == [], "somebody still merges the products"
        await other.rollback()
        assert await importing == "finished"
    assert len(await rows(database, "select id from review")) == 1


@pytest.mark.anyio
async def test_a_range_that_another_holds_is_passed_by(
    database: Database, settings: Settings, staged: tuple[int, Run]
) -> None:
    run_id, run = staged
    async with await psycopg.AsyncConnection.connect(settings.database_url) as other:
        await other.execute(sql.load("import_share")["claim"], {"run_id": run_id})
        merging = asyncio.create_task(merge.merge(database, run, lambda _merged: None, at_once))
        async with asyncio.timeout(5):
            while (await run_of(database, run_id))["merged_rows"] < 35:
                await asyncio.sleep(0.01)
        assert not merging.done(), "it is through when the other is"
        await other.rollback()
        assert await merging
    assert (await run_of(database, run_id))["merged_rows"] == 40


def hold(other: Any, run_id: int, held: asyncio.Event) -> Any:
    """Claim the first range, of the products, once there are ranges."""
    claims: list[asyncio.Task[None]] = []

    async def claim() -> None:
        await other.execute(sql.load("import_share")["claim"], {"run_id": run_id})
        held.set()

    def report(progress: Progress) -> None:
        if progress.stage == "merge" and not claims:
            claims.append(asyncio.create_task(claim()))

    return report


@pytest.mark.anyio
async def test_who_helps_ends_within_two_seconds_of_a_cancel(
    database: Database, settings: Settings, staged: tuple[int, Run]
) -> None:
    run_id, _ = staged
    async with await psycopg.AsyncConnection.connect(settings.owner_url) as blocker:
        await blocker.execute("lock table review in access exclusive mode")
        helper = asyncio.create_task(helping.help_import(database, run_id))
        runs = asyncio.create_task(run_import(database, settings, run_id))
        await asyncio.sleep(0.5)
        async with database.write() as writer:
            await importing.cancel(writer, SYSTEM, run_id)
        async with asyncio.timeout(2):
            await helper
            assert await runs == "cancelled"
    assert await rows(database, "select 1 from import_range") == []
    assert await rows(database, "select tablename from pg_tables where schemaname = 'staging'") == []


@pytest.mark.anyio
async def test_who_helps_goes_when_the_worker_is_stopped(database: Database, staged: tuple[int, Run]) -> None:
    async with await psycopg.AsyncConnection.connect(database.settings.owner_url) as blocker:
        await blocker.execute("lock table review in access exclusive mode")
        helper = asyncio.create_task(helping.help_import(database, staged[0]))
        await asyncio.sleep(0.3)
        helper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(helper, 1)
    assert len(await rows(database, "select 1 from import_range where step = 3")) == 8


@pytest.mark.anyio
async def test_what_is_no_longer_staged_is_not_taken_for_merged(
    database: Database, settings: Settings, staged: tuple[int, Run]
) -> None:
    run_id, run = staged
    async with database.write() as writer:
        for table in await writer.fetch_all("select tablename as name from pg_tables where schemaname = 'staging'"):
            await writer.execute(SQL("drop table {}").format(Identifier("staging", table["name"])))
    assert await merge.merge(database, run, lambda _merged: None, at_once) is False
    assert len(await rows(database, "select 1 from import_range where step = 3")) == 8
    assert await run_import(database, settings, run_id) == "failed", "somebody has dropped it"


@pytest.mark.anyio
async def test_help_is_asked_of_those_who_are_there(database: Database, staged: tuple[int, Run]) -> None:
    _, run = staged
    asked = "select count(*) as n from procrastinate_jobs where task_name = 'help_import'"
    for workers, shell, helpers in ((0, False, 0), (1, False, 0), (1, True, 1), (2, False, 1), (9, False, 3)):
        async with database.write() as writer:
            await writer.execute("delete from procrastinate_jobs")
            await writer.execute("delete from procrastinate_workers")
            await writer.execute(
                "insert into procrastinate_workers (last_heartbeat) select now() from generate_series(1, %s)"
                " union all select now() - interval '1 hour'",
                (workers,),
            )
            options = Jsonb({"shell": True} if shell else {})
            await writer.execute("update import_run set options = %s", (options,))
        await merge.ask_for_help(database, run)
        await merge.ask_for_help(database, run)
        assert (await rows(database, asked))[0]["n"] == helpers, (workers, shell)


@pytest.mark.anyio
async def test_its_own_worker_hands_the_job_on(database: Database, staged: tuple[int, Run]) -> None:
    run_id, _ = staged
    await helping.hand_on(database, run_id, 3)
    (job,) = await rows(database, "select args from procrastinate_jobs where task_name = 'help_import'")
    assert job["args"] == {"run_id": run_id, "turn": 4}
    async with database.write() as writer:
        await writer.execute("update import_run set state = 'finished'")
    await helping.hand_on(database, run_id, 0)
    assert len(await rows(database, "select 1 from procrastinate_jobs where task_name = 'help_import'")) == 1


@pytest.mark.anyio
async def test_two_ranges_that_name_the_same_products_wait_and_do_not_block_each_other(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "BATCH", 4)
    lines = [review(number, product_id=(number * 7) % 5 + 1) for number in range(1, 200)]
    run_id = await request(database, settings, write(tmp_path, reviews=lines))
    helpers = [asyncio.create_task(_help_on(database, run_id)) for _ in range(3)]
    assert await run_import(database, settings, run_id) == "finished"
    await asyncio.gather(*helpers)
    run = await run_of(database, run_id)
    assert (counts(run["files"][0]), run["merged_rows"]) == ({"inserted": 199}, 199)
    async with database.read(fresh=True) as reader:
        assert await checking.check(reader) == []


async def _help_on(database: Database, run_id: int) -> None:
    while (await run_of(database, run_id))["stage"] != "merge":
        await asyncio.sleep(0.01)
    await helping.help_import(database, run_id)


@pytest.mark.anyio
async def test_a_transaction_in_another_ones_way_is_done_again() -> None:
    failures: list[Exception] = [psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()]

    async def transaction() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert await again(transaction) == "done"
    failures += [psycopg.errors.DeadlockDetected()] * 5
    with pytest.raises(psycopg.errors.DeadlockDetected):
        await again(transaction)
    failures[:] = [ValueError()]
    with pytest.raises(ValueError):  # noqa: PT011
        await again(transaction)
