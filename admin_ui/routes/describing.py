"""Editing a product's facts: the form, and what it says when somebody else was quicker."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, Form, adding, an_id, form
from admin_ui.routes.products import LIST
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.edits import merged
from backend.domain.errors import Invalid
from backend.domain.facts import FIELDS, facts_of
from backend.services import describing
from backend.services.describing import Overtaken

_LONGEST_NUMBER = 10


@get("/products/{product_id:str}/edit")
async def show(request: AnyRequest, visit: SignedIn, product_id: FromPath[str]) -> Response[str]:
    """The form, with the product as it is."""
    return await _page(request, visit, an_id(product_id, "product"))


@post("/products/{product_id:str}/edit")
async def save(request: AnyRequest, visit: SignedIn, product_id: FromPath[str]) -> Response[Any]:
    """Save what was changed; 409 with both where somebody saved meanwhile, 422 where a field cannot be."""
    number, asked = an_id(product_id, "product"), await form(request)
    given = {name: asked.get(name) for name in asked.names() if name in FIELDS}
    try:
        async with request.app.state.database.write() as writer:
            edited = await describing.edit(writer, visit.actor, number, _version(asked), given)
    except Overtaken as overtaken:
        return await _page(request, visit, number, overtaken=overtaken)
    except Invalid as error:
        return await _page(request, visit, number, given, version=_version(asked), error=error)
    done = [("done", edited.event_id)] if edited.event_id else []
    return rendering.go_to(request, adding(f"{LIST}/{number}", done))


async def _page(
    request: AnyRequest,
    visit: Visit,
    product_id: int,
    given: Mapping[str, str] | None = None,
    *,
    version: int = 0,
    error: Invalid | None = None,
    overtaken: Overtaken | None = None,
) -> Response[str]:
    async with request.app.state.database.read() as reader:
        product = await describing.to_edit(reader, visit.actor, product_id)
        values, theirs = {**facts_of(product), **(given or {})}, {}
        if overtaken:
            both = merged(overtaken.original, overtaken.theirs, overtaken.yours)
            theirs = {name: overtaken.theirs[name] for name in both.conflicts}
            values = {**both.values, **{name: overtaken.yours[name] for name in both.conflicts}}
            version = overtaken.version
        context = {
            "product": product,
            "version": version or product["version"],
            "values": values,
            "theirs": theirs,
            "longest": FIELDS,
            "errors": {each.field: each.message for each in error.errors} if error else {},
            "overtaken": overtaken,
            **await frame(reader, visit),
        }
    status = 409 if overtaken else 422 if error else 200
    return rendering.render(request, "product_edit.html", visit, context, status=status)


def _version(asked: Form) -> int:
    text = asked.get("version")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0


handlers = [show, save]
