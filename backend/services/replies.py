"""Replying to a review as the merchant: a change of its content, seen at once, and undone like any other."""

from backend.domain import remarks
from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.roles import Permission
from backend.domain.states import ReviewState
from backend.services import moderation
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("queue")


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
    await moderation.put_response(writer, event_id, review, response)
    return event_id


async def templates(reader: Reader) -> list[Row]:
    """What a reply may begin with: code, title, text."""
    return await reader.fetch_all(queries["templates"])


def filled(template: Row, review: Row) -> str:
    """A template's text for one review: `{name}` is who wrote it, `{product}` what of."""
    name, product = review["reviewer_name"].strip(), review["product_name"] or "the product"
    text: str = template["text"]
    return text.replace("{name}", name or "dear customer").replace("{product}", product)
