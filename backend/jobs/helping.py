"""Helping with another worker's import: merging along, range by range, until none is left or the run has ended."""

import asyncio
from contextlib import suppress

import structlog

from backend.domain.errors import AtelierError
from backend.jobs.imports import BEAT
from backend.jobs.pace import Readers
from backend.services.importing import merge, progress
from backend.services.importing.staged import Run
from backend.store.database import Database

log = structlog.get_logger()

FIRST_WAIT, LONGEST_WAIT = 0.02, 5.0  # seconds


async def help_import(database: Database, run_id: int) -> None:
    """Merge along. A worker that is stopped leaves the rest to the others."""
    body = asyncio.create_task(_merge(database, run_id))
    watcher = asyncio.create_task(_watch(database, run_id, body))
    try:
        whole = await body
    except asyncio.CancelledError:
        if not watcher.done() or watcher.cancelled():
            body.cancel()
            await asyncio.gather(body, return_exceptions=True)
            raise
        whole = False
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
    log.info("helped with an import", run=run_id, whole=whole)


async def hand_on(database: Database, run_id: int, turn: int) -> None:
    """Offer the job anew: the worker that took it carries out the run itself. Each turn waits twice as long."""
    await asyncio.sleep(min(FIRST_WAIT * 2**turn, LONGEST_WAIT))
    async with database.write() as writer:
        if await writer.fetch_value(progress.queries["goes_on"], {"run_id": run_id}):
            await writer.defer("help_import", queue="imports", run_id=run_id, turn=turn + 1)


async def _merge(database: Database, run_id: int) -> bool:
    async with Readers(database).watched() as readers:
        return await merge.merge(database, Run(run_id), lambda _merged: None, readers.give_way)


async def _watch(database: Database, run_id: int, body: "asyncio.Task[bool]") -> None:
    """End it within a second when the run is cancelled or has ended."""
    going_on = True
    while going_on:
        await asyncio.sleep(BEAT)
        with suppress(AtelierError):
            async with database.read(fresh=True) as reader:
                going_on = bool(await reader.fetch_value(progress.queries["goes_on"], {"run_id": run_id}))
    body.cancel()
