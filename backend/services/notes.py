"""Notes that moderators leave on a review for each other."""

from backend.domain import remarks
from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.domain.roles import Permission
from backend.store import sql, trace
from backend.store.database import Writer

queries = sql.load("queue")


async def note(writer: Writer, actor: Actor, review_id: int, text: str) -> None:
    """Leave a note; `Invalid` where it is no text of 1 to 1,000 characters. The trace tells that, not what."""
    actor.require(Permission.MODERATE)
    said = remarks.cleaned(text, "note", remarks.NOTE)
    asked = {"review_id": review_id, "user_id": actor.id, "text": said}
    if await writer.fetch_value(queries["add_note"], asked) is None:
        raise NotFound("There is no such review.")
    await trace.record(writer, actor, "note", ("review", review_id))
