"""People: who may enter, as what; inviting, changing, shutting out."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import audit, rendering, security
from admin_ui.routes.asking import AnyRequest, an_id, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, Conflict, FieldError, Invalid
from backend.domain.roles import Role
from backend.services import accounts, invitations
from backend.services import audit as trail
from backend.store.database import Writer

LIST = "/console/people"
LAST_EVENTS = 10


@get("/people")
async def list_people(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Everybody, who was invited, and the form that invites."""
    return await _list(request, visit)


@post("/people/invitations")
async def invite(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Invite somebody, and show the link: this once, because only its hash is kept."""
    asked = await form(request)
    typed = {"email": asked.get("email"), "role": asked.get("role")}
    try:
        role = _role(typed["role"])
        async with request.app.state.database.write() as writer:
            token = await invitations.invite(writer, visit.actor, typed["email"], role)
    except (Invalid, Conflict) as error:
        return await _list(request, visit, typed=typed, error=error)
    link = f"{security.origin(request)}/console/invited?token={token}"
    return await _list(request, visit, link=link, email=typed["email"].strip())


@post("/people/invitations/{invitation_id:str}/withdraw")
async def withdraw(request: AnyRequest, visit: SignedIn, invitation_id: FromPath[str]) -> Response[Any]:
    """End a link that nobody has used."""
    async with request.app.state.database.write() as writer:
        await invitations.withdraw(writer, visit.actor, an_id(invitation_id, "invitation"))
    return rendering.go_to(request, f"{LIST}?said=withdrawn")


@get("/people/{person_id:str}")
async def one_person(request: AnyRequest, visit: SignedIn, person_id: FromPath[str]) -> Response[str]:
    """One person: their role, and what they did last."""
    return await _person(request, visit, an_id(person_id, "person"))


@post("/people/{person_id:str}/role")
async def change_role(request: AnyRequest, visit: SignedIn, person_id: FromPath[str]) -> Response[Any]:
    """Give somebody another role; it holds from their next click on."""
    role = _role((await form(request)).get("role"))

    async def change(writer: Writer, number: int) -> None:
        await accounts.set_role(writer, visit.actor, number, role)

    return await _changed(request, visit, person_id, change, "role")


@post("/people/{person_id:str}/disable")
async def disable(request: AnyRequest, visit: SignedIn, person_id: FromPath[str]) -> Response[Any]:
    """Shut somebody out, at once."""

    async def change(writer: Writer, number: int) -> None:
        await accounts.disable(writer, visit.actor, number)

    return await _changed(request, visit, person_id, change, "disabled")


@post("/people/{person_id:str}/enable")
async def enable(request: AnyRequest, visit: SignedIn, person_id: FromPath[str]) -> Response[Any]:
    """Let somebody in again."""

    async def change(writer: Writer, number: int) -> None:
        await accounts.enable(writer, visit.actor, number)

    return await _changed(request, visit, person_id, change, "enabled")


@post("/people/{person_id:str}/sign-out")
async def sign_out(request: AnyRequest, visit: SignedIn, person_id: FromPath[str]) -> Response[Any]:
    """End somebody's sessions, wherever they are."""

    async def change(writer: Writer, number: int) -> None:
        await accounts.sign_out_everywhere(writer, visit.actor, number)

    return await _changed(request, visit, person_id, change, "signed-out")


async def _changed(
    request: AnyRequest, visit: Visit, person_id: str, change: Callable[[Writer, int], Awaitable[None]], said: str
) -> Response[Any]:
    number = an_id(person_id, "person")
    try:
        async with request.app.state.database.write() as writer:
            await change(writer, number)
    except Conflict as error:
        return await _person(request, visit, number, error)
    return rendering.go_to(request, f"{LIST}/{number}?said={said}")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        message = "Choose one of the roles."
        raise Invalid(message, errors=(FieldError("role", message),)) from None


async def _list(request: AnyRequest, visit: Visit, *, error: AtelierError | None = None, **more: Any) -> Response[str]:
    async with request.app.state.database.read(secret=True) as reader:
        context = {
            "people": await accounts.list_all(reader, visit.actor),
            "invitations": await invitations.open_invitations(reader, visit.actor),
            "said": request.query_params.get("said"),
            "error": error,
            "roles": list(Role),
            "typed": {"email": "", "role": Role.MODERATOR},
            "link": None,
            "email": "",
            **more,
            **await frame(reader, visit),
        }
    return rendering.render(request, "people.html", visit, context, status=error.status if error else 200)


async def _person(request: AnyRequest, visit: Visit, number: int, error: Conflict | None = None) -> Response[str]:
    async with request.app.state.database.read(secret=True) as reader:
        person = await accounts.one(reader, visit.actor, number)
        page = await trail.page(reader, visit.actor, trail.Filters(user_id=number), None, visit.zone, size=LAST_EVENTS)
        context = {
            "person": person,
            "entries": [audit.told(event) for event in page.rows],
            "said": request.query_params.get("said"),
            "error": error,
            "roles": list(Role),
            **await frame(reader, visit),
        }
    return rendering.render(request, "person.html", visit, context, status=error.status if error else 200)


handlers = [list_people, invite, withdraw, one_person, change_role, disable, enable, sign_out]
