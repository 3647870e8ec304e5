"""A run can be cancelled, stopped and lost at any moment: it ends clean, or goes on and counts nothing twice."""

import asyncio
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import AtelierError, Conflict, Forbidden, NotFound, Unavailable
from backend.jobs import helping, imports, turn
from backend.jobs.imports import run_import
from backend.jobs.progress import Progress
from backend.services import importing
from backend.services.importing import merge
from backend.settings import Settings
from backend.store.database import Database
from etl import sample
from tests import cast
from tests.jobs.delivery import assert_sound, counts, imported, request, review, rows, run_of, write

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sample.Truth]:
    folder = tmp_path_factory.mktemp("delivery")
    return folder, sample.write(folder, products=80, reviews=700, seed=5)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "BATCH", 90)
    monkeypatch.setattr("etl.sources.Sources.blocks.__defaults__", (12_000, None))


class At:
    """Does something once a run reaches a step: the `number`th report of a stage."""

    def __init__(self, stage: str, number: int, do: Callable[[], object]) -> None:
        self.stage = stage
        self.left = number
        self.do = do

    def __call__(self, progress: Progress) -> None:
        if progress.stage == self.stage:
            self.left -= 1
            if self.left == 0:
                self.do()


async def interrupted(
    database: Database, settings: Settings, run_id: int, stage: str, number: int, *, from_shell: bool = False
) -> None:
    """Run until a step, then stop the task as a worker that goes down does."""
    loop = asyncio.get_running_loop()
    at = At(stage, number, lambda: loop.call_soon_threadsafe(task.cancel))
    task = asyncio.create_task(run_import(database, settings, run_id, report=at, from_shell=from_shell))
    with pytest.raises(asyncio.CancelledError):
        await task


async def staging(database: Database) -> list[Any]:
    return await rows(database, "select tablename from pg_tables where schemaname = 'staging'")


EARLY = [pytest.param(*step, marks=pytest.mark.long) for step in (("read", 2), ("merge", 2), ("merge", 3))]
LATE = "merge", 9  # when some reviews are in
STEPS = [*EARLY, ("read", 20), ("relate", 1), LATE]


@pytest.mark.parametrize(("stage", "number"), STEPS)
async def test_cancelled_anywhere_it_ends_within_two_seconds_and_clean(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth], stage: str, number: int
) -> None:
    run_id = await request(database, settings, delivery[0])
    loop = asyncio.get_running_loop()
    reached = asyncio.Event()

    def hold() -> None:
        loop.call_soon_threadsafe(reached.set)
        if stage == "read":
            time.sleep(1)  # in its own thread: the reader stands still while somebody cancels

    task = asyncio.create_task(run_import(database, settings, run_id, report=At(stage, number, hold), from_shell=True))
    await reached.wait()
    # Whoever holds this lock keeps relating and merging from going on; what a run tells of itself stays free.
    async with await psycopg.AsyncConnection.connect(settings.owner_url) as blocker:
        await blocker.execute("lock table review in access exclusive mode")
        async with database.write() as writer:
            await importing.cancel(writer, SYSTEM, run_id)
        asked = time.monotonic()
        state = await task
    assert state == "cancelled"
    assert time.monotonic() - asked < 2
    assert await staging(database) == []
    run = await run_of(database, run_id)
    stored = (await rows(database, "select count(*) from review"))[0]["count"]
    assert run["by_name"]["reviews.csv"]["inserted"] == stored
    assert (stored > 0) == ((stage, number) == LATE)
    events = await rows(database, "select counts from event where action = 'import' order by id")
    assert sum(event["counts"]["inserted"] for event in events) == sum(file["inserted"] for file in run["files"])
    # What was merged stays; the same delivery again brings the rest.
    again = await imported(database, settings, delivery[0])
    assert again["by_name"]["reviews.csv"]["unchanged"] == stored
    await assert_sound(database)


@pytest.mark.parametrize("held", ["merge", "rejects"])
async def test_what_is_written_meanwhile_ends_with_the_merge(
    database: Database,
    settings: Settings,
    delivery: tuple[Path, sample.Truth],
    monkeypatch: pytest.MonkeyPatch,
    held: str,
) -> None:
    """Rejects that are written beside the merge take no end by themselves, and either of both may be the last."""
    run_id = await request(database, settings, delivery[0])
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(*arguments: Any) -> None:
        loop.call_soon_threadsafe(begun.set)
        while True:
            arguments[-1].heed()
            time.sleep(0.01)

    async def merging(*_arguments: Any) -> bool:
        if held == "merge":
            await asyncio.Event().wait()
        return True

    monkeypatch.setattr(imports, "write_refused", endless)
    monkeypatch.setattr(merge, "merge", merging)
    task = asyncio.create_task(run_import(database, settings, run_id, from_shell=True))
    await asyncio.wait_for(begun.wait(), 20)
    await asyncio.sleep(0.5)
    async with database.write() as writer:
        await importing.cancel(writer, SYSTEM, run_id)
    done, _ = await asyncio.wait([task], timeout=2)
    assert done
    assert task.result() == "cancelled"
    assert await staging(database) == []


