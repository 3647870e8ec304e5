"""In and out: signing in, signing out, and the way to the page that fits one's role."""

import secrets
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from admin_ui import rendering, security
from admin_ui.routes.asking import AnyRequest, form
from admin_ui.visits import SignedIn
from backend.domain.errors import NotFound, Unauthenticated
from backend.domain.roles import Permission
from backend.services import accounts, sessions
from backend.services.sessions import Entered, Knock, Refused


@get("/")
async def home(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Moderators begin at the queue, operators at the imports, everybody else at the reviews."""
    if visit.actor.may(Permission.MODERATE):
        return rendering.go_to(request, "/console/queue")
    return rendering.go_to(request, "/console/imports" if visit.actor.may(Permission.IMPORT) else "/console/reviews")


@get("/{rest:path}")
async def nowhere(visit: SignedIn, rest: FromPath[str]) -> None:  # noqa: ARG001 -- they make the page around the refusal
    """An address below the console that no page has."""
    raise NotFound("There is no such page.")


@get("/login")
async def ask(request: AnyRequest) -> Response[str]:
    """The sign-in page. Its form carries the token of a stranger's cookie, as every form carries its session's."""
    return _page(request, request.query_params.get("next"), "", None)


@post("/login")
async def sign_in(request: AnyRequest) -> Response[Any]:
    """Sign in, and go on to where one wanted to go."""
    asked = await form(request)
    knock = Knock(
        email=asked.get("email")[: accounts.LONGEST_EMAIL],
        password=asked.get("password")[:1000],
        address=security.address(request),
        replaces=security.read_cookie(request, security.SESSION),
        request_id=request.scope["state"].get("request_id"),
    )
    secret = request.app.state.settings.secret.encode()
    outcome = await sessions.sign_in(request.app.state.database, secret, knock)
    if isinstance(outcome, Refused):
        return _page(request, asked.get("next"), knock.email, outcome)
    if outcome.time_zone == "UTC" and accounts.is_time_zone(zone := asked.get("zone")):
        await remember_zone(request, outcome, zone)
    lifetime = int(sessions.LIFETIME.total_seconds())
    cookies = [
        security.make_cookie(request, security.SESSION, outcome.token, lifetime),
        security.make_cookie(request, security.DOOR, "", 0),
    ]
    return rendering.go_to(request, security.safe_next(asked.get("next")), cookies)


@post("/logout")
async def sign_out(request: AnyRequest) -> Response[Any]:
    """Sign out here; a session that is over already is no error."""
    if token := security.read_cookie(request, security.SESSION):
        async with request.app.state.database.write() as writer:
            await sessions.sign_out(writer, token)
    cookies = [security.make_cookie(request, security.SESSION, "", 0)]
    return rendering.go_to(request, "/console/login", cookies)


def stranger(request: AnyRequest) -> tuple[str, list[Cookie]]:
    """The token of a form outside of the sign-in, and the cookie that it belongs to, where the browser has none yet."""
    holder = security.read_cookie(request, security.SESSION) or security.read_cookie(request, security.DOOR)
    cookies = []
    if holder is None:
        holder = secrets.token_urlsafe(32)
        cookies.append(security.make_cookie(request, security.DOOR, holder, None))
    return security.form_token(request.app.state.settings, holder), cookies


def _page(request: AnyRequest, wanted: str | None, email: str, refused: Refused | None) -> Response[str]:
    csrf, cookies = stranger(request)
    context = {
        "csrf": csrf,
        "next": security.safe_next(wanted),
        "email": email,
        "refused": refused,
    }
    status = 200 if refused is None else 429 if refused.seconds_left else 401
    response = rendering.render(request, "login.html", None, context, status=status, cookies=cookies)
    if refused and refused.seconds_left:
        response.headers["Retry-After"] = str(refused.seconds_left)
    return response


async def remember_zone(request: AnyRequest, entered: Entered, zone: str) -> None:
    """Show times in the zone that the browser has told of itself."""
    database = request.app.state.database
    try:
        visitor = await sessions.visitor(database, entered.token)
    except Unauthenticated:
        return  # ended by somebody in this very moment; the next page says so
    async with database.write() as writer:
        await accounts.set_time_zone(writer, visitor.actor, zone)


handlers = [home, nowhere, ask, sign_in, sign_out]
