"""Redacting personal data of chosen reviews: seen before it is done, and then gone for good."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.errors import FieldError, Invalid, NotFound
from backend.domain.jobs import Wish
from backend.domain.personal import Redaction
from backend.domain.roles import Permission
from backend.domain.states import ReviewState
from backend.services import erasing, jobs
from backend.store.database import Database, Reader, Row, Writer

queries = erasing.queries

REDACT = "redact"
MOST = 500
BATCH = 200
_COLUMNS = ("summary", "body", "response", "reviewer_name", "reviewer_email")


@dataclass(frozen=True, slots=True)
class Preview:
    """A review as it is, and the columns that change as they will be."""

    review: Row
    becomes: dict[str, str]


async def preview(reader: Reader, actor: Actor, ids: Sequence[int], redaction: Redaction) -> list[Preview]:
    """What a redaction would do to each review. `NotFound` names one that is not there, or was erased."""
    actor.require(Permission.LEAD)
    _check_ids(ids)
    rows = await reader.fetch_all(queries["preview"], {"ids": list(ids)})
    there = {row["id"] for row in rows if row["state"] != ReviewState.REMOVED}
    if missing := sorted(set(ids) - there):
        raise NotFound(f"There is no review {missing[0]}, or it was erased.")
    return [Preview(row, redaction.of(row)) for row in rows]


async def redact(
    writer: Writer, actor: Actor, ids: Sequence[int], redaction: Redaction, *, why: str, number: str
) -> int:
    """Ask for a redaction of reviews; the job's id. `number` is how many they are, as a lead typed it.

    It cannot be undone, nor can what was done to these reviews before.
    """
    actor.require(Permission.LEAD)
    _check_ids(ids)
    why = erasing.check_why(why)
    chosen = sorted(set(ids))
    erasing.check_number(number, len(chosen))
    options = {"contacts": redaction.contacts, "name": redaction.name, "email": redaction.email}
    if not any(options.values()):
        message = "Choose what is to be redacted."
        raise Invalid(message, errors=(FieldError("what", message),))
    job_id = await jobs.ask(writer, actor, REDACT, total=len(chosen), options=options, why=why)
    await writer.execute(queries["choose"], {"job_id": job_id, "ids": chosen})
    return job_id


async def carry_out(database: Database, job: Row) -> Wish | None:
    """Redact what a job has still to redact, in transactions that each take the reviews off its list."""
    actor, redaction = erasing.asker(job), Redaction(**job["options"])
    while True:
        async with database.write() as writer:
            claimed = {"job_id": job["id"], "kind": "review", "size": BATCH}
            ids = [row["id"] for row in await writer.fetch_all(queries["claim"], claimed)]
            redacted = await redact_reviews(writer, actor, ids, redaction, cause=f"job {job['id']}") if ids else 0
            counts = {"redacted": redacted, "nothing_to_redact": len(ids) - redacted}
            wish = await erasing.advance(writer, job, len(ids), counts)
        if wish or not ids:
            return wish


async def redact_reviews(writer: Writer, actor: Actor, ids: Sequence[int], redaction: Redaction, *, cause: str) -> int:
    """Take personal data out of reviews, and out of what they were before; how many held any."""
    actor.require(Permission.LEAD)
    rows = await writer.fetch_all(queries["lock"], {"ids": list(ids)})
    changes = {row["id"]: becomes for row in rows if (becomes := redaction.of(row))}
    if not changes:
        return 0
    given = {name: [becomes.get(name) for becomes in changes.values()] for name in _COLUMNS}
    await writer.execute(queries["redact"], {"ids": list(changes), **given})
    for name in ("index_again", "forget_before"):
        await writer.execute(queries[name], {"ids": list(changes)})
    fields = [sorted(becomes) for becomes in changes.values()]
    await erasing.record(writer, actor, "redact", list(changes), fields, cause=cause)
    return len(changes)


def _check_ids(ids: Sequence[int]) -> None:
    if not 1 <= len(set(ids)) <= MOST:
        message = f"Choose 1 to {MOST} reviews."
        raise Invalid(message, errors=(FieldError("reviews", message),))
