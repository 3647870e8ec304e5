"""The rules that reviews are screened with, as a lead keeps them."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, Form, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, Conflict, FieldError, Invalid
from backend.domain.roles import Permission
from backend.domain.screening import NUMBERS, Action, Kind, made
from backend.services import screening

LIST = "/console/settings/screening"


@get("/settings/screening")
async def list_rules(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Every rule: what it looks for, and what becomes of a match."""
    async with request.app.state.database.read() as reader:
        context = {
            "rules": await screening.list_rules(reader, visit.actor),
            "kinds": list(Kind),
            "said": request.query_params.get("said"),
            **await frame(reader, visit),
        }
    return rendering.render(request, "screening.html", visit, context)


@get("/settings/new-rule")
async def new_rule(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The form for a rule of the kind in the address."""
    visit.actor.require(Permission.LEAD)
    kind = _kind(request.query_params.get("kind", ""))
    usual = {name: bound.usual for name, bound in NUMBERS[kind].items()}
    return await _form(
        request, visit, "", {"name": "", "kind": kind, "action": Action.HOLD, "settings": usual, "active": True}
    )


@post("/settings/screening")
async def add_rule(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Keep a new rule."""
    return await _kept(request, visit, "")


@get("/settings/screening/{name:str}")
async def one_rule(request: AnyRequest, visit: SignedIn, name: FromPath[str]) -> Response[str]:
    """The form that changes a rule."""
    visit.actor.require(Permission.LEAD)
    async with request.app.state.database.read() as reader:
        row = await screening.one_rule(reader, visit.actor, name)
    return await _form(request, visit, name, row)


@post("/settings/screening/{name:str}")
async def change_rule(request: AnyRequest, visit: SignedIn, name: FromPath[str]) -> Response[Any]:
    """Put a rule in the place of what it was."""
    return await _kept(request, visit, name)


@post("/settings/screening/{name:str}/remove")
async def remove_rule(request: AnyRequest, visit: SignedIn, name: FromPath[str]) -> Response[Any]:
    """Forget a rule; what it held stays held."""
    async with request.app.state.database.write() as writer:
        await screening.remove_rule(writer, visit.actor, name)
    return rendering.go_to(request, f"{LIST}?said=removed")


async def _kept(request: AnyRequest, visit: Visit, name: str) -> Response[Any]:
    asked = await form(request)
    kind = _kind(asked.get("kind"))
    words = [line.strip() for line in asked.get("words").splitlines() if line.strip()]
    numbers = {key: asked.get(key).strip() for key in NUMBERS[kind]}
    try:
        rule = made(name or asked.get("name").strip(), kind, _action(asked), numbers, words)
        async with request.app.state.database.write() as writer:
            await screening.set_rule(writer, visit.actor, rule, active=asked.get("active") == "on", new=not name)
    except (Invalid, Conflict) as error:
        typed = {
            "name": asked.get("name"),
            "kind": kind,
            "action": asked.get("action"),
            "settings": {**numbers, "words": words},
            "active": asked.get("active") == "on",
        }
        return await _form(request, visit, name, typed, error)
    return rendering.go_to(request, f"{LIST}?said=kept")


async def _form(
    request: AnyRequest, visit: Visit, name: str, typed: dict[str, Any], error: AtelierError | None = None
) -> Response[str]:
    async with request.app.state.database.read() as reader:
        context = {
            "name": name,
            "typed": typed,
            "actions": list(Action),
            "numbers": NUMBERS[Kind(typed["kind"])],
            "error": error.detail if error and not error.errors else "",
            "errors": {field.field: field.message for field in error.errors} if error else {},
            **await frame(reader, visit),
        }
    return rendering.render(request, "rule.html", visit, context, status=error.status if error else 200)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise Invalid("Choose what the rule looks for.") from None


def _action(asked: Form) -> Action:
    try:
        return Action(asked.get("action"))
    except ValueError:
        message = "Choose what becomes of a match."
        raise Invalid(message, errors=(FieldError("action", message),)) from None


handlers = [list_rules, new_rule, add_rule, one_rule, change_rule, remove_rule]
