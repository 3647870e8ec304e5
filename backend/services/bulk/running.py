"""Carrying a receipt out, some reviews a transaction, and taking it back.

What somebody changed since it was frozen is skipped and listed. Each transaction writes the reviews, their numbers and
how far it came together: whoever goes on after a crash goes on behind that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from psycopg.types.json import Jsonb

from backend.domain import bulk
from backend.domain.actors import SYSTEM, Actor
from backend.domain.bulk import Change, Impossible, Known, Move, SetStatus
from backend.domain.errors import Conflict, FieldError, Forbidden, Invalid
from backend.domain.jobs import JobState
from backend.domain.roles import Permission
from backend.services import changing, claims, jobs
from backend.services.bulk import receipts, scope
from backend.services.changing import Changed, New, Subject
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("bulk")

FEW = 1_000  # reviews that are changed while somebody waits; more are a lead's, and a job
DAYS = 30  # for which a change can be taken back
_SKIPPED = "Somebody changed it since."
_GONE = "The review is no longer there."


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction came to; `done` when nothing is left."""

    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    done: bool = False


async def start(writer: Writer, actor: Actor, bulk_id: int, why: str, typed: str = "") -> int:
    """Run a receipt: a few reviews at once, many by a job; the job's id.

    More than 1,000 are a lead's to change, who types their number.
    """
    receipt = await receipts.draft(writer, actor, bulk_id)
    total, changes = receipt["total"], receipts.changes(receipt)
    if receipt["frozen_at"] is None:
        raise Conflict("The reviews are still being frozen. Wait until they all are.")
    if not total:
        raise _wrong("scope", "There is no review to change.")
    if not changes:
        raise _wrong("kind", "Add a change first.")
    if not (why := why.strip()) or "\x00" in why or len(why) > bulk.LONGEST:
        raise _wrong("why", "Write why, for the record.")
    if total > FEW:
        if not actor.may(Permission.LEAD):
            raise Forbidden(f"Changing more than {FEW:,} reviews needs the permission of a lead.")
        if typed.replace(",", "").replace(" ", "").strip() != str(total):
            raise _wrong("typed", f"Type {total} to run it.")
    job_id = await jobs.ask(writer, actor, "bulk", total=total, options={"bulk": bulk_id}, why=why)
    event_id = await trace.record(
        writer,
        actor,
        "bulk",
        ("job", job_id),
        reason=next((change.reason for change in changes if isinstance(change, SetStatus)), None),
        fields=sorted(_columns(changes)),
    )
    values = {"bulk_id": bulk_id, "event_id": event_id, "job_id": job_id, "why": why}
    await writer.execute(queries["begin"], values)
    if total <= FEW:
        await jobs.begin(writer, job_id)
        while not (step := await go_on(writer, bulk_id, FEW)).done:
            await jobs.advance(writer, job_id, done=step.rows, counts=step.counts)
        await finish(writer, bulk_id)
        await jobs.end(writer, job_id, JobState.FINISHED)
    return job_id


async def go_on(writer: Writer, bulk_id: int, size: int) -> Step:
    """Change the next reviews that nobody else is at, about `size` of them. Several may, each at some."""
    receipt = await receipts.one(writer, SYSTEM, bulk_id)
    # Once it is being taken back, its parts are those of the way back.
    subjects = await _next(writer, bulk_id, size) if receipt["revert_event_id"] is None else []
    if not subjects:
        return Step(done=True)
    held = await held_by_others(writer, receipt, [subject.review_id for subject in subjects])
    free = [subject for subject in subjects if subject.review_id not in held]
    done, failed = await _changed(writer, receipt["event_id"], free, receipts.changes(receipt))
    counts = {
        "changed": len(done.changed),
        "unchanged": len(done.unchanged),
        "skipped": len(done.skipped) + len(done.gone) + len(held),
        "failed": len(failed),
    }
    left = [
        *((subject.review_id, "skipped", _SKIPPED) for subject in done.skipped),
        *((review_id, "skipped", _GONE) for review_id in done.gone),
        *((review_id, "skipped", f"{name} has it open.") for review_id, name in held.items()),
        *((review_id, "failed", why) for review_id, why in failed),
    ]
    await _leave(writer, bulk_id, left)
    # At last, because others wait for this row.
    await writer.execute(queries["advance"], {"bulk_id": bulk_id, "counts": Jsonb(counts)})
    return Step(len(subjects), counts)


async def finish(writer: Writer, bulk_id: int) -> None:
    """It has run, when nothing is left."""
    receipt = await receipts.locked(writer, bulk_id)
    if receipt["finished_at"] is None and not await writer.fetch_value(queries["is_left"], {"bulk_id": bulk_id}):
        await _record_merge(writer, receipt, receipts.changes(receipt))
        await writer.execute(queries["finish"], {"bulk_id": bulk_id})