def report_of(run: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {name: counts(file) for name, file in run["by_name"].items()}


def expected(truth: sample.Truth) -> dict[str, dict[str, int]]:
    told = {
        name: {
            "inserted": file.taken,
            "duplicates": file.duplicates,
            "rejected": file.rejected.total(),
            "repaired": file.repaired.total(),
            "blank": file.blank,
        }
        for name, file in truth.items()
    }
    return {name: {key: value for key, value in file.items() if value} for name, file in told.items()}


@pytest.mark.parametrize(
    "lost", [pytest.param(False, marks=pytest.mark.long), True], ids=["staging-kept", "staging-lost"]
)
@pytest.mark.parametrize(("stage", "number"), STEPS)
async def test_a_lost_run_goes_on_and_counts_nothing_twice(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth], stage: str, number: int, lost: bool
) -> None:
    folder, truth = delivery
    run_id = await request(database, settings, folder)
    await interrupted(database, settings, run_id, stage, number)
    assert (await run_of(database, run_id))["state"] == "running"
    if lost:
        # A crash of the database empties unlogged tables: those that are still being read into.
        unlogged = (
            "select oid::regclass::text as name from pg_class"
            " where relpersistence = 'u' and relkind = 'r' and relnamespace = 'staging'::regnamespace"
        )
        for table in await rows(database, unlogged):
            await _execute(settings, f"truncate {table['name']}")
    assert await run_import(database, settings, run_id) == "finished"
    run = await run_of(database, run_id)
    assert report_of(run) == expected(truth)
    assert await staging(database) == []
    kept = await rows(database, "select count(*) from import_reject")
    assert kept[0]["count"] == sum(file.rejected.total() for file in truth.values())
    assert await rows(database, "select 1 from review_before") == []
    await assert_sound(database)


@pytest.mark.parametrize(("stage", "number"), [("read", 9), pytest.param("merge", 4, marks=pytest.mark.long)])
async def test_a_paused_run_keeps_its_turn_and_goes_on_when_it_is_resumed(
    database: Database,
    settings: Settings,
    delivery: tuple[Path, sample.Truth],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    number: int,
) -> None:
    monkeypatch.setattr(imports, "BEAT", 0.05)
    run_id = await request(database, settings, delivery[0])
    loop = asyncio.get_running_loop()
    reached, resting = asyncio.Event(), asyncio.Event()

    def hold() -> None:
        loop.call_soon_threadsafe(reached.set)
        if stage == "read":
            time.sleep(0.5)  # in its own thread: the reader stands still while somebody pauses

    at = At(stage, number, hold)

    def told(progress: Progress) -> None:
        at(progress)
        if progress.stage == "pause":
            loop.call_soon_threadsafe(resting.set)

    task = asyncio.create_task(run_import(database, settings, run_id, report=told))
    await asyncio.wait_for(reached.wait(), 20)
    async with database.write() as writer:
        await importing.pause(writer, cast.OPERATOR, run_id)
    async with database.write() as writer:
        with pytest.raises(Conflict, match="not running"):
            await importing.pause(writer, cast.OPERATOR, run_id)
    await asyncio.wait_for(resting.wait(), 5)
    stands = report_of(await run_of(database, run_id))
    with pytest.raises(Conflict, match="Another import is running"):
        await run_import(database, settings, await request(database, settings, delivery[0]), from_shell=True)
    open_ones = "select 1 from pg_stat_activity where datname = current_database() and state like 'idle in%%'"
    assert await rows(database, open_ones) == []
    assert report_of(await run_of(database, run_id)) == stands
    task.cancel()  # as a worker that goes down; whoever takes it up rests, too
    await asyncio.gather(task, return_exceptions=True)
    resting.clear()
    task = asyncio.create_task(run_import(database, settings, run_id, report=told))
    await asyncio.wait_for(resting.wait(), 5)
    async with database.write() as writer:
        await importing.resume(writer, cast.OPERATOR, run_id)
    assert await asyncio.wait_for(task, 30) == "finished"
    assert report_of(await run_of(database, run_id)) == expected(delivery[1])
    await assert_sound(database)


