"""What of a run blocks is done in threads; when it is cancelled they are told, and what they ask of Postgres ends."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg

from backend.jobs.reading import Db, Stop
from backend.settings import Settings

T = TypeVar("T")


class Aside:
    """The threads of one run, and the connections that they have open."""

    def __init__(self, settings: Settings, stop: Stop) -> None:
        self._settings = settings
        self._stop = stop
        self._open: set[psycopg.Connection[Any]] = set()

    @contextmanager
    def connection(self, *, owner: bool = False) -> Iterator[Db]:
        """A connection of the application, or (with every statement a transaction) of the tables' owner."""
        url = self._settings.owner_url if owner else self._settings.database_url
        with psycopg.connect(url, autocommit=owner) as db:
            self._open.add(db)
            try:
                yield db
            finally:
                self._open.discard(db)

    async def connected(self, work: Callable[[Db], T], *, owner: bool = False) -> T:
        """Do something with a connection of its own."""

        def with_connection() -> T:
            with self.connection(owner=owner) as db:
                return work(db)

        return await self.thread(with_connection)

    async def thread(self, work: Callable[[], T]) -> T:
        """Do something; when this is cancelled, ask the thread to stop and wait until it has."""
        future = asyncio.get_running_loop().run_in_executor(None, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._stop.ask()
            while not future.done():
                for db in list(self._open):
                    with suppress(psycopg.Error):
                        await asyncio.to_thread(db.cancel_safe, timeout=1)
                await asyncio.wait([future], timeout=0.2)
            await asyncio.gather(future, return_exceptions=True)
            raise