async def start_revert(writer: Writer, actor: Actor, bulk_id: int) -> int:
    """Take a bulk change back as a whole: a few reviews at once, many by a job; the job's id."""
    receipt = await _revertible(writer, actor, bulk_id)
    changed = receipt["counts"].get("changed", 0)
    if receipt["revert_event_id"] is not None:
        raise Conflict("This was taken back already.")
    if not changed:
        raise Conflict("It changed nothing: there is nothing to take back.")
    if (await jobs.locked(writer, receipt["job_id"]))["state"] == JobState.RUNNING:
        raise Conflict("It is still running. Pause or cancel it first.")
    if changed > FEW and not actor.may(Permission.LEAD):
        raise Forbidden(f"Taking back more than {FEW:,} reviews needs the permission of a lead.")
    job_id = await jobs.ask(writer, actor, "revert", total=changed, options={"bulk": bulk_id}, why=receipt["why"])
    event = await writer.fetch_one(trace.queries["undoable"], {"event_id": receipt["event_id"]})
    assert event is not None
    undoing = await trace.record(
        writer,
        actor,
        "undo",
        (event["subject_kind"], event["subject_id"]),
        undoes=receipt["event_id"],
        fields=event["fields"],
    )
    await writer.execute(queries["begin_revert"], {"bulk_id": bulk_id, "event_id": undoing, "job_id": job_id})
    if changed <= FEW:
        await jobs.begin(writer, job_id)
        await lay_out_revert(writer, bulk_id)
        while not (step := await revert_on(writer, bulk_id, FEW)).done:
            await jobs.advance(writer, job_id, done=step.rows, counts=step.counts)
        await finish_revert(writer, bulk_id)
        await jobs.end(writer, job_id, JobState.FINISHED)
    return job_id


async def lay_out_revert(writer: Writer, bulk_id: int) -> bool:
    """Lay out the next of what is to be taken back, for several to take; whether there may be more."""
    receipt = await receipts.locked(writer, bulk_id)
    laid = {"bulk_id": bulk_id, "event_id": receipt["event_id"], "after": receipt["revert_upto"]}
    sizes = {"part": scope.PART, "size": scope.WINDOW}
    return await writer.fetch_value(queries["lay_out"], {**laid, **sizes}) is not None


async def revert_on(writer: Writer, bulk_id: int, size: int) -> Step:
    """Take the next reviews back, about `size` of them."""
    subjects = await _next(writer, bulk_id, size)
    if not subjects:
        return Step(done=True)
    receipt = await receipts.one(writer, SYSTEM, bulk_id)
    ids = [subject.review_id for subject in subjects]
    past = await changing.look_back(writer, receipt["event_id"], ids)
    back = await changing.bring_back(writer, past, receipt["revert_event_id"])
    counts = {"reversed": len(back), "kept": len(past.kept), "failed": len(past.failed)}
    left = [
        *((review_id, "kept", _SKIPPED) for review_id in past.kept),
        *((review_id, "lost", why) for review_id, why in past.failed),
    ]
    await _leave(writer, bulk_id, left)
    await writer.execute(queries["advance_revert"], {"bulk_id": bulk_id, "counts": Jsonb(counts)})
    return Step(len(past.images), counts)


async def finish_revert(writer: Writer, bulk_id: int) -> None:
    """It is taken back, when nothing is left."""
    await receipts.locked(writer, bulk_id)
    if not await writer.fetch_value(queries["is_left"], {"bulk_id": bulk_id}):
        await writer.execute(queries["finish_revert"], {"bulk_id": bulk_id})


async def revert_some(writer: Writer, actor: Actor, bulk_id: int, ids: Sequence[int]) -> dict[str, int]:
    """Take single reviews back; the three counts. Each has an event of its own."""
    receipt = await _revertible(writer, actor, bulk_id)
    if not 1 <= len(ids) <= receipts.CHOSEN:
        raise _wrong("review", f"Choose 1 to {receipts.CHOSEN} reviews.")
    counts = {"reversed": 0, "kept": 0, "failed": 0}
    for review_id in sorted(set(ids)):
        past = await changing.look_back(writer, receipt["event_id"], [review_id])
        if fields := past.columns:
            subject: tuple[trace.Subject, int] = ("review", review_id)
            undoing = await trace.record(writer, actor, "undo", subject, undoes=receipt["event_id"], fields=fields)
            counts["reversed"] += len(await changing.bring_back(writer, past, undoing))
        counts["kept"] += len(past.kept)
        counts["failed"] += len(past.failed)
    return counts


async def left(reader: Reader, actor: Actor, bulk_id: int, outcomes: Sequence[str], limit: int = 100) -> list[Row]:
    """The first reviews that were left as they were, why, and who changed them where somebody had."""
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["left"], {"bulk_id": bulk_id, "outcomes": list(outcomes), "limit": limit})
    by = await changing.changed_by(reader, actor, [row["id"] for row in rows])
    return [{**row, "by": by.get(row["id"])} for row in rows]


