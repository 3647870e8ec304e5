"""What is done on a connection ends when whoever waits for it is cancelled, wherever it was just then."""

import asyncio

import psycopg
import pytest

from backend.store.connections import Connection, insisted
from backend.store.database import Database

pytestmark = pytest.mark.anyio


async def late(connection: Connection) -> None:
    """Asks the server for something long, a moment after it was begun."""
    await asyncio.sleep(0.2)
    await connection.execute("select pg_sleep(30)")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("after", [0.05, 0.4], ids=["before-its-statement", "meanwhile"])
async def test_cancelled_it_ends_at_once_and_its_connection_is_free(
    database: Database, times: int, after: float
) -> None:
    async with database.write() as writer:
        task = asyncio.create_task(insisted(writer.connection, late(writer.connection)))
        for _ in range(times):
            await asyncio.sleep(after)
            task.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await task
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            await writer.execute("select 1")


async def test_what_it_gives_and_what_goes_wrong_come_through(database: Database) -> None:
    async with database.write() as writer:
        assert await insisted(writer.connection, writer.fetch_value("select 7")) == 7
        with pytest.raises(psycopg.errors.DivisionByZero):
            await insisted(writer.connection, writer.execute("select 1 / 0"))
