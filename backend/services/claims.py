"""Claims: who has a card open. One lasts two minutes from its holder's last look and keeps others from deciding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from backend.domain.actors import Actor
from backend.domain.errors import Conflict
from backend.domain.roles import Permission
from backend.store import sql
from backend.store.database import Reader, Writer

queries = sql.load("queue")

LASTS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has a card, whether that is the one who asks, and for how many seconds more."""

    user_name: str
    mine: bool
    seconds: int


async def open_card(writer: Writer, actor: Actor, review_id: int) -> bool:
    """Claim a card and let go of those that one had open before; whether it is this actor's now."""
    await writer.execute(queries["drop_other_claims"], {"review_id": review_id, "user_id": actor.id})
    return await keep(writer, actor, review_id)


async def keep(writer: Writer, actor: Actor, review_id: int) -> bool:
    """Claim a card for two more minutes, if nobody else has it; whether it is this actor's now."""
    actor.require(Permission.MODERATE)
    asked = {"review_id": review_id, "user_id": actor.id, "lasts": LASTS}
    return await writer.fetch_value(queries["take_claim"], asked) is not None


async def of(reader: Reader, actor: Actor, review_ids: Sequence[int]) -> dict[int, Claim]:
    """Who has which of these reviews open. Only the primary knows: the table is not written to its log."""
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["claims_of"], {"review_ids": list(review_ids)})
    return {row["review_id"]: Claim(row["user_name"], row["user_id"] == actor.id, row["seconds"]) for row in rows}


async def free(writer: Writer, review_ids: Sequence[int]) -> None:
    """Let go of cards that were decided."""
    await writer.execute(queries["drop_claims"], {"review_ids": list(review_ids)})


def require_free(claim: Claim | None) -> None:
    """Raise `Conflict`, naming the holder, where somebody else has the card open."""
    if claim and not claim.mine:
        raise Conflict(
            f"{claim.user_name} has this card open. It is free in {claim.seconds} seconds, or when they go on."
        )