async def changed(reader: Reader, actor: Actor, receipt: Row, after: int = 0, limit: int = 25) -> list[Row]:
    """The next reviews that it changed, in the order of their ids, and whether each is still as it was left."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["changed"], {"event_id": receipt["event_id"], "after": after, "limit": limit})


async def held_by_others(reader: Reader, receipt: Row, ids: Sequence[int]) -> dict[int, str]:
    """Which of these reviews somebody other than the receipt's author has open in the queue, and who."""
    author = Actor(kind="system", id=receipt["made_by"])
    found = await claims.of(reader, author, ids)
    return {review_id: claim.user_name for review_id, claim in found.items() if not claim.mine}


async def known_of(reader: Reader, rows: Iterable[Row], changes: Sequence[Change]) -> Known:
    """What the changes have to look up for these reviews."""
    if all(change.kind not in ("move", "rate") for change in changes):
        return Known()
    ids = sorted({number for row in rows for number in row["ratings"][1::3]})
    products = [change.product_id for change in changes if isinstance(change, Move)]
    found = await reader.fetch_all(queries["characteristics"], {"ids": ids, "products": products})
    return Known(
        {row["id"]: row["name"] for row in found},
        {product: {row["name"]: row["id"] for row in found if row["product_id"] == product} for product in products},
    )


async def _changed(
    writer: Writer, event_id: int, subjects: Sequence[Subject], changes: Sequence[Change]
) -> tuple[Changed, list[tuple[int, str]]]:
    """What was changed, and what could not be, with why."""
    if not subjects:
        return Changed(), []
    if (same := bulk.alike(changes)) is not None:
        return await changing.change_alike(writer, event_id, subjects, same), []
    ids = [subject.review_id for subject in subjects]
    await writer.execute(queries["lock_rows"], {"ids": ids})
    rows = {row["id"]: row for row in await writer.fetch_all(queries["rows"], {"ids": ids})}
    known = await known_of(writer, rows.values(), changes)
    news: list[New] = []
    unchanged, gone = [], []
    skipped: list[Subject] = []
    failed: list[tuple[int, str]] = []
    for subject in subjects:
        row = rows.get(subject.review_id)
        if row is None:
            gone.append(subject.review_id)
        elif row["version"] != subject.version:
            skipped.append(Subject(subject.review_id, row["version"]))
        else:
            try:
                if columns := bulk.applied(changes, row, known):
                    news.append(New(subject, columns))
                else:
                    unchanged.append(subject.review_id)
            except Impossible as why:
                failed.append((subject.review_id, str(why)))
    done = await changing.change_each(writer, event_id, news) if news else Changed()
    return Changed(done.changed, tuple(unchanged), tuple(skipped), tuple(gone)), failed


async def _next(writer: Writer, bulk_id: int, size: int) -> list[Subject]:
    asked = {"bulk_id": bulk_id, "parts": max(size // scope.PART, 1)}
    parts = await writer.fetch_all(queries["take"], asked)
    return sorted(
        (Subject(*pair) for part in parts for pair in zip(part["ids"], part["versions"], strict=True)),
        key=lambda subject: subject.review_id,
    )


async def _record_merge(writer: Writer, receipt: Row, changes: Sequence[Change]) -> None:
    """Where all reviews of a product moved to another, the two were merged: both products' traces say so."""
    filters = receipts.filters_of(receipt)
    moves = [change for change in changes if isinstance(change, Move)]
    if filters is None or filters.count != 1 or filters.product_id is None or not moves:
        return
    actor = Actor(kind="user", id=receipt["made_by"]) if receipt["made_by"] else Actor(kind="system")
    into, empty = moves[-1].product_id, filters.product_id
    counts = {"reviews": receipt["counts"].get("changed", 0)}
    await trace.record(writer, actor, "merge", ("product", empty), cause=f"into product {into}", counts=counts)
    await trace.record(writer, actor, "merge", ("product", into), cause=f"from product {empty}", counts=counts)


async def _revertible(writer: Writer, actor: Actor, bulk_id: int) -> Row:
    actor.require(Permission.MODERATE)
    receipt = await receipts.locked(writer, bulk_id)
    if receipt["event_id"] is None:
        raise Conflict("This has not run: there is nothing to take back.")
    event = await writer.fetch_one(trace.queries["undoable"], {"event_id": receipt["event_id"]})
    if receipt["counts"].get("changed") and not (event and event["kept"]):
        raise Conflict(
            f"It can no longer be taken back: what was there before is kept for {DAYS} days, but not of erased reviews."
        )
    return receipt


async def _leave(writer: Writer, bulk_id: int, left: Sequence[tuple[int, str, str]]) -> None:
    if left:
        ids, outcomes, whys = (list(column) for column in zip(*left, strict=True))
        values = {"bulk_id": bulk_id, "ids": ids, "outcomes": outcomes, "whys": whys}
        await writer.execute(queries["leave"], values)


def _columns(changes: Sequence[Change]) -> set[str]:
    """The names of all columns that may change."""
    of_kind = {
        "replace": set(bulk.TEXTS),
        "repair": set(bulk.TEXTS),
        "move": {"product_id", "ratings"},
        "rate": {"ratings"},
    }
    names: set[str] = set()
    for change in changes:
        names |= change.alike.keys() if change.alike is not None else of_kind[change.kind]
    return names


def _wrong(name: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(name, message),))
