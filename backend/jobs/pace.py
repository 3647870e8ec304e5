"""How fast large jobs go: rests when readers have to wait, and transactions that are short.

What readers see is measured as they see it: while a job is under way, one product's numbers are asked for as the API
asks. When that takes much longer than it did in peace, what the job does next comes later.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from statistics import median
from typing import Self

from backend.domain.actors import SYSTEM
from backend.domain.errors import AtelierError
from backend.services import reading
from backend.store.database import Database

TARGET = 0.15  # seconds a transaction shall take: a third of what it may, for it may meet worse pages
LEAST, FIRST, MOST = 250, 500, 2_000  # reviews in one
PATIENCE = 0.35  # seconds a statement may take: beyond that others wait too long for its rows
SLOW = 4.0  # times as long as usual,
BEARABLE = 0.025  # and longer than so many seconds
LONGEST_REST = 2.0
BETWEEN_LOOKS = 0.2


class Readers:
    """How long whoever keeps readers waiting shall rest before it goes on, and how long it has, in seconds."""

    def __init__(self, database: Database) -> None:
        self.rest = 0.0
        self.rested = 0.0
        self._database = database
        self._usual = BEARABLE / SLOW

    async def learn(self) -> None:
        """What readers wait in peace: the median of a few reads."""
        self._usual = median([await self.look() for _ in range(5)])

    async def look(self) -> float:
        """Read as the API does; the seconds it took."""
        began = time.perf_counter()
        await reading.numbers(self._database, SYSTEM, 1)
        return time.perf_counter() - began

    def settle(self, waited: float) -> bool:
        """Whether a reader who `waited` so long waited too long: then rests grow, else they shrink."""
        too_long = waited > max(self._usual * SLOW, BEARABLE)
        if too_long:
            self.rest = min(max(self.rest * 2, 0.05), LONGEST_REST)
        else:
            self.rest = self.rest / 2 if self.rest > 0.01 else 0.0  # noqa: PLR2004 -- a rest too short to be one
        return too_long

    async def give_way(self) -> None:
        """Rest, where that is due."""
        if self.rest:
            self.rested += self.rest
            await asyncio.sleep(self.rest)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Self]:
        """Look again and again while the `with` lasts."""
        await self.learn()
        watching = asyncio.create_task(self._watch())
        try:
            yield self
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(BETWEEN_LOOKS)
            # Where the database is gone, so is the job, which says so.
            with suppress(AtelierError):
                self.settle(await self.look())


class Pace(Readers):
    """The size of the next transaction beside that, its patience, and the seconds that the longest took."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.size = FIRST
        self.patience = PATIENCE
        self.longest = 0.0
        self.transactions = 0
        self.broken_off = 0

    async def watch(self) -> float:
        """Read while a transaction is under way; the seconds it took."""
        await asyncio.sleep(TARGET / 10)
        return await self.look()

    def broke_off(self, seconds: float) -> None:
        """A statement ran out of patience, its transaction did nothing in so many seconds: fewer reviews are next.

        Where they are the fewest, more patience is: on a machine that stands still it gets on nevertheless.
        """
        self.longest = max(self.longest, seconds)
        self.broken_off += 1
        if self.size == LEAST:
            self.patience *= 2
        self.size = LEAST

    async def went(self, seconds: float, waited: float) -> None:
        """A transaction took so long, and a reader meanwhile `waited`: settle the next size, and rest."""
        self.longest = max(self.longest, seconds)
        self.transactions += 1
        self.patience = PATIENCE
        if self.settle(waited):
            self.size = max(self.size // 2, LEAST)
        else:
            factor = min(max(TARGET / max(seconds, 0.001), 0.5), 1.5)
            self.size = min(max(int(self.size * factor), LEAST), MOST)
        await self.give_way()
