"""A submit with a key of its own may be sent again within a day: the same answer comes, and no second review."""

from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.drafts import Draft
from backend.domain.errors import FieldError, Invalid
from backend.store import sql
from backend.store.database import Writer

queries = sql.load("writes")
HEADER = "Idempotency-Key"
INVALID_KEY = "Error: invalid idempotency key provided"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A stored review; `held` where nobody sees it before a moderator lets it stand."""

    review_id: int
    held: bool


async def claim(writer: Writer, actor: Actor, key: str, draft: Draft) -> Submitted | None:
    """What was answered to this key before; None where it is new and now this transaction's.

    A key counts for its caller alone: an API key, else an address. `Invalid` where it came with another review.
    """
    asked = {"caller": _owner(actor), "key": key, "request": draft.digest()}
    if await writer.fetch_value(queries["claim_key"], asked):
        return None
    (known,) = await writer.fetch_all(queries["answered"], asked)
    if known["request"] != asked["request"]:
        told = "Was used for another review within the last 24 hours: make a new one for each."
        raise Invalid(INVALID_KEY, errors=(FieldError(HEADER, told),))
    return Submitted(known["review_id"], known["held"])


async def keep(writer: Writer, actor: Actor, key: str, answer: Submitted) -> None:
    """Remember what is answered to a claimed key. A transaction that is taken back gives its key back too."""
    await writer.execute(
        queries["keep_answer"],
        {"caller": _owner(actor), "key": key, "review_id": answer.review_id, "held": answer.held},
    )


def _owner(actor: Actor) -> bytes:
    return f"key {actor.id}".encode() if actor.kind == "key" else actor.caller or b""
