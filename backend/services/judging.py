"""One decision about several reviews at once: those of a page, or a single one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.services import editing, moderation
from backend.services.moderation import Undone
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Writer

queries = sql.load("console")

MOST = 100


class Decision(StrEnum):
    HIDE = "hide"
    RESTORE = "restore"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Subject:
    """A review, and the version that the decision was made on (None: whatever it is now)."""

    review_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a decision: the events by which it can be undone, and the reviews it could not touch, with why."""

    done: tuple[int, ...]
    events: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


async def judge(
    writer: Writer,
    actor: Actor,
    settings: Settings,
    decision: Decision,
    subjects: Sequence[Subject],
    *,
    reason: str | None = None,
) -> Judged:
    """Hide, restore or report each review in one transaction; one that somebody else was first at stays as it is.

    Raises what a single decision raises where it could touch none.
    """
    if not 1 <= len(subjects) <= MOST:
        message = f"Choose 1 to {MOST} reviews."
        raise Invalid(message, errors=(FieldError("review", message),))
    ids = sorted({subject.review_id for subject in subjects})
    versions = {subject.review_id: subject.version for subject in subjects}
    # All locks first, in one order, so that two decisions about the same reviews wait instead of failing.
    await writer.execute(queries["lock_reviews"], {"ids": ids})
    done, events, refused = [], [], []
    failure: Conflict | NotFound | None = None
    for review_id in ids:
        try:
            match decision:
                case Decision.HIDE:
                    events.append(
                        await moderation.hide(writer, actor, review_id, reason or "", version=versions[review_id])
                    )
                case Decision.RESTORE:
                    events.append(await moderation.restore(writer, actor, review_id, version=versions[review_id]))
                case Decision.REPORT:
                    await moderation.report(writer, actor, settings, review_id, reason=reason)
            done.append(review_id)
        except (Conflict, NotFound) as error:
            failure = error
            refused.append((review_id, error.detail))
    if failure is not None and not done:
        raise failure
    return Judged(tuple(done), tuple(events), tuple(refused))


async def undo(writer: Writer, actor: Actor, event_ids: Sequence[int]) -> Undone:
    """Take several decisions back, the last one first; the three counts of all of them together."""
    if not 1 <= len(event_ids) <= MOST:
        raise Invalid("There is nothing to undo.")
    last, reversed_, kept, failed = None, 0, 0, 0
    failure: Conflict | None = None
    for event_id in sorted(set(event_ids), reverse=True):
        try:
            undone = await editing.revert(writer, actor, event_id)
        except Conflict as error:
            failure, failed = error, failed + 1
            continue
        last = undone.event_id or last
        reversed_, kept = reversed_ + undone.reversed, kept + undone.kept
        failed += undone.failed
    if failure is not None and not (reversed_ or kept):
        raise failure
    return Undone(last, reversed_, kept, failed)
