"""Erasing a reviewer everywhere: found first, then, when a lead has typed how much that is, gone for good.

Finding is a job, because no index knows addresses. Erasing is another one, about exactly what was found.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.jobs import JobState, Wish
from backend.domain.roles import Permission, Role
from backend.services import accounts, jobs
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Database, Reader, Row, Writer

queries = sql.load("personal")

FIND, ERASE = "find", "erase"
LONGEST_WHY = 200
LOOK = 20_000  # rows a transaction looks at: a few hundredths of a second
BATCH = 500  # reviews a transaction erases

# What a review loses.
FIELDS = ("state", "summary", "body", "response", "reviewer_name", "reviewer_email", "photo_urls")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found, and nobody has erased: `address` is None once it is forgotten, `erased_by` a job's id.

    `samples` are up to ten of the reviews; `erased_before` is when the same address was erased the last time.
    """

    address: str | None
    reviews: int
    rejects: int
    samples: Sequence[Row]
    erased_by: int | None
    erased_before: datetime | None

    @property
    def together(self) -> int:
        """What is typed to erase it."""
        return self.reviews + self.rejects


async def find(writer: Writer, actor: Actor, settings: Settings, address: str, why: str) -> int:
    """Ask for a search of everything by an address; the job's id. `Invalid` names what cannot be taken."""
    actor.require(Permission.LEAD)
    address = address.strip()
    accounts.check_email(address)
    job_id = await jobs.ask(writer, actor, FIND, why=check_why(why))
    asked = {"job_id": job_id, "address": address, "address_hash": _hash(settings, address)}
    await writer.execute(queries["begin_search"], asked)
    return job_id


async def address_of(reader: Reader, actor: Actor, review_id: int) -> str:
    """Who wrote a review; empty where it is gone or names nobody."""
    actor.require(Permission.LEAD)
    return str(await reader.fetch_value(queries["address_of"], {"review_id": review_id}) or "")


async def found(reader: Reader, actor: Actor, job_id: int) -> Found:
    """What a search has found so far. `reader` must be one that may see secrets."""
    actor.require(Permission.LEAD)
    search = await _search(reader, job_id)
    counts = await reader.fetch_all(queries["found"], {"job_id": job_id})
    return Found(
        search["address"],
        counts[0]["reviews"],
        counts[0]["rejects"],
        await reader.fetch_all(queries["samples"], {"job_id": job_id}),
        search["erased_by"],
        await reader.fetch_value(queries["erased_before"], {"address_hash": search["address_hash"]}),
    )


async def erase(writer: Writer, actor: Actor, search_id: int, number: str) -> int:
    """Ask for the erasing of what a search has found; the job's id. `number` is how much that is, as a lead typed it.

    It cannot be undone. `Conflict` where the search goes on, or what it found is being erased already.
    """
    actor.require(Permission.LEAD)
    search = await writer.fetch_one(queries["lock_search"], {"job_id": search_id})
    if search is None:
        raise NotFound(f"There is no search {search_id}.")
    if search["erased_by"] is not None:
        raise Conflict("What this search found is being erased already.")
    if JobState(search["state"]) is not JobState.FINISHED:
        raise Conflict("This search has not gone through everything yet.")
    counts = (await writer.fetch_all(queries["found"], {"job_id": search_id}))[0]
    check_number(number, counts["reviews"] + counts["rejects"])
    why = (await jobs.one(writer, actor, search_id))["why"]
    job_id = await jobs.ask(
        writer, actor, ERASE, total=counts["reviews"] + counts["rejects"], options={"search": search_id}, why=why
    )
    handing = {"job_id": job_id, "search_id": search_id}
    await writer.execute(queries["hand_over"], handing)
    await writer.execute(queries["mark_erased"], handing)
    return job_id


def check_why(why: str) -> str:
    """The reason as it is kept; `Invalid` without one."""
    why = " ".join(why.split())
    if not 1 <= len(why) <= LONGEST_WHY or not why.isprintable():
        message = f"Say why, in 1 to {LONGEST_WHY} characters."
        raise Invalid(message, errors=(FieldError("why", message),))
    return why


def check_number(typed: str, number: int) -> None:
    """Raise `Invalid` unless somebody has typed the number that is meant."""
    given = typed.strip().replace(",", "")
    if number < 1 or given != str(number):
        message = f"Type {number:,} to go on." if number else "There is nothing to do."
        raise Invalid(message, errors=(FieldError("number", message),))


