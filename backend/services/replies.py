"""Replying to a review as the merchant: a change of its content, seen at once, and undone like any other."""

from backend.domain import remarks
from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.roles import Permission
from backend.domain.states import ReviewState
from backend.services import changing, moderation
from backend.services.changing import Subject
from backend.store import trace
from backend.store.database import Writer


async def reply(writer: Writer, actor: Actor, review_id: int, text: str, *, version: int | None = None) -> int:
    """Set the merchant's reply, in place of one that stood there; the event's id, by which it can be undone.

    `Invalid` where it is no text of 1 to 2,000 characters, `Conflict` where the same stands there already or, with
    `version`, somebody changed the review since.
    """
    actor.require(Permission.MODERATE)
    response = remarks.cleaned(text, "reply", remarks.REPLY)
    review = await moderation.locked(writer, review_id, version)
    if review["state"] == ReviewState.REMOVED:
        raise NotFound("There is no such review.")
    if review["response"] == response:
        raise Conflict("This reply stands there already.")
    event_id = await trace.record(writer, actor, "reply", ("review", review_id), fields=["response"])
    await changing.change_alike(writer, event_id, [Subject(review_id)], {"response": response})
    return event_id
