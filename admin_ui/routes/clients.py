"""Keys of the API's clients: what each may, a new one, and ending one."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, an_id, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import Invalid
from backend.services import keys

LIST = "/console/people/keys"


@get("/people/keys")
async def list_keys(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Every key, and the form that makes one."""
    return await _list(request, visit)


@post("/people/keys")
async def add_key(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Make a key, and show it: this once, because only its hash is kept."""
    asked = await form(request)
    name, scopes = asked.get("name"), asked.all("scope")
    try:
        async with request.app.state.database.write() as writer:
            _, token = await keys.add(writer, visit.actor, name, scopes)
    except Invalid as error:
        return await _list(request, visit, typed={"name": name, "scopes": scopes}, error=error)
    return await _list(request, visit, token=token, made=name.strip())


@post("/people/keys/{key_id:str}/revoke")
async def revoke_key(request: AnyRequest, visit: SignedIn, key_id: FromPath[str]) -> Response[Any]:
    """End a key: within seconds no instance takes it any more."""
    async with request.app.state.database.write() as writer:
        await keys.revoke(writer, visit.actor, an_id(key_id, "key"))
    return rendering.go_to(request, f"{LIST}?said=revoked")


async def _list(request: AnyRequest, visit: Visit, *, error: Invalid | None = None, **more: Any) -> Response[str]:
    async with request.app.state.database.read(secret=True) as reader:
        context = {
            "keys": await keys.list_keys(reader, visit.actor),
            "scopes": keys.SCOPES,
            "said": request.query_params.get("said"),
            "errors": {field.field: field.message for field in error.errors} if error else {},
            "typed": {"name": "", "scopes": []},
            "token": None,
            "made": "",
            **more,
            **await frame(reader, visit),
        }
    return rendering.render(request, "clients.html", visit, context, status=error.status if error else 200)


handlers = [list_keys, add_key, revoke_key]
