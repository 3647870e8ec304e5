"""Pools of connections, and what their failures mean to us."""

import asyncio
import select
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import PoolTimeout

from backend.domain.errors import Misconfigured, Unavailable
from backend.store.pool import Connection, KeepingPool, Pool

__all__ = ["GONE", "Connection", "Pool", "borrowed", "insisted", "is_quiet", "make_pool", "place", "probe", "reason_of"]

T = TypeVar("T")
SHARED = 2  # connections on which reads are coalesced
GONE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


def make_pool(url: str, name: str, size: int, timeout: float, *, read_only: bool) -> Pool:
    """A closed pool. A read-only one refuses writes and spends no round trip on BEGIN."""
    # A commit that is answered is on disk, and so at a position in the log that replicas can reach (store/replicas.py).
    options = {"default_transaction_read_only": "on"} if read_only else {"synchronous_commit": "on"}
    return _pool(url, name, size, timeout, options)


def make_shared_pool(url: str, timeout: float) -> Pool:
    """A closed, read-only pool for coalesced reads: `SHARED` connections, whose plans are made once and never hash.

    One query asks for a few products or for many, always by index: a plan made for the parameters at hand would be made
    anew each time, and one that thinks of many would read whole tables for a few.
    """
    options = {
        "default_transaction_read_only": "on",
        "plan_cache_mode": "force_generic_plan",
        **dict.fromkeys(("enable_hashjoin", "enable_mergejoin", "enable_seqscan"), "off"),
    }
    return _pool(url, "shared", SHARED, timeout, options, KeepingPool)


def _pool(url: str, name: str, size: int, timeout: float, options: dict[str, str], kind: type[Pool] = Pool) -> Pool:
    return kind(
        url,
        connection_class=Connection,
        kwargs={
            "row_factory": dict_row,
            "autocommit": True,
            "connect_timeout": 5,
            "options": " ".join(f"-c {key}={value}" for key, value in {**options, "timezone": "UTC"}.items()),
        },
        name=name,
        min_size=1,
        max_size=size,
        timeout=timeout,
        max_waiting=32 * size,
        open=False,
        reconnect_timeout=0,
    )


@asynccontextmanager
async def borrowed(pool: Pool) -> AsyncIterator[Connection]:
    """A connection from the pool; what goes wrong on the way in is `Unavailable`."""
    try:
        connection = await pool.getconn()
    except (*GONE, psycopg.Error) as error:
        raise Unavailable("The database does not answer. Try again shortly.", retry_after=2) from error
    try:
        yield connection
    finally:
        if not pool.keep(connection):
            await asyncio.shield(pool.putconn(connection))


def is_quiet(connection: Connection) -> bool:
    """Whether the server has said nothing on an idle connection: what it says there is mostly that it goes away."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


async def insisted(connection: Connection, work: Coroutine[Any, Any, T]) -> T:
    """Do something on a connection. Cancelled meanwhile, it asks the server to end the statement until it has ended.

    The driver asks once, which is lost where it comes before the statement: that then waits for a lock as it likes.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        ending = asyncio.create_task(_ended(connection, task))
        # Who is cancelled twice must not leave the connection to a statement that goes on.
        while not ending.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ending)
        raise


async def _ended(connection: Connection, task: "asyncio.Task[Any]") -> None:
    while not task.done():
        with suppress(psycopg.Error):
            await connection.cancel_safe(timeout=1)
        await asyncio.wait([task], timeout=0.2)
    await asyncio.gather(task, return_exceptions=True)


async def probe(url: str, what: str, setting: str) -> None:
    """Connect once; raise `Misconfigured` in one line with the mend where that fails."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=5):
            return
    except psycopg.Error as error:
        raise Misconfigured(f"{what} cannot be reached: {reason_of(error)}. Check {setting}.") from error


def reason_of(error: BaseException) -> str:
    """The last line of a driver's message, without the connection's parameters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[-1] if lines else type(error).__name__
    return text.rpartition("FATAL:")[2].strip().rstrip(".")


def place(url: str) -> dict[str, Any]:
    """Host, port, name and application name of a database URL, for messages: never its password."""
    return {
        key: value
        for key, value in psycopg.conninfo.conninfo_to_dict(url).items()
        if key in {"host", "port", "dbname", "application_name"}
    }
