"""Carrying out the jobs that people ask for: one worker at a time, and on from where the last one stopped."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import structlog

from backend.domain.errors import AtelierError, Unavailable
from backend.domain.jobs import JobState, Wish
from backend.jobs import bulk, exports, personal
from backend.services import erasing, exporting, jobs, redacting
from backend.settings import Settings
from backend.store.database import Database, Row

log = structlog.get_logger()

# Advisory locks by two numbers: this one, and the job's.
LOCK_SPACE = 7_303

# What carries a kind of job out. It goes on from what the database says is done, calls `jobs.advance` in each of its
# transactions, and ends with the wish that it obeyed, or None when it is through.
Carrier = Callable[[Database, Settings, Row], Awaitable[Wish | None]]
WORK: dict[str, Carrier] = {
    "freeze": bulk.freeze,
    "bulk": bulk.run,
    "revert": bulk.revert,
    exporting.KIND: exports.carry_out,
    erasing.FIND: personal.find,
    erasing.ERASE: personal.erase,
    redacting.REDACT: personal.redact,
}

_OBEYED = {None: JobState.FINISHED, Wish.PAUSE: JobState.PAUSED, Wish.CANCEL: JobState.CANCELLED}


async def carry_out(database: Database, settings: Settings, job_id: int) -> None:
    """Carry a job out, or what is left of it.

    A database that went away is raised, so that the queue comes back; whatever else breaks ends the job as failed.
    """
    async with _alone(settings, job_id) as is_mine:
        if not is_mine:
            return
        async with database.write() as writer:
            job = await jobs.begin(writer, job_id)
        if job is None:
            return
        state, error = await _outcome(database, settings, job)
        async with database.write() as writer:
            await jobs.end(writer, job_id, state, error)
        log.info("job ended", job=job_id, kind=job["kind"], state=state.value)


async def _outcome(database: Database, settings: Settings, job: Row) -> tuple[JobState, str | None]:
    try:
        return _OBEYED[await WORK[job["kind"]](database, settings, job)], None
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Unavailable("The database went away during a job.") from error
    except Unavailable:
        raise
    except AtelierError as error:
        return JobState.FAILED, error.detail
    except Exception as error:
        # Its text may hold a customer's words: people are told the kind alone, the log what is safe to tell.
        log.exception("job broke", job=job["id"], kind=job["kind"])
        return JobState.FAILED, f"It broke on {type(error).__name__}. Please report this, with the log."


@asynccontextmanager
async def _alone(settings: Settings, job_id: int) -> AsyncIterator[bool]:
    """Whether the job's lock is ours. It goes with its connection, so a dead worker holds none."""
    connection = await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True)
    async with connection:
        row = await (await connection.execute("select pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, job_id))).fetchone()
        yield bool(row and row[0])
