"""Limits of what the anonymous public writes, counted in the write's own transaction: what is refused does not count.

Whoever has a key is not counted, nor is anybody while no limit is set: then nothing is asked of the database.
"""

from typing import Literal

from backend.domain.actors import Actor
from backend.domain.errors import TooMany
from backend.store import sql
from backend.store.database import Writer

queries = sql.load("writes")


def holds_for(actor: Actor, limit: int) -> bool:
    """Whether a limit is set, and this caller's writes count."""
    return limit > 0 and actor.metered


async def count(writer: Writer, actor: Actor, what: Literal["submit", "vote"], limit: int) -> None:
    """Count a write of this caller. `TooMany` where `limit` stand within this minute already; 0 is no limit."""
    if not holds_for(actor, limit):
        return
    counted = await writer.fetch_value(queries["count_write"], {"caller": actor.caller, "what": what, "limit": limit})
    if counted is None:
        rest = await writer.fetch_value(queries["seconds_left"])
        raise TooMany(f"More than {limit} within a minute. Try again later.", retry_after=rest, limit=limit)
