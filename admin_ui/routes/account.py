"""One's own account and tastes, and the map of keys."""

from typing import Any
from zoneinfo import available_timezones

from litestar import Response, get, post
from litestar.datastructures import Cookie

from admin_ui import rendering, security
from admin_ui.routes.asking import AnyRequest, Form, back, form
from admin_ui.visits import KEYS, ROWS, THEME, SignedIn, Visit
from backend.domain.errors import Invalid
from backend.services import accounts, sessions

PAGE = "/console/account"
_YEAR = 365 * 24 * 3600
_TASTES = {
    "theme": (THEME, {"light", "dark", ""}),
    "keys": (KEYS, {"on", "off"}),
    "rows": (ROWS, {"one", "two"}),
}


@get("/account")
async def show(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Who one is here, and what one may change about it."""
    return await _page(request, visit, None)


@post("/account/password")
async def change_password(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Change one's password; every other session ends."""
    asked = await form(request)
    try:
        async with request.app.state.database.write() as writer:
            await accounts.change_own_password(
                writer,
                visit.actor,
                asked.get("current"),
                asked.get("new"),
                sessions.token_hash(visit.token),
            )
    except Invalid as error:
        return await _page(request, visit, error)
    return rendering.go_to(request, f"{PAGE}?said=password")


@post("/account/time-zone")
async def change_time_zone(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Show times in another zone."""
    asked = await form(request)
    try:
        async with request.app.state.database.write() as writer:
            await accounts.set_time_zone(writer, visit.actor, asked.get("time_zone").strip())
    except Invalid as error:
        return await _page(request, visit, error)
    return rendering.go_to(request, f"{PAGE}?said=zone")


@post("/account/sign-out-elsewhere")
async def sign_out_elsewhere(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """End one's other sessions."""
    async with request.app.state.database.write() as writer:
        await sessions.sign_out_elsewhere(writer, visit.actor, visit.token)
    return rendering.go_to(request, f"{PAGE}?said=elsewhere")


@post("/tastes")
async def change_tastes(request: AnyRequest) -> Response[Any]:
    """Theme, keys and rows: remembered by the browser alone."""
    asked = await form(request)
    cookies = [_taste(request, asked, field) for field in _TASTES if asked.all(field)]
    return rendering.go_to(request, back(asked, "/console/"), cookies)


@get("/keys")
async def keys(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The map of keys: a page, or the dialog of it."""
    blocks = ["map"] if rendering.is_htmx(request) else []
    return rendering.render(request, "keys.html", visit, {}, blocks=blocks)


def _taste(request: AnyRequest, asked: Form, field: str) -> Cookie:
    name, values = _TASTES[field]
    value = asked.get(field)
    return Cookie(
        key=name,
        value=value if value in values else "",
        path=security.COOKIE_PATH,
        max_age=_YEAR,
        secure=security.is_https(request),
        samesite="lax",
    )


async def _page(request: AnyRequest, visit: Visit, error: Invalid | None) -> Response[str]:
    async with request.app.state.database.read(secret=True) as reader:
        count = await sessions.count_own(reader, visit.actor)
    context = {
        "sessions": count,
        "zones": sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        "errors": {field.field: field.message for field in error.errors} if error else {},
        "said": request.query_params.get("said"),
    }
    return rendering.render(request, "account.html", visit, context, status=422 if error else 200)


handlers = [show, change_password, change_time_zone, sign_out_elsewhere, change_tastes, keys]
