"""What must be done now and then: daily partitions, ended sessions, old jobs; and work that its worker left behind."""

import psycopg
import structlog
from procrastinate import App
from psycopg.sql import SQL, Identifier

from backend.domain.imports import RunState
from backend.jobs.turn import ADVISORY_LOCK
from backend.services import exporting
from backend.services.importing import progress, reversal, words
from backend.services.system import keeping
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Database

log = structlog.get_logger()
runs = sql.load("import_runs")
chores = sql.load("chores")
bulk = sql.load("bulk")
personal = sql.load("personal")
queue = sql.load("queue")

SILENT = 30  # seconds without a sign of life after which a worker or a run is taken for dead
KEEP_JOBS_HOURS = 7 * 24
CASES_AT_ONCE = 2_000


async def reap(app: App, database: Database) -> None:
    """Hand on the jobs of workers that died, and end the runs of shells that did."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
        log.info("job taken up again", job=job.id, task=job.task_name)
        await app.job_manager.retry_job(job)
    async with database.write() as writer:
        for run in await writer.fetch_all(runs["abandoned"], {"seconds": SILENT}):
            if run["shell"] and run["state"] == RunState.REVERSING:
                await reversal.finish(
                    writer, run["id"], error="The shell that rolled it back is gone: roll it back again.", done=False
                )
            elif run["shell"]:
                await progress.finish(
                    writer, run["id"], RunState.FAILED, "The shell that ran it is gone. Start it again."
                )
            elif not await writer.fetch_value(chores["has_job"], {"run_id": run["id"]}):
                task = "rollback" if run["state"] == RunState.REVERSING else "import"
                await writer.defer(task, queue="imports", lock="import", run_id=run["id"])
        if not await writer.fetch_value(chores["has_index_job"]):
            await words.ask(writer)
    await drop_leftovers(database)


async def take_up_imports(app: App, settings: Settings) -> None:
    """At a worker's start: an import whose worker died goes on at once, not only when its silence is long enough.

    Nobody holds the lock that a running import holds, so a job that says it runs does not.
    """
    async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        row = await (await connection.execute("select pg_try_advisory_lock(%s)", (ADVISORY_LOCK,))).fetchone()
        if not row or not row[0]:
            return
        for task in ("import", "rollback"):
            for job in await app.job_manager.list_jobs_async(task=task, status="doing"):
                log.info("job taken up again", job=job.id, task=task)
                await app.job_manager.retry_job(job)


async def take_up_words(database: Database) -> None:
    """At a worker's start: words that are due are indexed, whatever became of the job that should do it.

    Where somebody else is at it, the two share what there is.
    """
    async with database.write() as writer:
        await words.ask(writer)


async def keep_house(app: App, database: Database) -> None:
    """Make and drop daily partitions, forget what has ended or is a day old, delete old jobs."""
    async with database.write() as writer:
        await writer.execute(chores["maintain_review_before"])
        await writer.execute(chores["end_sessions"])
        await writer.execute(chores["forget_throttles"])
        await writer.execute(chores["forget_catalogue"])
        await writer.execute(chores["forget_rates"])
        await writer.execute(queue["forget_claims"])
        await writer.execute(exporting.queries["forget"])
        await writer.execute(personal["forget_searches"])
        # In the order in which a submit takes its locks.
        await writer.execute(chores["forget_answers"])
        await writer.execute(chores["forget_submissions"])
    async with database.write() as writer:
        await keeping.forget(writer)
    await refresh_reach(database)
    await forget_drafts(database)
    await app.job_manager.delete_old_jobs(
        nb_hours=KEEP_JOBS_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
    await drop_leftovers(database)


async def refresh_reach(database: Database) -> None:
    """Give each case that waits the reach that its product has by now, a few at a time: decisions go on meanwhile."""
    upto: int | None = 0
    while upto is not None:
        async with database.write() as writer:
            upto = await writer.fetch_value(queue["refresh_reach"], {"after": upto, "size": CASES_AT_ONCE})


async def forget_drafts(database: Database) -> None:
    """Delete the receipts that nobody ran within a week, one a transaction: each may hold millions of ids."""
    gone: int | None = 0
    while gone is not None:
        async with database.write() as writer:
            gone = await writer.fetch_value(bulk["forget_draft"])


async def drop_leftovers(database: Database) -> None:
    """Drop staging tables of runs that have ended."""
    async with database.write() as writer:
        for table in await writer.fetch_all(runs["ended_staging"]):
            await writer.execute(SQL("drop table if exists {}").format(Identifier("staging", table["name"])))
