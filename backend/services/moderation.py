"""Judging reviews: hide, restore, hold, undo, and the public's reports. State, rollups and trace change together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from backend.domain.actors import Actor
from backend.domain.cases import case_again
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.moderation import approved_from, held_from, hidden_from, reports_hide
from backend.domain.priority import urgency
from backend.domain.roles import Permission
from backend.domain.states import VISIBLE, ReviewState
from backend.services import pacing
from backend.settings import Settings
from backend.store import rollups, sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("moderation")
log = structlog.get_logger(__name__)


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
    images = await writer.fetch_all(trace.queries["undoable"], {"event_id": event_id})
    if not images:
        raise NotFound("There is no such change.")
    if images[0]["undone"]:
        raise Conflict("This change was undone already.")
    if images[0]["review_id"] is None:
        raise Conflict("This change can no longer be undone: what was there before is kept for 30 days.")
    if images[0]["action"] == "undo":
        raise Conflict("What was taken back is decided anew, not undone.")
    if any(not {"state", "response"} & image["columns"].keys() for image in images):
        raise Conflict("This was no judgement of a moderator: it is not undone here.")
    reviews = {}
    for image in images:
        with suppress(NotFound):
            reviews[image["review_id"]] = await locked(writer, image["review_id"])
    standing = await trace.standing(writer, [event_id])
    undoing: int | None = None
    reversed_ = 0
    for image in images:
        if image["review_id"] not in standing:
            continue
        review, columns, restores = reviews[image["review_id"]], image["columns"], image["version"] - 1
        if undoing is None:
            undoing = await trace.record(
                writer, actor, "undo", ("review", review["id"]), undoes=event_id, fields=sorted(columns)
            )
        if "state" in columns:
            state = ReviewState(columns["state"])
            await _put_state(writer, undoing, review, state, restores=restores)
            await _put_case_back(writer, review, state, image["action"], columns.get("case"))
        else:
            await put_response(writer, undoing, review, columns["response"], restores=restores)
        reversed_ += 1
    return Undone(undoing, reversed_, kept=len(reviews) - reversed_, failed=len(images) - len(reviews))


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
    await _put_state(writer, event_id, review, ReviewState.REPORTED)


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
    case = await writer.fetch_one(queries["take_case"], {"review_id": review_id})
    event_id = await trace.record(writer, actor, action, ("review", review_id), reason=reason, fields=["state"])
    await _put_state(writer, event_id, review, state, case)
    if state is ReviewState.HELD:
        await _put_on_hold(writer, actor, review, case)
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


async def put_response(
    writer: Writer, event_id: int, review: Row, response: str | None, *, restores: int | None = None
) -> None:
    """Change a locked review's reply. An import leaves a review alone whose content somebody changed here."""
    asked = {"review_id": review["id"], "response": response}
    version = await writer.fetch_value(queries["set_response"], asked)
    before = {"response": review["response"]}
    await trace.keep_before(writer, event_id, review["id"], version, before, restores=restores)


async def _put_state(
    writer: Writer,
    event_id: int,
    review: Row,
    state: ReviewState,
    case: Mapping[str, Any] | None = None,
    *,
    restores: int | None = None,
) -> None:
    """Change a locked review's state, and with it everything that follows from it."""
    version = await writer.fetch_value(queries["set_state"], {"review_id": review["id"], "state": state.value})
    before: dict[str, Any] = {"state": review["state"]}
    if case:
        before["case"] = {key: str(value) if key.endswith("_at") and value else value for key, value in case.items()}
    await trace.keep_before(writer, event_id, review["id"], version, before, restores=restores)
    if review["visible"] and state not in VISIBLE:
        await rollups.count_out(writer, review)
    elif not review["visible"] and state in VISIBLE:
        await rollups.count_in(writer, review)


async def _put_on_hold(writer: Writer, actor: Actor, review: Row, case: Row | None) -> None:
    """The case of a review that is held now: the one that it had goes on, with its reports and its age."""
    held_by = actor.id if actor.kind == "user" else None
    whose = {"review_id": review["id"], "product_id": review["product_id"], "held_by": held_by}
    if case:
        await writer.execute(queries["put_case"], {**case, **whose, "kind": "held"})
    else:
        await writer.execute(queries["open_held_case"], whose)


async def _put_case_back(
    writer: Writer, review: Row, state: ReviewState, action: str, before: Mapping[str, Any] | None
) -> None:
    now = await writer.fetch_one(queries["take_case"], {"review_id": review["id"]})
    if state is ReviewState.HIDDEN:
        return  # who reported it while it stood has what they asked for
    if case := case_again(action, before, now):
        await writer.execute(
            queries["put_case"], {**case, "review_id": review["id"], "product_id": review["product_id"]}
        )


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
