"""Judging reviews: hide, restore, hold, undo, and the public's reports. State, rollups and trace change together."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.moderation import approved_from, held_from, hidden_from, reports_hide
from backend.domain.priority import urgency
from backend.domain.roles import Permission
from backend.domain.states import ReviewState
from backend.services import changing, pacing
from backend.services.changing import Subject
from backend.settings import Settings
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("moderation")
log = structlog.get_logger(__name__)

MOST = 1_000  # reviews that are changed, or an undo brings back, while somebody waits; more are a job


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo came to: reviews reversed, kept because somebody changed them since, failed.

    `event_id` is the undo's own, None where nothing was reversed.
    """

    event_id: int | None
    reversed: int
    kept: int
    failed: int


async def reasons(reader: Reader) -> list[Row]:
    """The reasons a review may be hidden for: code, title, explanation."""
    return await reader.fetch_all(queries["reasons"])


async def hide(writer: Writer, actor: Actor, review_id: int, reason: str, *, version: int | None = None) -> int:
    """Hide a review for a reason; the event's id, by which it can be undone.

    `Conflict` where it is hidden already or, with `version`, somebody changed it since that version.
    """
    actor.require(Permission.MODERATE)
    if not await writer.fetch_value(queries["active_reason"], {"code": reason}):
        raise Invalid("Choose why the review is hidden.", errors=(FieldError("reason", "Choose one of the reasons."),))
    return await _judge(writer, actor, "hide", review_id, lambda state, _: hidden_from(state), version, reason)


async def restore(writer: Writer, actor: Actor, review_id: int, *, version: int | None = None) -> int:
    """Let a review stand, or bring it back: it is approved from then on. The event's id."""
    actor.require(Permission.MODERATE)
    return await _judge(writer, actor, "approve", review_id, approved_from, version, None)


async def hold(writer: Writer, actor: Actor, review_id: int, *, version: int | None = None) -> int:
    """Take a review out of sight until somebody decides; it waits under held, as this actor's. The event's id."""
    actor.require(Permission.MODERATE)
    return await _judge(writer, actor, "hold", review_id, lambda state, _: held_from(state), version, None)


async def undo(writer: Writer, actor: Actor, event_id: int) -> Undone:
    """Take back what an event changed. A review that was changed since is kept as it is; an event is undone once."""
    actor.require(Permission.MODERATE)
    event = await undoable(writer, event_id)
    past = await changing.look_back(writer, event_id, limit=MOST + 1)
    if len(past.images) > MOST:
        raise Conflict(f"This change is of more than {MOST:,} reviews: a job takes it back.")
    undoing: int | None = None
    reversed_: tuple[int, ...] = ()
    if fields := past.columns:
        subject = (event["subject_kind"], event["subject_id"])
        undoing = await trace.record(writer, actor, "undo", subject, undoes=event_id, fields=fields)
        reversed_ = await changing.bring_back(writer, past, undoing)
    return Undone(undoing, len(reversed_), len(past.kept), len(past.failed))


async def undoable(writer: Writer, event_id: int) -> Row:
    """An event that may be taken back: its subject and fields. `Conflict` says why one may not."""
    event = await writer.fetch_one(trace.queries["undoable"], {"event_id": event_id})
    if event is None:
        raise NotFound("There is no such change.")
    if event["subject_kind"] == "run":
        raise Conflict("This was an import: it is rolled back as a whole, on its own page.")
    if event["action"] == "undo":
        raise Conflict("What was taken back is decided anew, not undone.")
    if event["undone"]:
        raise Conflict("This change was undone already.")
    if not event["kept"]:
        raise Conflict("This change can no longer be undone: what was there before is kept for 30 days.")
    return event


