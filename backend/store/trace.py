"""Writing the trace: an event for what was done. What was there before is kept by who changes it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.store import sql
from backend.store.database import Reader, Writer

queries = sql.load("trace")
Subject = Literal["review", "product", "run", "user", "key", "mapping", "rule", "job", "reason", "template", "view"]


async def record(
    writer: Writer,
    actor: Actor,
    action: str,
    subject: tuple[Subject, int | None],
    *,
    reason: str | None = None,
    cause: str | None = None,
    undoes: int | None = None,
    fields: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
) -> int:
    """Append an event and give its id. Names of fields and counts only: never a text, never personal data."""
    event_id: int = await writer.fetch_value(
        queries["record"],
        {
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "action": action,
            "subject_kind": subject[0],
            "subject_id": subject[1],
            "reason": reason,
            "cause": cause,
            "undoes": undoes,
            "fields": list(fields),
            "counts": Jsonb(dict(counts or {})),
            "request_id": actor.request_id,
        },
    )
    return event_id


async def touched_since(writer: Writer, review_id: int, version: int, now: int) -> frozenset[str] | None:
    """The columns of a review that changed after a version, up to the one that it has now.

    None where that is not known: a change that kept no before-image (a redaction, say) came in between.
    """
    found = await writer.fetch_one(queries["touched_since"], {"review_id": review_id, "version": version})
    assert found is not None
    return frozenset(found["columns"]) if found["changes"] == now - version else None


async def standing(reader: Reader, event_ids: Sequence[int]) -> set[int]:
    """The reviews, of those that these events changed, that are as one of them left them."""
    return {row["review_id"] for row in await reader.fetch_all(queries["standing"], {"event_ids": list(event_ids)})}
