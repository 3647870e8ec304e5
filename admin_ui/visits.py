"""Who is looking at a page, and how they like it: resolved once a request."""

from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.di import NamedDependency

from admin_ui.security import SESSION, form_token, read_cookie
from backend.domain.actors import Actor
from backend.domain.errors import Unauthenticated
from backend.domain.roles import Permission
from backend.services import sessions

THEME = "atelier_theme"
KEYS = "atelier_keys"
ROWS = "atelier_rows"


@dataclass(frozen=True, slots=True)
class Tastes:
    """What a browser remembers of how its user likes the console; nothing of it matters to anybody else."""

    theme: str = ""  # light, dark, or what the system has
    keys: bool = True
    rows: str = "one"  # lines a row takes: one or two


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in request: the actor, their time zone, their session's token and the token of its forms."""

    actor: Actor
    email: str
    zone: ZoneInfo
    token: str
    csrf: str
    tastes: Tastes

    def may(self, permission: str) -> bool:
        """Whether to offer what needs this permission; the services decide, pages only do not tempt."""
        return self.actor.may(Permission(permission))


# How a handler asks for the visit; whoever is not signed in is sent to the door before it runs.
SignedIn: TypeAlias = NamedDependency[Visit]


def tastes(request: Request) -> Tastes:  # type: ignore[type-arg]
    """Read from cookies; what they hold is checked, since anybody can write them."""
    theme = request.cookies.get(THEME, "")
    return Tastes(
        theme=theme if theme in ("light", "dark") else "",
        keys=request.cookies.get(KEYS) != "off",
        rows="two" if request.cookies.get(ROWS) == "two" else "one",
    )


async def provide_visit(request: Request) -> Visit:  # type: ignore[type-arg]
    """The visit of a request; raise `Unauthenticated` for strangers."""
    token = read_cookie(request, SESSION)
    if not token:
        raise Unauthenticated("Sign in to go on.")
    request_id = request.scope.get("state", {}).get("request_id")
    found = await sessions.visitor(request.app.state.database, token, request_id)
    visit = Visit(
        actor=found.actor,
        email=found.email,
        zone=ZoneInfo(found.time_zone),
        token=token,
        csrf=form_token(request.app.state.settings, token),
        tastes=tastes(request),
    )
    request.state.visit = visit  # the error page, which has no dependencies, keeps the frame around it
    return visit
