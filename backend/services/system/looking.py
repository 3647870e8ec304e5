"""One look for everybody who looks: an instance asks for it every few seconds at most, however many watch."""

import asyncio
import time
from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.errors import Unavailable
from backend.domain.roles import Permission
from backend.services.system import standing
from backend.services.system.look import Look, take
from backend.services.system.spans import Period
from backend.store.database import Database, Row

SETTLED = 60.0  # seconds that the sizes of tables are


@dataclass(frozen=True, slots=True)
class _Asked:
    at: float
    answer: asyncio.Task[Look]


class Looking:
    """Gives several streams and pages one answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[str, _Asked] = {}
        self._sizes: tuple[float, asyncio.Task[tuple[int, list[Row]] | None]] | None = None

    async def look(self, actor: Actor, period: Period) -> Look:
        """A look that is still fresh; raise `Unavailable` where the database does not answer."""
        actor.require(Permission.READ)
        now, asked = time.monotonic(), self._asked.get(period.name)
        if asked is None or now - asked.at > period.fresh:
            asked = self._asked[period.name] = _Asked(now, asyncio.create_task(take(self._database, actor, period)))
        # Who goes away does not take the answer from the others.
        return await asyncio.shield(asked.answer)

    async def sizes(self, actor: Actor) -> tuple[int, list[Row]] | None:
        """The database's bytes and its largest tables, a minute old at most; None where asking took too long."""
        actor.require(Permission.READ)
        now = time.monotonic()
        if self._sizes is None or now - self._sizes[0] > SETTLED:
            self._sizes = now, asyncio.create_task(self._measure(actor))
        return await asyncio.shield(self._sizes[1])

    async def _measure(self, actor: Actor) -> tuple[int, list[Row]] | None:
        try:
            async with self._database.read(fresh=True) as reader:
                return await standing.tables(reader, actor)
        except Unavailable:
            return None
