"""The reasons for hiding a review, as a lead keeps them."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, Conflict, Invalid
from backend.domain.roles import Permission
from backend.services import reasons
from backend.services.reasons import Reason

LIST = "/console/settings/reasons"
EMPTY = {"code": "", "title": "", "explanation": "", "active": True}


@get("/settings")
async def settings(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Behind the gear: the first of the settings."""
    visit.actor.require(Permission.READ)
    return rendering.go_to(request, LIST)


@get("/settings/reasons")
async def list_reasons(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Every reason in its order."""
    async with request.app.state.database.read() as reader:
        context = {
            "reasons": await reasons.list_all(reader, visit.actor),
            "said": request.query_params.get("said"),
            **await frame(reader, visit),
        }
    return rendering.render(request, "reasons.html", visit, context)


@get("/settings/new-reason")
async def new_reason(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The form for a further reason."""
    visit.actor.require(Permission.LEAD)
    return await _form(request, visit, "", EMPTY)


@post("/settings/reasons")
async def add_reason(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Keep a further reason."""
    return await _kept(request, visit, "")


@get("/settings/reasons/{code:str}")
async def one_reason(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[str]:
    """The form that changes a reason."""
    visit.actor.require(Permission.LEAD)
    async with request.app.state.database.read() as reader:
        row = await reasons.one(reader, visit.actor, code)
    return await _form(request, visit, code, row)


@post("/settings/reasons/{code:str}")
async def change_reason(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[Any]:
    """Change a reason's words, or whether it is in use."""
    return await _kept(request, visit, code)


@post("/settings/reasons/{code:str}/move")
async def move_reason(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[Any]:
    """Move a reason one place up or down: its number is its key."""
    by = -1 if (await form(request)).get("by") == "up" else 1
    async with request.app.state.database.write() as writer:
        await reasons.move(writer, visit.actor, code, by)
    return rendering.go_to(request, LIST)


async def _kept(request: AnyRequest, visit: Visit, code: str) -> Response[Any]:
    asked = await form(request)
    reason = Reason(
        code or asked.get("code").strip(), asked.get("title"), asked.get("explanation"), asked.get("active") == "on"
    )
    try:
        async with request.app.state.database.write() as writer:
            await (reasons.change if code else reasons.add)(writer, visit.actor, reason)
    except (Invalid, Conflict) as error:
        typed = {name: getattr(reason, name) for name in EMPTY}
        return await _form(request, visit, code, typed, error)
    return rendering.go_to(request, f"{LIST}?said=kept")


async def _form(
    request: AnyRequest, visit: Visit, code: str, typed: dict[str, Any], error: AtelierError | None = None
) -> Response[str]:
    async with request.app.state.database.read() as reader:
        context = {
            "code": code,
            "typed": typed,
            "error": error.detail if error and not error.errors else "",
            "errors": {field.field: field.message for field in error.errors} if error else {},
            **await frame(reader, visit),
        }
    return rendering.render(request, "reason.html", visit, context, status=error.status if error else 200)


handlers = [settings, list_reasons, new_reason, add_reason, one_reason, change_reason, move_reason]
