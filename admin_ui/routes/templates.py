"""What a reply may begin with, as a lead keeps it."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, Conflict, Invalid
from backend.domain.roles import Permission
from backend.services import templates
from backend.services.templates import Template

LIST = "/console/settings/templates"
EMPTY = {"code": "", "title": "", "text": "", "active": True}


@get("/settings/templates")
async def list_templates(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Every template in its order."""
    async with request.app.state.database.read() as reader:
        context = {
            "templates": await templates.list_all(reader, visit.actor),
            "said": request.query_params.get("said"),
            **await frame(reader, visit),
        }
    return rendering.render(request, "templates.html", visit, context)


@get("/settings/new-template")
async def new_template(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The form for a further template."""
    visit.actor.require(Permission.LEAD)
    return await _form(request, visit, "", EMPTY)


@post("/settings/templates")
async def add_template(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Keep a further template."""
    return await _kept(request, visit, "")


@get("/settings/templates/{code:str}")
async def one_template(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[str]:
    """The form that changes a template."""
    visit.actor.require(Permission.LEAD)
    async with request.app.state.database.read() as reader:
        row = await templates.one(reader, visit.actor, code)
    return await _form(request, visit, code, row)


@post("/settings/templates/{code:str}")
async def change_template(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[Any]:
    """Change a template's words, or whether it is in use."""
    return await _kept(request, visit, code)


@post("/settings/templates/{code:str}/move")
async def move_template(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[Any]:
    """Move a template one place up or down."""
    by = -1 if (await form(request)).get("by") == "up" else 1
    async with request.app.state.database.write() as writer:
        await templates.move(writer, visit.actor, code, by)
    return rendering.go_to(request, LIST)


async def _kept(request: AnyRequest, visit: Visit, code: str) -> Response[Any]:
    asked = await form(request)
    template = Template(
        code or asked.get("code").strip(), asked.get("title"), asked.get("text"), asked.get("active") == "on"
    )
    try:
        async with request.app.state.database.write() as writer:
            await (templates.change if code else templates.add)(writer, visit.actor, template)
    except (Invalid, Conflict) as error:
        typed = {name: getattr(template, name) for name in EMPTY}
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
    return rendering.render(request, "template.html", visit, context, status=error.status if error else 200)


handlers = [list_templates, new_template, add_template, one_template, change_template, move_template]
