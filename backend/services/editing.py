"""Editing one review: by somebody who saw a certain version of it, so that nobody's change is overwritten unseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.domain.actors import Actor
from backend.domain.edits import CHARACTERISTIC, Fields, cleaned, fields_of
from backend.domain.errors import Conflict, FieldError, Invalid, NotFound
from backend.domain.roles import Permission
from backend.domain.states import ReviewState
from backend.services import changing, moderation
from backend.services.changing import New, Subject
from backend.services.moderation import Undone
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("editing")

_BOUND = frozenset({"product_id", "ratings"})


@dataclass(frozen=True, slots=True)
class Edited:
    """`event_id` undoes it; both are None where nothing was changed."""

    event_id: int | None
    version: int


class Overtaken(Conflict):
    """Somebody saved the review while another was writing: who and when.

    The fields are there as they are now, as the writer saw them (None where that is no longer known), and as wanted.
    """

    def __init__(self, review: Row, original: Fields | None, yours: Fields, by: str, at: datetime | None) -> None:
        super().__init__("Somebody saved this review while you were writing.")
        self.review = review
        self.theirs = fields_of(review)
        self.original = original
        self.yours = yours
        self.by = by
        self.at = at


async def characteristics_of(reader: Reader, actor: Actor, product_id: int) -> list[Row]:
    """What a product's reviewers are asked: id and name."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["characteristics_of"], {"product_id": product_id})


async def edit(
    writer: Writer,
    actor: Actor,
    review_id: int,
    version: int,
    given: Mapping[str, Any],
    *,
    reason: str | None = None,
) -> Edited:
    """Change the given fields (`domain.edits`) of the version that was looked at.

    `Overtaken` where it is another by now, unless that changes nothing of what was wanted; `Invalid` names the fields.
    A review that moves to another product keeps the ratings of characteristics that this one has, too, by name.
    """
    actor.require(Permission.MODERATE)
    review = await _locked(writer, review_id)
    if reason and not await writer.fetch_value(moderation.queries["active_reason"], {"code": reason}):
        raise Invalid("Choose one of the reasons.", errors=(FieldError("reason", "Choose one of the reasons."),))
    wanted = cleaned(given, review)
    if version != review["version"]:
        raise await _overtaken(writer, review, version, wanted)
    columns = await _columns(writer, review, wanted)
    if not columns:
        return Edited(None, review["version"])
    event_id = await trace.record(writer, actor, "edit", ("review", review_id), reason=reason, fields=sorted(columns))
    await changing.change_each(writer, event_id, [New(Subject(review_id), columns)])
    return Edited(event_id, review["version"] + 1)


async def revert(writer: Writer, actor: Actor, event_id: int) -> Undone:
    """Take a change back: the whole of it, or of a single review's whatever nobody has changed since.

    Nothing comes back over a change that kept no before-image: it may have redacted just that.
    """
    undone = await moderation.undo(writer, actor, event_id)
    if undone.reversed or not undone.kept:
        return undone
    return await _revert_in_part(writer, actor, event_id) or undone


async def _revert_in_part(writer: Writer, actor: Actor, event_id: int) -> Undone | None:
    image = await writer.fetch_one(queries["image_of_one"], {"event_id": event_id})
    if image is None:
        return None
    review = await _locked(writer, image["review_id"])
    touched = await trace.touched_since(writer, review["id"], image["version"], review["version"])
    columns = _untouched(image["columns"], touched) if touched is not None else {}
    if not columns or ("product_id" in columns and not await _is_product(writer, columns["product_id"])):
        return None
    undoing = await trace.record(
        writer, actor, "undo", ("review", review["id"]), undoes=event_id, fields=sorted(columns)
    )
    await changing.change_each(writer, undoing, [New(Subject(review["id"]), columns)])
    return Undone(undoing, 1, 0, 0)


def _untouched(before: Mapping[str, Any], touched: frozenset[str]) -> dict[str, Any]:
    # Ratings are of the product's own characteristics: the two go back together or not at all.
    kept = touched | _BOUND if touched & _BOUND else touched
    return {name: value for name, value in before.items() if name in changing.COLUMNS and name not in kept}


async def _locked(writer: Writer, review_id: int) -> Row:
    review = await writer.fetch_one(queries["lock"], {"review_id": review_id})
    if review is None or review["state"] == ReviewState.REMOVED:
        raise NotFound("There is no such review, or it was removed for good.")
    return review


async def _overtaken(writer: Writer, review: Row, version: int, wanted: Fields) -> Overtaken:
    by = await writer.fetch_one(queries["last_writer"], {"review_id": review["id"]})
    original: Fields | None = None
    if await trace.touched_since(writer, review["id"], version, review["version"]) is not None:
        was = dict(review)
        asked = {"review_id": review["id"], "version": version}
        for image in await writer.fetch_all(trace.queries["before_since"], asked):
            was |= image["columns"]
        original = fields_of(was)
    asks = {f"{CHARACTERISTIC}{row['id']}" for row in await _asked(writer, review["product_id"])}
    yours = {name: value for name, value in wanted.items() if name in asks or not name.startswith(CHARACTERISTIC)}
    return Overtaken(review, original, yours, by["name"] if by else "", by["at"] if by else None)


async def _columns(writer: Writer, review: Row, wanted: Fields) -> dict[str, Any]:
    """The columns that an edit changes, with what they become."""
    stored = fields_of(review)
    changed = {name: value for name, value in wanted.items() if value != stored.get(name)}
    columns = {name: value for name, value in changed.items() if not name.startswith(CHARACTERISTIC)}
    if "response" in columns:
        columns["response"] = columns["response"] or None
    moved = columns.get("product_id")
    if moved is not None and not await _is_product(writer, moved):
        message = f"There is no product {moved:,}."
        raise Invalid(message, errors=(FieldError("product_id", message),))
    values = {
        int(name.removeprefix(CHARACTERISTIC)): value
        for name, value in wanted.items()
        if name.startswith(CHARACTERISTIC)
    }
    ratings = await _ratings(writer, review, values, moved)
    return columns | ({"ratings": ratings} if ratings != review["ratings"] else {})


async def _ratings(writer: Writer, review: Row, values: Mapping[int, int | None], moved: int | None) -> list[int]:
    """The ratings of characteristics, flat, with these values; of another product where the review moves there."""
    asked = {row["id"]: row["name"] for row in await _asked(writer, review["product_id"])}
    if strange := sorted(values.keys() - asked.keys()):
        message = "Is no characteristic of this product."
        raise Invalid(message, errors=tuple(FieldError(f"{CHARACTERISTIC}{number}", message) for number in strange))
    flat = review["ratings"]
    own = dict(zip(flat[1::3], flat[::3], strict=True))
    rated: dict[int, int | None] = dict(zip(flat[1::3], flat[2::3], strict=True)) | dict(values)
    there = {row["name"]: row["id"] for row in await _asked(writer, moved)} if moved else {}
    ratings: list[int] = []
    for number, value in rated.items():
        target = there.get(asked.get(number, "")) if moved else number
        if value is None or target is None:
            continue
        rating_id = own.get(number) or await writer.fetch_value(queries["next_rating_id"])
        ratings += (rating_id, target, value)
    return ratings


async def _asked(writer: Writer, product_id: int) -> list[Row]:
    return await writer.fetch_all(queries["characteristics_of"], {"product_id": product_id})


async def _is_product(writer: Writer, product_id: int) -> bool:
    return bool(await writer.fetch_value(queries["product_exists"], {"product_id": product_id}))