async def report(
    writer: Writer,
    actor: Actor,
    settings: Settings,
    review_id: int,
    *,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """Queue a review for moderation, and hide it once its reports reach the threshold.

    A known voter's second report adds nothing. Too many hides within the hour by one caller or of one product, and
    further reports only queue: an alert says so. `NotFound` where there is no such review; `TooMany` says when to come
    back.
    """
    if actor.kind == "user":
        actor.require(Permission.REPORT)
    await pacing.count(writer, actor, "vote", settings.votes_per_minute)
    review = await locked(writer, review_id)
    state = ReviewState(review["state"])
    if state is ReviewState.REMOVED:
        raise NotFound("There is no such review.")
    report_id = await writer.fetch_value(
        queries["file_report"],
        {
            "review_id": review_id,
            "product_id": review["product_id"],
            "user_id": actor.id if actor.kind == "user" else None,
            "voter": actor.voter,
            "caller": actor.caller,
            "reason": reason,
            "note": note,
        },
    )
    if report_id is None or state is ReviewState.HIDDEN:
        return
    case = await writer.fetch_one(
        queries["queue_report"],
        {"review_id": review_id, "product_id": review["product_id"], "urgent": urgency(reason)},
    )
    assert case is not None
    voters = 0
    if state is ReviewState.APPROVED:
        voters = await writer.fetch_value(queries["known_voters"], {"review_id": review_id, "since": case["opened_at"]})
    if not reports_hide(state, case["reports"], voters, settings.report_threshold):
        return
    if await _breaker_is_open(writer, actor, review["product_id"], settings.hides_per_hour):
        return
    await writer.execute(queries["mark_hid"], {"report_id": report_id})
    rule = Actor(kind="rule", request_id=actor.request_id)
    event_id = await trace.record(writer, rule, "hide", ("review", review_id), cause="reports", fields=["state"])
    await changing.change_alike(writer, event_id, [Subject(review_id)], {"state": ReviewState.REPORTED.value})


async def _judge(
    writer: Writer,
    actor: Actor,
    action: str,
    review_id: int,
    becomes: Callable[[ReviewState, bool], ReviewState],
    version: int | None,
    reason: str | None,
) -> int:
    review = await locked(writer, review_id, version)
    try:
        state = becomes(ReviewState(review["state"]), review["waits"])
    except Conflict as refused:
        raise Conflict(refused.detail, change=await last_change(writer, review_id)) from refused
    event_id = await trace.record(writer, actor, action, ("review", review_id), reason=reason, fields=["state"])
    await changing.change_alike(writer, event_id, [Subject(review_id)], {"state": state.value})
    if state is ReviewState.HELD and actor.kind == "user":
        await writer.execute(queries["keep_held"], {"review_id": review_id, "user_id": actor.id})
    return event_id


async def last_change(reader: Reader, review_id: int) -> Row | None:
    """What somebody did to a review last: action, when, by whom (kind and name), the reason's title."""
    return await reader.fetch_one(queries["last_change"], {"review_id": review_id})


async def locked(writer: Writer, review_id: int, version: int | None = None) -> Row:
    """A review as the rules need it, locked; raise `Conflict` where it is another version than the one looked at."""
    review = await writer.fetch_one(queries["lock_review"], {"review_id": review_id})
    if review is None:
        raise NotFound("There is no such review.")
    if version is not None and version != review["version"]:
        raise Conflict(
            "Somebody changed this review while you were looking at it. Look again, then decide.",
            change=await last_change(writer, review_id),
        )
    return review


async def _breaker_is_open(writer: Writer, actor: Actor, product_id: int, limit: int) -> bool:
    if actor.kind == "user":
        return False
    hides = await writer.fetch_one(queries["hides_of_last_hour"], {"caller": actor.caller, "product_id": product_id})
    assert hides is not None
    if max(hides["by_caller"], hides["of_product"]) < limit:
        return False
    if not await writer.fetch_value(queries["breaker_said"], {"product_id": product_id}):
        await trace.record(
            writer, Actor(kind="rule"), "breaker", ("product", product_id), cause="reports", counts=hides
        )
        log.warning("reports only queue for the rest of the hour", product_id=product_id, **hides)
    return True