async def test_a_paused_run_can_be_cancelled(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BEAT", 0.05)
    run_id = await request(database, settings, delivery[0])
    async with database.write() as writer:
        await writer.execute("update import_run set state = 'running', pause_asked = true where id = %s", (run_id,))
    resting = asyncio.Event()
    task = asyncio.create_task(run_import(database, settings, run_id, report=lambda _progress: resting.set()))
    await asyncio.wait_for(resting.wait(), 5)
    async with database.write() as writer:
        await importing.cancel(writer, SYSTEM, run_id)
        with pytest.raises(Conflict, match="not paused"):
            await importing.resume(writer, SYSTEM, run_id)
    assert await asyncio.wait_for(task, 5) == "cancelled"


async def test_nobody_offers_to_help_with_a_paused_run(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helping, "FIRST_WAIT", 0)
    run_id = await request(database, settings, tmp_path)
    offered = "select 1 from procrastinate_jobs where task_name = 'help_import'"
    for paused in (True, False):
        async with database.write() as writer:
            await writer.execute(
                "update import_run set state = 'running', pause_asked = %s where id = %s", (paused, run_id)
            )
        await helping.hand_on(database, run_id, 0)
        assert len(await rows(database, offered)) == (0 if paused else 1)


async def _execute(settings: Settings, statement: Any) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        await connection.execute(statement)


async def test_a_run_interrupted_again_and_again_ends_the_same(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth]
) -> None:
    run_id = await request(database, settings, delivery[0])
    for stage, number in (("read", 9), ("merge", 3), ("merge", 3), ("merge", 4), ("merge", 3)):
        await interrupted(database, settings, run_id, stage, number)
    assert await run_import(database, settings, run_id) == "finished"
    assert report_of(await run_of(database, run_id)) == expected(delivery[1])
    await assert_sound(database)


async def test_a_database_that_goes_away_is_raised_and_the_run_goes_on(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth]
) -> None:
    run_id = await request(database, settings, delivery[0])

    def kill() -> None:
        with psycopg.connect(settings.owner_url.replace("atelier_owner", "postgres"), autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    with pytest.raises(Unavailable):
        await run_import(database, settings, run_id, report=At("merge", 6, kill))
    assert await run_import(database, settings, run_id) == "finished"
    assert report_of(await run_of(database, run_id)) == expected(delivery[1])
    await assert_sound(database)


async def test_ctrl_c_in_the_shell_cancels(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth]
) -> None:
    run_id = await request(database, settings, delivery[0])
    await interrupted(database, settings, run_id, "merge", 6, from_shell=True)
    assert (await run_of(database, run_id))["state"] == "cancelled"
    assert await staging(database) == []
    await assert_sound(database)


async def test_one_run_at_a_time(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(1)])
    first, second, third = [await request(database, settings, folder) for _ in range(3)]
    async with turn.alone(database, settings, first, patient=False):
        with pytest.raises(Conflict, match="Another import is running"):
            await run_import(database, settings, second, from_shell=True)
        waiting = asyncio.create_task(run_import(database, settings, second))
        cancelled = asyncio.create_task(run_import(database, settings, third))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        async with database.write() as writer:
            await importing.cancel(writer, SYSTEM, third)
        assert await asyncio.wait_for(cancelled, 2) == "cancelled"
    assert await waiting == "finished"


async def test_who_may_start_and_cancel(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(1)])
    allowed = settings_with_root(settings, tmp_path)
    await cast.people(database)
    for actor in (cast.VIEWER, cast.MODERATOR, Actor(kind="public")):
        async with database.write() as writer:
            with pytest.raises(Forbidden):
                await importing.request_run(writer, actor, folder.as_uri(), settings=allowed)
            with pytest.raises(Forbidden):
                await importing.cancel(writer, actor, 1)
    async with database.write() as writer:
        run_id = await importing.request_run(writer, cast.OPERATOR, folder.as_uri(), settings=allowed)
    jobs = await rows(database, "select task_name, args, lock from procrastinate_jobs")
    assert jobs == [{"task_name": "import", "args": {"run_id": run_id}, "lock": "import"}]
    assert await run_import(database, allowed, run_id) == "finished"
    (event,) = await rows(database, "select actor_kind, actor_id from event where action = 'import'")
    assert event == {"actor_kind": "user", "actor_id": cast.OPERATOR.id}
    async with database.write() as writer:
        with pytest.raises(Conflict, match="has ended"):
            await importing.cancel(writer, cast.OPERATOR, run_id)
        with pytest.raises(NotFound):
            await importing.cancel(writer, cast.OPERATOR, 999)


async def test_the_console_reads_below_the_roots_alone(database: Database, settings: Settings, tmp_path: Path) -> None:
    write(tmp_path / "in", reviews=[review(1)])
    write(tmp_path / "out", reviews=[review(1)])
    allowed = settings_with_root(settings, tmp_path / "in")
    for url in ((tmp_path / "out").as_uri(), f"{(tmp_path / 'in').as_uri()}/../out", "s3://anywhere/x"):
        async with database.write() as writer:
            with pytest.raises(AtelierError, match="ATELIER_IMPORT_"):
                await importing.request_run(writer, cast.ADMINISTRATOR, url, settings=allowed)
    # What was asked for while a folder was permitted is not read once it no longer is.
    async with database.write() as writer:
        run_id = await importing.request_run(writer, SYSTEM, (tmp_path / "in").as_uri(), settings=allowed)
    assert await run_import(database, settings, run_id) == "failed"
    assert "ATELIER_IMPORT_ROOTS" in (await run_of(database, run_id))["error"]


def settings_with_root(settings: Settings, root: Path) -> Settings:
    return dataclasses.replace(settings, import_roots=(root,))
