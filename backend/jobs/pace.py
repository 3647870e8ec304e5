"""How fast a large change goes: transactions that are short, and rests when readers have to wait.

What readers see is measured as they see it: while a transaction is under way, one product's numbers are asked for as
the API asks. When that takes much longer than it did in peace, the next transaction is smaller, and comes later.
"""

import asyncio
import time
from statistics import median

from backend.domain.actors import SYSTEM
from backend.services import reading
from backend.store.database import Database

TARGET = 0.15  # seconds a transaction shall take: a third of what it may, for it may meet worse pages
LEAST, FIRST, MOST = 250, 500, 2_000  # reviews in one
SLOW = 4.0  # times as long as usual,
BEARABLE = 0.025  # and longer than so many seconds
LONGEST_REST = 2.0


class Pace:
    """The size of the next transaction, and the rest before it; what the longest took, and all rests, in seconds."""

    def __init__(self, database: Database) -> None:
        self.size = FIRST
        self.rest = 0.0
        self.rested = 0.0
        self.longest = 0.0
        self.transactions = 0
        self._database = database
        self._usual = BEARABLE / SLOW

    async def learn(self) -> None:
        """What readers wait in peace: the median of a few reads."""
        self._usual = median([await self._probe() for _ in range(5)])

    async def watch(self) -> float:
        """Read as the API does while a transaction is under way; the seconds it took."""
        await asyncio.sleep(TARGET / 10)
        return await self._probe()

    async def went(self, seconds: float, waited: float) -> None:
        """A transaction took so long, and a reader meanwhile `waited`: settle the next size, and rest."""
        self.longest = max(self.longest, seconds)
        self.transactions += 1
        if waited > max(self._usual * SLOW, BEARABLE):
            self.rest = min(max(self.rest * 2, 0.05), LONGEST_REST)
            self.size = max(self.size // 2, LEAST)
        else:
            self.rest = self.rest / 2 if self.rest > 0.01 else 0.0  # noqa: PLR2004 -- a rest too short to be one
            factor = min(max(TARGET / max(seconds, 0.001), 0.5), 1.5)
            self.size = min(max(int(self.size * factor), LEAST), MOST)
        if self.rest:
            self.rested += self.rest
            await asyncio.sleep(self.rest)

    async def _probe(self) -> float:
        began = time.perf_counter()
        await reading.numbers(self._database, SYSTEM, 1)
        return time.perf_counter() - began
