"""Named repairs for the console. What they need is loaded when it is first asked for, where it is installed at all.

An instance of the console is started in no time, and may be installed without what imports need; the worker has it.
"""

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING

from backend.domain.actors import Actor
from backend.domain.errors import Unavailable
from backend.jobs.originals import Originals
from backend.store.database import Reader, Row

if TYPE_CHECKING:
    from backend.jobs.again import Trial
    from etl.remedies import Remedy


class Repairs:
    """Which repairs there are for rejects that are alike, and what they would come to."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self.installed = find_spec("ftfy") is not None

    async def fitting(self, signature: Row) -> "list[Remedy]":
        """The repairs that fit a signature, each with name and meaning; none where they are not installed."""
        if not self.installed:
            return []
        again = await asyncio.to_thread(_load)
        return again.repairs_for(signature)

    async def demand(self, signature: Row, name: str) -> None:
        """Raise `Invalid` where the repair of this name does not fit the signature."""
        self._demand_installed()
        again = await asyncio.to_thread(_load)
        again.demand_repair(signature, name)

    async def try_out(self, reader: Reader, actor: Actor, signature: Row, name: str, most: int) -> "Trial":
        """What a repair would come to over `most` records."""
        self._demand_installed()
        again = await asyncio.to_thread(_load)
        return await again.try_out(reader, actor, self._originals, signature, name, most=most)

    def _demand_installed(self) -> None:
        if not self.installed:
            raise Unavailable(
                "This instance is installed without imports: repair in the shell, or install atelier-reviews[etl] here."
            )


def _load():  # type: ignore[no-untyped-def]
    from backend.jobs import again  # noqa: PLC0415

    return again
