"""Whose turn it is: one import, or one rollback, goes on at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg

from backend.domain.errors import Conflict
from backend.domain.imports import ENDED, RunState
from backend.services.importing import progress
from backend.settings import Settings
from backend.store.database import Database

ADVISORY_LOCK = 7_226_002  # any number, the same for every import into a database
Lock = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def alone(database: Database, settings: Settings, run_id: int, *, patient: bool) -> AsyncIterator[Lock]:
    """Hold the lock that only one import has. It goes with its connection, so a dead worker holds none."""
    connection = await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True)
    async with connection:
        while not await _locked(connection):
            if not patient:
                raise Conflict("Another import is running. Wait for it, or cancel it in the console.")
            if await state_of(database, run_id) in ENDED:
                break
            await asyncio.sleep(1)
        try:
            yield connection
        finally:
            # Closing alone would let it go a moment later, and the next run would be told that this one still runs.
            with suppress(psycopg.Error):
                await connection.execute("select pg_advisory_unlock(%s)", (ADVISORY_LOCK,))


async def _locked(connection: Lock) -> bool:
    row = await (await connection.execute("select pg_try_advisory_lock(%s)", (ADVISORY_LOCK,))).fetchone()
    return bool(row and row[0])


async def state_of(database: Database, run_id: int) -> RunState:
    """A run's state as the primary knows it."""
    async with database.read(fresh=True) as reader:
        return RunState(await reader.fetch_value(progress.queries["state"], {"run_id": run_id}))