def asker(job: Row) -> Actor:
    """Who a job on personal data acts for: the lead who asked for it, even if they are none any more."""
    if job["asked_by"] is None:
        return SYSTEM
    return Actor(kind="user", id=job["asked_by"], role=Role.LEAD)


async def look(database: Database, job: Row) -> Wish | None:
    """Go through reviews, then refused records, and note what is by the address; the wish that ended it early."""
    async with database.read(secret=True) as reader:
        search = await _search(reader, job["id"])
        if search["address"] is None:
            raise Conflict("The address is forgotten after a week: search anew.")
        total = await reader.fetch_value(queries["estimate"])
        escaped = await reader.fetch_value(queries["escaped"], {"address": search["address"]})
    async with database.write() as writer:
        await jobs.set_total(writer, job["id"], max(total, 1))
    pattern = rf"(^|[^[:alnum:]._%+-]){re.escape(escaped)}($|[^[:alnum:].-])"
    asked = {
        "job_id": job["id"],
        "address": search["address"],
        "escaped": escaped,
        "pattern": pattern,
        "size": LOOK,
    }
    for name, after, what in (
        ("look_at_reviews", search["review_at"], "reviews"),
        ("look_at_rejects", search["reject_at"], "refused_records"),
    ):
        at: int | None = after
        while at is not None:
            async with database.write() as writer:
                seen = (await writer.fetch_all(queries[name], {**asked, "after": at}))[0]
                wish = await advance(writer, job, seen["rows"], {what: seen["found"]})
            if wish:
                return wish
            at = seen["upto"]
    return None


async def carry_out(database: Database, job: Row) -> Wish | None:
    """Erase what a job has still to erase, in transactions that each take the rows off its list."""
    actor = asker(job)
    for kind, batch in (("review", erase_reviews), ("reject", _blank_rejects)):
        while True:
            async with database.write() as writer:
                claimed = {"job_id": job["id"], "kind": kind, "size": BATCH}
                ids = [row["id"] for row in await writer.fetch_all(queries["claim"], claimed)]
                erased = await batch(writer, actor, ids, cause=f"job {job['id']}") if ids else 0
                wish = await advance(writer, job, len(ids), {"erased": erased, "gone_before": len(ids) - erased})
            if wish:
                return wish
            if not ids:
                break
    async with database.write() as writer:
        await jobs.note(writer, job["id"], "Gone for good. What was there before is kept nowhere here.")
    return None


async def advance(writer: Writer, job: Row, done: int, counts: Mapping[str, int]) -> Wish | None:
    """Tell how far a job is, leaving out what there was none of."""
    told = {name: count for name, count in counts.items() if count}
    return await jobs.advance(writer, job["id"], done=done, counts=told)


async def erase_reviews(writer: Writer, actor: Actor, ids: Sequence[int], *, cause: str) -> int:
    """Remove reviews for good: their words, their writer, their photos, and what they were before; how many there were.

    They leave the numbers of their products at once. What stays is the row itself, so that no delivery fills it again.
    """
    actor.require(Permission.LEAD)
    rows = await writer.fetch_all(queries["lock"], {"ids": list(ids)})
    locked = {"ids": [row["id"] for row in rows]}
    if not rows:
        return 0
    for name in (
        "count_out",
        "erase",
        "forget_words",
        "forget_case",
        "forget_notes",
        "forget_remarks",
        "forget_before",
    ):
        await writer.execute(queries[name], locked)
    await record(writer, actor, "erase", locked["ids"], [FIELDS] * len(rows), cause=cause)
    return len(rows)


async def record(
    writer: Writer, actor: Actor, action: str, ids: Sequence[int], fields: Sequence[Sequence[str]], *, cause: str
) -> None:
    """An event for each of several reviews, with the fields that changed."""
    await writer.execute(
        queries["record"],
        {
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "action": action,
            "cause": cause,
            "ids": list(ids),
            "fields": [",".join(names) for names in fields],
        },
    )


async def _blank_rejects(writer: Writer, _actor: Actor, ids: Sequence[int], *, cause: str) -> int:  # noqa: ARG001
    return await writer.execute(queries["blank_rejects"], {"ids": list(ids)})


async def _search(reader: Reader, job_id: int) -> Row:
    search = await reader.fetch_one(queries["search"], {"job_id": job_id})
    if search is None:
        raise NotFound(f"There is no search {job_id}.")
    return search


def _hash(settings: Settings, address: str) -> bytes:
    return hmac.digest(settings.secret.encode(), f"erased: {address.lower()}".encode(), "sha256")
