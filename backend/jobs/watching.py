"""What a worker does beside its jobs: reads every figure now and then, keeps it, and judges whether somebody is told.

It is no job of the queue, because it must go on while that is full, and be the one to say so.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import structlog

from backend.domain.actors import SYSTEM
from backend.domain.errors import AtelierError
from backend.domain.locations import parse
from backend.domain.targets import NO_ANSWER, Reading
from backend.jobs.originals import sources_of
from backend.jobs.telling import tell
from backend.services import system
from backend.services.system import alerts, keeping
from backend.settings import Settings
from backend.store.database import Database
from etl.sources import Sources

log = structlog.get_logger()

EVERY = 15.0  # seconds between two looks
SELDOM = 60.0  # between two additions, and two looks at the storage
_NOWHERE = ".atelier-reachable/"  # a prefix below which nothing lies: asking for it costs a bucket nothing


class Watcher:
    """One worker's eye on the service."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._sources = sources_of(settings)
        self._seldom_at = 0.0
        self._is_blind = False
        self._telling: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Watch until it is cancelled, whatever happens to the database."""
        while True:
            try:
                await self.once()
                self._is_blind = False
            except Exception as error:  # whatever it is, the next look may go well
                if not self._is_blind:
                    log.warning("nobody watches the service", exc_info=error)
                self._is_blind = True
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        """Read everything, keep it, judge it; send what is to be sent, beside."""
        now = time.monotonic()
        if is_time := now - self._seldom_at >= SELDOM:
            storage = await reach(self._sources)
            async with self._database.write() as writer:
                await keeping.note(writer, storage)
        readings = await system.readings(self._database, SYSTEM)
        async with self._database.write() as writer:
            await keeping.note(writer, [each for each in readings if each.code != "storage"])
            await alerts.judge_all(writer, readings, datetime.now(UTC))
        if is_time:
            async with self._database.write() as writer:
                await keeping.roll_up(writer)
            self._seldom_at = now
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="alerts")

    async def _tell(self) -> None:
        try:
            await tell(self._database, self._settings)
        except (AtelierError, psycopg.Error) as error:
            log.warning("alerts wait for the database", exc_info=error)


async def reach(sources: Sources) -> list[Reading]:
    """How many milliseconds each place of imports takes to answer; `NO_ANSWER` where it does not."""
    tops = [entry.url for entry in sources.entries("")]
    return list(await asyncio.gather(*(_reach(sources, top) for top in tops)))


async def _reach(sources: Sources, top: str) -> Reading:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(NO_ANSWER / 1000):
            if not await asyncio.to_thread(_is_there, sources, top):
                return Reading("storage", NO_ANSWER, top)
    except Exception:  # whatever it is that the place or its library says
        return Reading("storage", NO_ANSWER, top)
    return Reading("storage", 1000 * (time.perf_counter() - began), top)


def _is_there(sources: Sources, top: str) -> bool:
    location = parse(top)
    if location.scheme == "file":
        return Path(location.path).is_dir()
    sources.entries(top + _NOWHERE)
    return True


@asynccontextmanager
async def watching(database: Database, settings: Settings) -> AsyncIterator[None]:
    """While it lasts, this worker watches the service."""
    task = asyncio.create_task(Watcher(database, settings).run(), name="watcher")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
