"""What an import would read, for the console. What it needs is loaded when it is first asked for, as with repairs."""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from backend.domain.actors import Actor
from backend.domain.roles import Permission
from backend.jobs.installed import demand_installed, is_installed
from backend.settings import Settings

if TYPE_CHECKING:
    from backend.jobs.looking import Forms, Preview


class Previews:
    """Looks at deliveries, and at mappings before they are saved."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def installed(self) -> bool:
        """Whether this instance has what imports need."""
        return is_installed()

    async def look(
        self,
        actor: Actor,
        source: str,
        definition: Mapping[str, Any],
        name: str,
        trying: tuple[str, Mapping[str, Any]] | None = None,
    ) -> "Preview":
        """A delivery's files at a glance by a mapping (an empty one for none); raise what opening them raises.

        `trying` is a change of the mapping, behind the name of the file that it is about.
        """
        actor.require(Permission.IMPORT)
        looking = await _loaded()
        found: Preview = await asyncio.to_thread(
            looking.look, self._settings, source, definition, name, looking.Trying(*trying) if trying else None
        )
        return found

    async def forms(self) -> "Forms":
        """What a mapping may say."""
        found: Forms = (await _loaded()).FORMS
        return found

    def check(self, definition: Mapping[str, Any]) -> None:
        """Raise `Invalid`, with every error at once, for a definition that is none."""
        demand_installed("save the mapping in the shell")
        import_module("backend.jobs.looking").check(definition)


async def _loaded() -> Any:
    """The module that does it; aside, because that takes a while the first time."""
    demand_installed("start the import, and its page tells how each file was read")
    return await asyncio.to_thread(import_module, "backend.jobs.looking")
