"""What an instance tells of itself every few seconds: that it is there, what it served, and how long that took.

Nothing here is on a request's way: requests leave counts behind (`measures`), and what became more of them is written
beside, in one statement. What cannot be written is kept for half an hour and written later.
"""

import asyncio
import resource
import shutil
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg.types.json import Jsonb

from backend.domain.errors import AtelierError
from backend.domain.histograms import SIZE, merged
from backend.domain.traffic import failed, group_of, refused
from backend.observe.measures import MEASURES
from backend.settings import Settings
from backend.store import migrations, sql
from backend.store.database import Database

log = structlog.get_logger(__name__)
queries = sql.load("system")

FIRST, EVERY = 1.0, 10.0  # seconds until it tells for the first time, and from one time to the next
PATIENCE = 5.0  # seconds that telling may take
KEPT = 30  # minutes that wait for a database that is away; older ones are lost


@dataclass(slots=True)
class Served:
    """Requests of one group within one minute."""

    requests: int = 0
    refused: int = 0
    errors: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * SIZE)

    def add(self, status: int, counts: list[int]) -> None:
        requests = sum(counts)
        self.requests += requests
        self.refused += requests if refused(status) else 0
        self.errors += requests if failed(status) else 0
        self.buckets = merged((self.buckets, counts))


class Recorder:
    """What one process has still to tell."""

    def __init__(self, database: Database, settings: Settings, role: str) -> None:
        self._database = database
        self._home = settings.home
        self._who = {
            "name": settings.instance,
            "role": role,
            "version": version(),
            "revision": migrations.head(),
            "started_at": datetime.now(UTC),
        }
        self._told = {kind: list(measure.counts) for kind, measure in MEASURES.items()}
        self._waiting: dict[tuple[datetime, str], Served] = {}
        self._is_known = False
        self._is_cut_off = False

    async def run(self) -> None:
        """Tell until it is cancelled."""
        await asyncio.sleep(FIRST)
        while True:
            await self.tell()
            await asyncio.sleep(EVERY)

    async def tell(self) -> None:
        """Write what came since the last time; keep it where that fails. The log has one line for the whole while."""
        self._collect(datetime.now(UTC).replace(second=0, microsecond=0))
        told = list(self._waiting)
        try:
            async with asyncio.timeout(PATIENCE):
                values = {**self._who, **await asyncio.to_thread(_sizes, self._home), "rows": Jsonb(self._rows())}
                await self._database.write_alone(queries["note"], values)
        except Exception as error:  # whatever it is, the next time may go well
            if not self._is_cut_off:
                log.warning("figures are kept until the database takes them", exc_info=error)
            self._is_cut_off = True
            return
        for key in told:
            del self._waiting[key]
        self._is_known, self._is_cut_off = True, False

    async def leave(self) -> None:
        """At an end in order: tell the rest, and be known no more."""
        if not self._is_known:
            return
        with suppress(AtelierError, psycopg.Error, TimeoutError):
            async with asyncio.timeout(FIRST):
                await self.tell()
                await self._database.write_alone(queries["leave"], self._who)

    def _collect(self, minute: datetime) -> None:
        """Add what became more of each kind of request to the minute."""
        for kind, measure in list(MEASURES.items()):
            method, route, status = kind
            counts, before = list(measure.counts), self._told.get(kind)
            self._told[kind] = counts
            more = [now - then for now, then in zip(counts, before, strict=True)] if before else counts
            if any(more) and (group := group_of(method, route)) is not None:
                self._waiting.setdefault((minute, group), Served()).add(status, more)
        minutes = sorted({at for at, _ in self._waiting})[-KEPT:]
        self._waiting = {key: served for key, served in self._waiting.items() if key[0] in minutes}

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "at": at.isoformat(),
                "route": route,
                "requests": served.requests,
                "refused": served.refused,
                "errors": served.errors,
                "buckets": served.buckets,
            }
            for (at, route), served in self._waiting.items()
        ]


@asynccontextmanager
async def recording(database: Database, settings: Settings, role: str) -> AsyncIterator[None]:
    """While it lasts, this process tells of itself as an instance of a role."""
    recorder = Recorder(database, settings, role)
    task = asyncio.create_task(recorder.run(), name="recorder")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await recorder.leave()


@cache
def version() -> str:
    """The version of what runs here: as it was installed, or as the checkout says."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("atelier-reviews")
    with suppress(OSError, KeyError):
        return str(
            tomllib.loads((migrations.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        )
    return "unknown"


def _sizes(home: Path) -> dict[str, int]:
    """Bytes: of this process in memory, and of the disk that a home is on or will be."""
    while not home.exists() and home != home.parent:
        home = home.parent
    disk = shutil.disk_usage(home)
    return {"memory": _memory(), "disk_used": disk.used, "disk_size": disk.total}


def _memory() -> int:
    """Bytes in memory; where the system does not tell, the most there ever were."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
