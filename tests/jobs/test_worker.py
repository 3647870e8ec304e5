"""The worker as a process: it takes imports from the queue, survives its own death, and hands on what it was doing."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from procrastinate.jobs import Status

from backend.domain.actors import SYSTEM
from backend.jobs import housekeeping
from backend.jobs.queue import make_app
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from etl import sample
from tests.jobs.delivery import assert_sound, counts, request, review, rows, run_of, write
from tests.jobs.test_cancel_and_resume import expected, report_of
from tests.shell import environment

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sample.Truth]:
    folder = tmp_path_factory.mktemp("delivery")
    return folder, sample.write(folder, products=300, reviews=5_000, seed=9)


@asynccontextmanager
async def worker(settings: Settings, root: Path) -> AsyncIterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(  # noqa: ASYNC220 - it must be killed, not awaited
        [sys.executable, "-m", "backend.cli", "worker"],
        env=environment(settings, root),
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        assert await asyncio.to_thread(process.wait, 10) in (0, -signal.SIGKILL)


async def queued(database: Database, settings: Settings, folder: Path) -> int:
    async with database.write() as writer:
        return await importing.request_run(
            writer, SYSTEM, folder.as_uri(), settings=replace(settings, import_roots=(folder,))
        )


def merging(settings: Settings) -> Settings:
    """Who does not own the tables merges also into an empty system."""
    return replace(settings, owner_url=settings.database_url)


async def until(database: Database, run_id: int, *, merged: int = -1, seconds: float = 60) -> str:
    """Wait until the run has ended and its job has swept up, or it has merged more than that many rows."""
    at_work = "select 1 from procrastinate_jobs where args = jsonb_build_object('run_id', %s::int) and status = 'doing'"
    async with asyncio.timeout(seconds):
        while True:
            run = await run_of(database, run_id)
            ended = run["ended"] and not await rows(database, at_work, run_id)
            if ended or 0 <= merged < run["merged_rows"]:
                return str(run["state"])
            await asyncio.sleep(0.02)


async def test_an_import_killed_with_its_worker_goes_on_in_the_next_one(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth]
) -> None:
    folder, truth = delivery
    settings = merging(settings)
    run_id = await queued(database, settings, folder)
    async with worker(settings, folder) as process:
        assert await until(database, run_id, merged=500) == "running"
        process.kill()
    async with worker(settings, folder):
        assert await until(database, run_id) == "finished"
    assert report_of(await run_of(database, run_id)) == expected(truth)
    await assert_sound(database)


async def test_a_worker_told_to_stop_leaves_its_import_to_the_next_one(
    database: Database, settings: Settings, delivery: tuple[Path, sample.Truth]
) -> None:
    folder, truth = delivery
    settings = merging(settings)
    run_id = await queued(database, settings, folder)
    async with worker(settings, folder) as process:
        assert await until(database, run_id, merged=500) == "running"
        process.terminate()
        assert await asyncio.to_thread(process.wait, 5) == 0
    assert (await run_of(database, run_id))["state"] == "running"
    (job,) = await rows(database, "select status::text from procrastinate_jobs where task_name = 'import'")
    assert job["status"] == "todo"
    async with worker(settings, folder):
        assert await until(database, run_id) == "finished"
    assert report_of(await run_of(database, run_id)) == expected(truth)
    await assert_sound(database)


async def test_jobs_of_silent_workers_are_taken_up(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(1)])
    run_id = await queued(database, settings, folder)
    app = make_app(settings, database)
    async with app.open_async():
        dead = await app.job_manager.register_worker()
        job = await app.job_manager.fetch_job(queues=None, worker_id=dead)
        assert job is not None
        await housekeeping.reap(app, database)
        assert await app.job_manager.get_job_status_async(job.id or 0) == Status.DOING
        async with database.write() as writer:
            await writer.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        await housekeeping.reap(app, database)
        assert await app.job_manager.get_job_status_async(job.id or 0) == Status.TODO
        await app.run_worker_async(wait=False, install_signal_handlers=False, queues=["imports"])
    # The queue's worker reads below the configured roots alone, and this application has none.
    assert "ATELIER_IMPORT_ROOTS" in (await run_of(database, run_id))["error"]


async def test_the_run_of_a_shell_that_is_gone_is_ended_and_swept(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    run_id = await request(database, settings, write(tmp_path, reviews=[review(1)]))
    async with database.write() as writer:
        await writer.execute(
            "update import_run set state = 'running', seen_at = now() - interval '1 hour' where id = %s", (run_id,)
        )
        await writer.execute(f"create unlogged table staging.reviews_{run_id} (id int)")
        await writer.execute("create unlogged table staging.reviews_999 (id int)")
    app = make_app(settings, database)
    async with app.open_async():
        await housekeeping.reap(app, database)
    run = await run_of(database, run_id)
    assert (run["state"], run["error"]) == ("failed", "The shell that ran it is gone. Start it again.")
    assert await rows(database, "select tablename from pg_tables where schemaname = 'staging'") == []


async def test_a_run_without_a_job_gets_one(database: Database, settings: Settings, tmp_path: Path) -> None:
    run_id = await queued(database, settings, write(tmp_path, reviews=[review(1)]))
    async with database.write() as writer:
        await writer.execute("delete from procrastinate_jobs")
        await writer.execute("update import_run set state = 'running', seen_at = now() - interval '1 hour'")
    app = make_app(settings, database)
    async with app.open_async():
        await housekeeping.reap(app, database)
        await housekeeping.reap(app, database)
    jobs = await rows(database, "select args from procrastinate_jobs where task_name = 'import'")
    assert jobs == [{"args": {"run_id": run_id}}]


async def test_the_house_is_kept(database: Database, settings: Settings) -> None:
    async with database.write() as writer:
        await writer.execute(
            "insert into login_throttle (subject, last_at) values ('old', now() - interval '2 days'), ('new', now())"
        )
        await writer.execute(
            """
            insert into submission (fingerprint, at)
            select gen_random_uuid(), now() - make_interval(hours => age) from unnest(array[23, 24]) as age;
            insert into idempotency_key (caller, key, request, at)
            select 'somebody', age, 'body', now() - make_interval(hours => age) from unnest(array[23, 24]) as age;
            insert into write_rate (caller, what, minute)
            select 'somebody', 'vote', now() - make_interval(mins => age) from unnest(array[1, 61]) as age
            """
        )
    app = make_app(settings, database)
    async with app.open_async():
        await housekeeping.keep_house(app, database)
    async with database.write() as writer:
        assert await writer.fetch_value("select count(*) from submission") == 1
        assert await writer.fetch_value("select count(*) from idempotency_key") == 1
        assert await writer.fetch_value("select count(*) from write_rate") == 1
        assert [row["subject"] for row in await writer.fetch_all("select subject from login_throttle")] == [b"new"]
    tomorrow = (
        "select to_regclass('review_before_' || to_char(now() + interval '1 day', 'YYYYMMDD')) is not null as made"
    )
    assert (await rows(database, tomorrow))[0]["made"]


async def test_two_imports_wait_for_each_other(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(number) for number in range(1, 500)])
    first, second = await queued(database, settings, folder), await queued(database, settings, folder)
    async with worker(settings, folder):
        assert await until(database, first) == "finished"
        assert await until(database, second) == "finished"
    first_file, second_file = [(await run_of(database, run_id))["files"][0] for run_id in (first, second)]
    assert counts(first_file) == {"inserted": 499}
    assert (second_file["state"], f"Run {first} has loaded" in second_file["error"]) == ("skipped", True)
