"""A pool that notices when its server hangs: stopped, swapped out, or behind a network that swallows everything.

Nothing breaks then by itself. The driver waits for as long as it takes, a cancelled statement as well, because whoever
would have to end it hangs too. So statements that take long are a reason to ask the server beside them; where it does
not answer, their sockets are closed, and whoever waits on them learns what a server that is gone would have told.
Long statements of a server that lives are left alone.
"""

import asyncio
import contextlib
import os
import socket
from typing import Any

import psycopg
import structlog
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = psycopg.AsyncConnection[DictRow]

LONG = 2.0  # seconds after which a statement is a reason to ask
PATIENCE = 2  # seconds that the server has to answer
GLANCE = 0.5  # seconds between two looks at what is lent
PAUSE = 5.0  # seconds until a server that answered is asked again

log = structlog.get_logger(__name__)


class Pool(AsyncConnectionPool[Connection]):
    """Used like its base. Opened, it watches what it lent."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self._url = url
        self._lent: dict[Connection, float] = {}
        self._watcher: asyncio.Task[None] | None = None

    async def open(self, wait: bool = False, timeout: float = 30.0) -> None:  # noqa: ASYNC109 - its base's
        await super().open(wait, timeout)
        self._watcher = self._watcher or asyncio.create_task(self._watch(), name=f"watch of {self.name}")

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        if self._watcher:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None
        await super().close(timeout)

    async def getconn(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109
        try:
            connection = await super().getconn(timeout)
        except PoolTimeout:
            # The base forgets nobody who gave up until it has a connection to give. While the server is away they would
            # fill its queue for good: full, it refuses before it tries to connect.
            while self._waiting and self._waiting[0].error:
                self._waiting.popleft()
            raise
        self._lent[connection] = asyncio.get_running_loop().time()
        return connection

    async def putconn(self, conn: Connection) -> None:
        self._lent.pop(conn, None)
        await super().putconn(conn)

    def keep(self, connection: Connection) -> bool:
        """Whether a connection that comes back stays here; else it is to be put back."""
        del connection
        return False

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(GLANCE)
            if not self._waiting_since(clock() - LONG):
                continue
            if await self._answers():
                await asyncio.sleep(PAUSE)
                continue
            # The idle ones first: whoever asks once more must not be given one of them.
            await self.drain()
            broken = self._waiting_since(clock() - LONG)
            for connection in broken:
                hang_up(connection)
            log.warning("the server hangs", pool=self.name, broken_off=len(broken))

    def _waiting_since(self, moment: float) -> list[Connection]:
        """What was lent before a moment, and waits for the server."""
        waiting = TransactionStatus.ACTIVE
        return [each for each, at in self._lent.items() if at < moment and each.info.transaction_status == waiting]

    async def _answers(self) -> bool:
        """Whether the server says anything to somebody new, be it a refusal."""
        try:
            async with await psycopg.AsyncConnection.connect(self._url, connect_timeout=PATIENCE):
                return True
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error:
            return True


class KeepingPool(Pool):
    """A pool whose few connections are lent all the time: one that comes back in order waits here for the next to ask.

    Lending and taking back cost its base more than a query costs the driver.
    """

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self._kept: list[Connection] = []

    async def getconn(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109
        if not self._kept:
            return await super().getconn(timeout)
        connection = self._kept.pop()
        self._lent[connection] = asyncio.get_running_loop().time()
        return connection

    def keep(self, connection: Connection) -> bool:
        in_order = connection.pgconn.transaction_status == TransactionStatus.IDLE
        if self.closed or self._waiting or not in_order:
            return False
        self._lent.pop(connection, None)
        self._kept.append(connection)
        return True

    async def check(self) -> None:
        await self._let_go()
        await super().check()

    async def drain(self) -> None:
        await self._let_go()
        await super().drain()

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        await self._let_go()
        await super().close(timeout)

    async def _let_go(self) -> None:
        while self._kept:
            await super().putconn(self._kept.pop())


def hang_up(connection: Connection) -> None:
    """Close a connection's socket under it. What waits on it fails as if the server had gone."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as its:
        its.shutdown(socket.SHUT_RDWR)
