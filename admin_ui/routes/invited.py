"""The page behind an invitation's link: outside of the sign-in, for one person, once.

The token stands in the query and not in the path, because Nginx writes paths into its log.
"""

from typing import Any

from litestar import Response, get, post

from admin_ui import rendering, security
from admin_ui.routes import door
from admin_ui.routes.asking import AnyRequest, form
from backend.domain.errors import Invalid
from backend.services import accounts, invitations, sessions

PAGE = "/console/invited"


@get("/invited")
async def ask(request: AnyRequest) -> Response[str]:
    """Who one will be here, and the form for a name and a password."""
    return await _page(request, request.query_params.get("token", ""))


@post("/invited")
async def join(request: AnyRequest) -> Response[Any]:
    """Make the account, and come in."""
    asked = await form(request)
    database, token = request.app.state.database, asked.get("token")
    try:
        entered = await invitations.accept(
            database, token, asked.get("name"), asked.get("password"), request.scope["state"].get("request_id")
        )
    except Invalid as error:
        return await _page(request, token, asked.get("name"), error)
    if accounts.is_time_zone(zone := asked.get("zone")):
        await door.remember_zone(request, entered, zone)
    lifetime = int(sessions.LIFETIME.total_seconds())
    cookies = [
        security.make_cookie(request, security.SESSION, entered.token, lifetime),
        security.make_cookie(request, security.DOOR, "", 0),
    ]
    return rendering.go_to(request, "/console/", cookies)


async def _page(request: AnyRequest, token: str, name: str = "", error: Invalid | None = None) -> Response[str]:
    async with request.app.state.database.read(secret=True) as reader:
        invited = await invitations.find(reader, token)
    csrf, cookies = door.stranger(request)
    context = {
        "csrf": csrf,
        "token": token,
        "invited": invited,
        "name": name,
        "errors": {field.field: field.message for field in error.errors} if error else {},
    }
    return rendering.render(
        request, "invited.html", None, context, status=error.status if error else 200, cookies=cookies
    )


handlers = [ask, join]
