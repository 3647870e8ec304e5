"""Writing the trace: an event for what was done, a before-image for what can be undone."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.store import sql
from backend.store.database import Writer

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


async def keep_before(writer: Writer, event_id: int, review_id: int, version: int, columns: Mapping[str, Any]) -> None:
    """Keep what a review's changed columns were. `version` is the row's version after the change."""
    await writer.execute(
        queries["keep_before"],
        {"event_id": event_id, "review_id": review_id, "version": version, "columns": Jsonb(dict(columns))},
    )
