"""Runs as streams follow them: whoever watches, each instance asks for a run once a second at most."""

import asyncio
import time
from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.roles import Permission
from backend.services.importing.runs import one_run
from backend.store.database import Database, Row

FRESH = 0.9  # seconds that an answer is good for
_FORGOTTEN = 60.0  # seconds after which nobody watches a run any more


@dataclass(frozen=True, slots=True)
class _Asked:
    at: float
    answer: asyncio.Task[Row]


class Watching:
    """Gives several streams one answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[int, _Asked] = {}

    async def run(self, actor: Actor, run_id: int) -> Row:
        """A run as it was within the last second; raise what `one_run` raises."""
        actor.require(Permission.READ)
        now = time.monotonic()
        asked = self._asked.get(run_id)
        if asked is None or now - asked.at > FRESH:
            self._asked = {number: each for number, each in self._asked.items() if now - each.at < _FORGOTTEN}
            asked = self._asked[run_id] = _Asked(now, asyncio.create_task(self._ask(actor, run_id)))
        # Who goes away does not take the answer from the others.
        return await asyncio.shield(asked.answer)

    async def _ask(self, actor: Actor, run_id: int) -> Row:
        async with self._database.read() as reader:
            return await one_run(reader, actor, run_id)
