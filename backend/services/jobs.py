"""Background jobs: asked for and steered by people, told by the worker how far they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.domain.errors import Forbidden, NotFound
from backend.domain.jobs import JobState, Wish, wished
from backend.domain.roles import Permission
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("jobs")

QUEUE = "jobs"
LINES = 200
PAGE = 25
LIMIT_MS = 400
IMPORT = "import"  # what an import run is among the kinds of jobs


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends: when the last one was asked for, and which of the two it was, by its id."""

    at: datetime
    source: str
    id: int


async def ask(
    writer: Writer,
    actor: Actor,
    kind: str,
    *,
    total: int | None = None,
    options: Mapping[str, Any] | None = None,
    why: str = "",
) -> int:
    """Ask for a job, in the transaction that wants it; its id. Who asks has been asked for their permission before."""
    job_id: int = await writer.fetch_value(
        queries["ask"],
        {
            "kind": kind,
            "asked_by": actor.id if actor.kind == "user" else None,
            "total": total,
            "options": Jsonb(dict(options or {})),
            "why": why,
        },
    )
    await trace.record(writer, actor, "ask", ("job", job_id), cause=kind)
    await _defer(writer, job_id, kind)
    return job_id


async def page(
    reader: Reader,
    actor: Actor,
    *,
    kind: str | None = None,
    state: JobState | None = None,
    before: Place | None = None,
    size: int = PAGE,
) -> tuple[list[Row], Place | None]:
    """Jobs and import runs with their authors, newest first; and the place where the next page begins, if there is one.

    `kind` is a job's, or `import`. A run's `about` is its source, a job's what its author gave as the reason.
    """
    actor.require(Permission.READ)
    asked = {
        "only_runs": kind == IMPORT,
        "kind": kind,
        "state": state.value if state else None,
        "at": before.at if before else None,
        "source": before.source if before else None,
        "id": before.id if before else None,
        "size": size + 1,
    }
    rows = await reader.fetch_all(queries["page"], asked, limit_ms=LIMIT_MS)
    ids = sorted({row["asked_by"] for row in rows if row["asked_by"]})
    names = {row["id"]: row["name"] for row in await reader.fetch_all(queries["authors"], {"ids": ids})}
    last = rows[size - 1] if len(rows) > size else None
    return (
        [{**row, "author": names.get(row["asked_by"], "")} for row in rows[:size]],
        Place(last["asked_at"], last["source"], last["id"]) if last else None,
    )


async def one(reader: Reader, actor: Actor, job_id: int) -> Row:
    """A job with its author's name; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    job = await reader.fetch_one(queries["one"], {"job_id": job_id})
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job


async def lines(reader: Reader, actor: Actor, job_id: int) -> list[Row]:
    """The last lines of a job's log, the newest first."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["lines"], {"job_id": job_id, "limit": LINES})


async def wish(writer: Writer, actor: Actor, job_id: int, wanted: Wish) -> None:
    """Pause, cancel or resume a job: its author may, and leads.

    A running one obeys at the end of the rows it is at. `Conflict` where its state does not allow it.
    """
    job = await locked(writer, job_id)
    if not (actor.kind == "user" and actor.id == job["asked_by"]) and not actor.may(Permission.LEAD):
        raise Forbidden("Only who asked for this job, or a lead, may do this.")
    state = wished(JobState(job["state"]), wanted)
    await trace.record(writer, actor, wanted.value, ("job", job_id))
    if state is None:
        await writer.execute(queries["wish"], {"job_id": job_id, "wish": wanted.value})
        return
    await writer.execute(queries["put"], {"job_id": job_id, "state": state.value})
    if state is JobState.WAITING:
        await _defer(writer, job_id, job["kind"])


async def locked(writer: Writer, job_id: int) -> Row:
    """A job, locked until the transaction ends: nobody takes it up meanwhile."""
    job = await writer.fetch_one(queries["lock"], {"job_id": job_id})
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job


async def begin(writer: Writer, job_id: int) -> Row | None:
    """Take a job up, for the first time or again; None where it has ended or is paused."""
    return await writer.fetch_one(queries["begin"], {"job_id": job_id})


async def advance(
    writer: Writer, job_id: int, *, done: int = 0, counts: Mapping[str, int] | None = None
) -> Wish | None:
    """Rows gone through and what came of them, in the transaction that did it; what somebody wishes of the job."""
    wanted = await writer.fetch_value(
        queries["advance"], {"job_id": job_id, "done": done, "counts": Jsonb(dict(counts or {}))}
    )
    return Wish(wanted) if wanted else None


async def set_total(writer: Writer, job_id: int, total: int) -> None:
    """How many rows there are to go through, once it is known."""
    await writer.execute(queries["set_total"], {"job_id": job_id, "total": total})


async def note(writer: Writer, job_id: int, text: str) -> None:
    """A line of the job's log. Everybody who may read jobs reads it: nothing personal."""
    await writer.execute(queries["note"], {"job_id": job_id, "text": text})


async def end(writer: Writer, job_id: int, state: JobState, error: str | None = None) -> None:
    """A running job has ended, or is paused."""
    await writer.execute(queries["end"], {"job_id": job_id, "state": state.value, "error": error})


async def _defer(writer: Writer, job_id: int, kind: str) -> None:
    # One of a kind at a time, in the order they were asked for: a worker has places left for the others.
    await writer.defer("work", queue=QUEUE, lock=f"job-{kind}", job_id=job_id)
