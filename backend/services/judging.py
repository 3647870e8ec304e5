"""One decision about several reviews at once: those of a page, or a single one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.roles import Permission
from backend.services import claims, describing, editing, moderation
from backend.services.changing import Subject
from backend.services.moderation import Undone
from backend.settings import Settings
from backend.store import sql, trace
from backend.store.database import Reader, Writer

queries = sql.load("judging")

MOST = 100
# What `undo_last` goes back through: so many decisions, of these kinds.
REMEMBERED = 50
DECISIONS = ("hide", "approve", "hold", "reply")


class Decision(StrEnum):
    HIDE = "hide"
    RESTORE = "restore"
    HOLD = "hold"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a decision: the events by which it can be undone, and the reviews it could not touch, with why."""

    done: tuple[int, ...]
    events: tuple[int, ...]
    refused: tuple[tuple[int, Conflict | NotFound], ...] = ()


async def judge(
    writer: Writer,
    actor: Actor,
    settings: Settings,
    decision: Decision,
    subjects: Sequence[Subject],
    *,
    reason: str | None = None,
) -> Judged:
    """Hide, restore, hold or report each review in one transaction; one that somebody else was first at, or has open,
    stays as it is.

    Raises what a single decision raises where it could touch none.
    """
    if not 1 <= len(subjects) <= MOST:
        message = f"Choose 1 to {MOST} reviews."
        raise Invalid(message, errors=(FieldError("review", message),))
    ids = sorted({subject.review_id for subject in subjects})
    versions = {subject.review_id: subject.version for subject in subjects}
    # All locks first, in one order, so that two decisions about the same reviews wait instead of failing.
    await writer.execute(queries["lock_reviews"], {"ids": ids})
    taken = {} if decision is Decision.REPORT else await claims.of(writer, actor, ids)
    done, events, refused = [], [], []
    for review_id in ids:
        version = versions[review_id]
        try:
            claims.require_free(taken.get(review_id))
            match decision:
                case Decision.HIDE:
                    events.append(await moderation.hide(writer, actor, review_id, reason or "", version=version))
                case Decision.RESTORE:
                    events.append(await moderation.restore(writer, actor, review_id, version=version))
                case Decision.HOLD:
                    events.append(await moderation.hold(writer, actor, review_id, version=version))
                case Decision.REPORT:
                    await moderation.report(writer, actor, settings, review_id, reason=reason)
            done.append(review_id)
        except (Conflict, NotFound) as error:
            refused.append((review_id, error))
    if not done:
        raise refused[-1][1]
    if events:
        await claims.free(writer, done)
    return Judged(tuple(done), tuple(events), tuple(refused))


async def undo(writer: Writer, actor: Actor, event_ids: Sequence[int]) -> Undone:
    """Take several decisions back, the last one first; the three counts of all of them together."""
    if not 1 <= len(event_ids) <= MOST:
        raise Invalid("There is nothing to undo.")
    last, reversed_, kept, failed = None, 0, 0, 0
    failure: Conflict | None = None
    of_products = await describing.edits_among(writer, event_ids)
    for event_id in sorted(set(event_ids), reverse=True):
        take_back = describing.undo if event_id in of_products else editing.revert
        try:
            undone = await take_back(writer, actor, event_id)
        except Conflict as error:
            failure, failed = error, failed + 1
            continue
        last = undone.event_id or last
        reversed_, kept = reversed_ + undone.reversed, kept + undone.kept
        failed += undone.failed
    if failure is not None and not (reversed_ or kept):
        raise failure
    return Undone(last, reversed_, kept, failed)


@dataclass(frozen=True, slots=True)
class Undoable:
    """A decision that can be taken back: its events, and how many newer ones cannot, being changed since by others."""

    events: tuple[int, ...]
    passed: int


async def last_undoable(reader: Reader, actor: Actor) -> Undoable:
    """The newest of a person's last fifty decisions that stands as they left it; `NotFound` where there is none."""
    actor.require(Permission.MODERATE)
    asked = {
        "user_id": actor.id,
        "actions": list(DECISIONS),
        "decisions": REMEMBERED,
        "most": REMEMBERED * MOST,
    }
    for passed, decision in enumerate(await reader.fetch_all(queries["last_decisions"], asked)):
        if await trace.standing(reader, decision["events"]):
            return Undoable(tuple(decision["events"]), passed)
    raise NotFound("There is nothing of yours left to undo.")
