"""A rollback from its first row to its last, watched like an import and under the same lock: one of both at a time."""

import asyncio
from contextlib import suppress

import psycopg
import structlog

from backend.domain.errors import AtelierError, Unavailable
from backend.domain.imports import RunState
from backend.jobs.imports import BEAT
from backend.jobs.pace import Readers
from backend.jobs.progress import Progress, Report
from backend.jobs.turn import Lock, alone
from backend.services.importing import merge, progress, reversal
from backend.services.importing.staged import Run
from backend.settings import Settings
from backend.store.database import Database

log = structlog.get_logger()


async def run_rollback(
    database: Database, settings: Settings, run_id: int, *, report: Report | None = None, from_shell: bool = False
) -> RunState:
    """Roll a run back, or what is left of it, and give the state it is in then.

    A worker that is stopped leaves the rest to the next; cancelled, or stopped in the shell, the run is what it was.
    """
    async with alone(database, settings, run_id, patient=not from_shell) as lock:
        body = asyncio.create_task(_reverse(database, run_id, report or (lambda _progress: None)))
        watcher = asyncio.create_task(_watch(lock, run_id, body))
        try:
            state = await body
        except asyncio.CancelledError:
            if watcher.done() and not watcher.cancelled():
                if watcher.result():
                    return await _break_off(
                        database, run_id, "Its rollback was cancelled: roll it back again to go on."
                    )
                raise Unavailable("The database went away during a rollback.") from None
            body.cancel()
            await asyncio.gather(body, return_exceptions=True)
            if from_shell:
                await _break_off(
                    database, run_id, "Its rollback was stopped in the shell: roll it back again to go on."
                )
            raise
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable("The database went away during a rollback.") from error
        except Unavailable:
            raise
        except Exception as error:
            log.exception("rollback broke", run=run_id)
            return await _break_off(
                database, run_id, f"Its rollback broke on {type(error).__name__}. Please report this, with the log."
            )
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        log.info("rollback ended", run=run_id, state=state.value)
        return state


async def give_up(database: Database, run_id: int, error: str) -> None:
    """End a rollback that could not begin, or whose database went away under its shell."""
    with suppress(AtelierError, psycopg.Error):
        await _break_off(database, run_id, error)


async def _reverse(database: Database, run_id: int, report: Report) -> RunState:
    report(Progress("reverse"))
    run = await reversal.begin(database, run_id)
    if run is not None:
        done, total = run["reversal"]["done"], run["reversal"]["total"]
        async with Readers(database).watched() as readers:
            async for rows in reversal.reverse(database, run_id):
                done += rows
                report(Progress("reverse", done, total))
                await readers.give_way()
        await merge.refresh_statistics(database, Run(run_id))
    async with database.write() as writer:
        return await reversal.finish(writer, run_id)


async def _break_off(database: Database, run_id: int, error: str) -> RunState:
    async with database.write() as writer:
        return await reversal.finish(writer, run_id, error=error, done=False)


async def _watch(lock: Lock, run_id: int, body: asyncio.Task[RunState]) -> bool:
    """Give signs of life; end the rollback once somebody cancels it (true) or the lock is lost (false)."""
    asked = False
    while not asked:
        await asyncio.sleep(BEAT)
        try:
            row = await (await lock.execute(progress.queries["beat"], {"run_id": run_id})).fetchone()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            break
        asked = bool(row and row[0])
    body.cancel()
    return asked
