"""Named repairs for the console. What they need is loaded when it is first asked for, where it is installed at all.

An instance of the console is started in no time, and may be installed without what imports need; the worker has it.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from backend.domain.actors import Actor
from backend.jobs.installed import demand_installed, is_installed
from backend.jobs.originals import Originals
from backend.store.database import Reader, Row

if TYPE_CHECKING:
    from backend.jobs.again import Trial
    from etl.remedies import Remedy


class Repairs:
    """Which repairs there are for rejects that are alike, and what they would come to."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals

    @property
    def installed(self) -> bool:
        """Whether this instance has what imports need."""
        return is_installed()

    async def fitting(self, signature: Row) -> "list[Remedy]":
        """The repairs that fit a signature, each with name and meaning; none where they are not installed."""
        if not self.installed:
            return []
        again = await _loaded()
        found: list[Remedy] = again.repairs_for(signature)
        return found

    async def demand(self, signature: Row, name: str) -> None:
        """Raise `Invalid` where the repair of this name does not fit the signature."""
        demand_installed("repair in the shell")
        again = await _loaded()
        again.demand_repair(signature, name)

    async def try_out(self, reader: Reader, actor: Actor, signature: Row, name: str, most: int) -> "Trial":
        """What a repair would come to over `most` records."""
        demand_installed("repair in the shell")
        again = await _loaded()
        trial: Trial = await again.try_out(reader, actor, self._originals, signature, name, most=most)
        return trial


async def _loaded() -> Any:
    """The module that does it; aside, because that takes a while the first time."""
    return await asyncio.to_thread(import_module, "backend.jobs.again")
