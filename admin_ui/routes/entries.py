"""The pages of what leads keep in an order of their own: the list, the form of one, and moving it up or down."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, Form, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.actors import Actor
from backend.domain.errors import AtelierError, Conflict, Invalid
from backend.domain.roles import Permission
from backend.services.entries import Entries
from backend.store.database import Writer

T = TypeVar("T")
Keep = Callable[[Writer, Actor, T], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of entries. `typed` makes one of its code and a form; the pages are `<name>s.html` and `<name>.html`."""

    entries: Entries
    typed: Callable[[str, Form], T]
    add: Keep[T]
    change: Keep[T]

    @property
    def address(self) -> str:
        """Where they stand, below the console."""
        return f"/settings/{self.entries.name}s"


def pages(kind: Kind[T]) -> list[HTTPRouteHandler]:
    """The handlers of this kind."""
    name, address = kind.entries.name, kind.address
    there = f"/console{address}"

    @get(address)
    async def list_entries(request: AnyRequest, visit: SignedIn) -> Response[str]:
        async with request.app.state.database.read() as reader:
            context = {
                f"{name}s": await kind.entries.all(reader, visit.actor),
                "said": request.query_params.get("said"),
                **await frame(reader, visit),
            }
        return rendering.render(request, f"{name}s.html", visit, context)

    @get(f"/settings/new-{name}")
    async def new_entry(request: AnyRequest, visit: SignedIn) -> Response[str]:
        visit.actor.require(Permission.LEAD)
        empty = dict.fromkeys(kind.entries.fields, "")
        return await _form(request, visit, name, "", {**empty, "code": "", "active": True})

    @post(address)
    async def add_entry(request: AnyRequest, visit: SignedIn) -> Response[Any]:
        return await kept(request, visit, "")

    @get(f"{address}/{{code:str}}")
    async def one_entry(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[str]:
        visit.actor.require(Permission.LEAD)
        async with request.app.state.database.read() as reader:
            row = await kind.entries.one(reader, visit.actor, code)
        return await _form(request, visit, name, code, row)

    @post(f"{address}/{{code:str}}")
    async def change_entry(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[Any]:
        return await kept(request, visit, code)

    @post(f"{address}/{{code:str}}/move")
    async def move_entry(request: AnyRequest, visit: SignedIn, code: FromPath[str]) -> Response[Any]:
        by = -1 if (await form(request)).get("by") == "up" else 1
        async with request.app.state.database.write() as writer:
            await kind.entries.move(writer, visit.actor, code, by)
        return rendering.go_to(request, there)

    async def kept(request: AnyRequest, visit: Visit, code: str) -> Response[Any]:
        asked = await form(request)
        entry = kind.typed(code or asked.get("code").strip(), asked)
        try:
            async with request.app.state.database.write() as writer:
                await (kind.change if code else kind.add)(writer, visit.actor, entry)
        except (Invalid, Conflict) as error:
            typed = {field: getattr(entry, field) for field in ("code", *kind.entries.fields)}
            return await _form(request, visit, name, code, typed, error)
        return rendering.go_to(request, f"{there}?said=kept")

    return [list_entries, new_entry, add_entry, one_entry, change_entry, move_entry]


async def _form(
    request: AnyRequest, visit: Visit, name: str, code: str, typed: dict[str, Any], error: AtelierError | None = None
) -> Response[str]:
    async with request.app.state.database.read() as reader:
        context = {
            "code": code,
            "typed": typed,
            "error": error.detail if error and not error.errors else "",
            "errors": {field.field: field.message for field in error.errors} if error else {},
            **await frame(reader, visit),
        }
    return rendering.render(request, f"{name}.html", visit, context, status=error.status if error else 200)
