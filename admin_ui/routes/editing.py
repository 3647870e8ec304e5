"""Editing one review: the form, and what it says when somebody else was quicker."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import conflicts, rendering
from admin_ui.routes.asking import AnyRequest, Form, adding, an_id, form, pairs, within
from admin_ui.routes.reviews import LIST, frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.edits import CHARACTERISTIC, FIELDS, TEXTS, Fields, fields_of
from backend.domain.errors import Invalid
from backend.services import browsing, editing, moderation
from backend.services.editing import Overtaken

_LONGEST_NUMBER = 10


@get("/reviews/{review_id:str}/edit")
async def show(request: AnyRequest, visit: SignedIn, review_id: FromPath[str]) -> Response[str]:
    """The form, with the review as it is."""
    return await _page(request, visit, an_id(review_id, "review"))


@post("/reviews/{review_id:str}/edit")
async def save(request: AnyRequest, visit: SignedIn, review_id: FromPath[str]) -> Response[Any]:
    """Save what was changed; 409 with all three where somebody saved meanwhile, 422 where a field cannot be."""
    number, asked = an_id(review_id, "review"), await form(request)
    given = fields(asked)
    try:
        async with request.app.state.database.write() as writer:
            edited = await editing.edit(
                writer,
                visit.actor,
                number,
                _number(asked.get("version")) or 0,
                given,
                reason=asked.get("reason") or None,
            )
    except Overtaken as overtaken:
        return await _page(request, visit, number, given, overtaken=overtaken)
    except Invalid as error:
        return await _page(request, visit, number, given, error=error)
    url = f"{LIST}/{number}{rendering.query([('list', asked.get('list'))] if asked.get('list') else [])}"
    return rendering.go_to(request, adding(url, [("done", edited.event_id)] if edited.event_id else []))


def fields(asked: Form) -> Fields:
    """The fields of an edit, as the form has them; those that are not in it stay as they are."""
    given: Fields = {}
    for name in asked.names():
        value = asked.get(name)
        if name in TEXTS:
            given[name] = value
        elif name == "recommend":
            given[name] = value == "1"
        elif name in FIELDS:
            given[name] = _number(value)
        elif name.startswith(CHARACTERISTIC) and _number(name.removeprefix(CHARACTERISTIC)):
            given[name] = _number(value) if value else None
    return given


async def _page(
    request: AnyRequest,
    visit: Visit,
    review_id: int,
    given: Mapping[str, Any] | None = None,
    *,
    error: Invalid | None = None,
    overtaken: Overtaken | None = None,
) -> Response[str]:
    async with request.app.state.database.read() as reader:
        whole = await browsing.to_edit(reader, visit.actor, review_id)
        conflict = conflicts.of(overtaken, whole.names) if overtaken else None
        stored = fields_of(whole.review)
        context = {
            "whole": whole,
            "asks": await editing.characteristics_of(reader, visit.actor, whole.review["product_id"]),
            "values": conflict.values if conflict else {**stored, **(given or {})},
            "conflict": conflict,
            "errors": {each.field: each.message for each in error.errors} if error else {},
            "within": within(pairs(request)),
            "reasons": await moderation.reasons(reader),
            **await frame(reader, visit),
        }
    status = 409 if conflict else 422 if error else 200
    return rendering.render(request, "review_edit.html", visit, context, status=status)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


handlers = [show, save]
