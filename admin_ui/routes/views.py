"""Saved views: the tabs above the list of reviews, and the forms that save, rename, share and delete them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from litestar import Response, post
from litestar.params import FromPath

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, an_id, form
from admin_ui.visits import SignedIn
from backend.services import filters, views
from backend.services.filters import Filters
from backend.store.database import Row

LIST = "/console/reviews"
# For everybody, whatever they save.
DEFAULTS = (("All", ""), ("Reported", "reported=1"), ("Hidden", "status=hidden"), ("One star", "rating=1"))


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. `view` is the saved one behind it, None for those that everybody has."""

    name: str
    query: str
    current: bool
    view: Row | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A view that was just deleted: enough to save it again."""

    name: str
    shared: bool


def tabs(current: Filters, saved: list[Row]) -> list[Tab]:
    """The tabs of the list while it shows these filters: at most one is the current one."""
    shown = views.written(current)
    made = [Tab(name, query, query == shown) for name, query in DEFAULTS]
    made += [Tab(view["name"], view["query"], view["query"] == shown, view) for view in saved]
    first = next((tab for tab in made if tab.current), None)
    return [tab if tab is first or not tab.current else Tab(tab.name, tab.query, False, tab.view) for tab in made]


def gone(asked: list[tuple[str, str]]) -> Gone | None:
    """The view that was just deleted, as the address tells."""
    told = dict(asked)
    name = told.get("gone", "")[: views.LONGEST_NAME]
    return Gone(name, told.get("gone_shared") == "1") if name and name.isprintable() else None


@post("/views")
async def save(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Keep the filters of the list under a name."""
    asked = await form(request)
    wanted = filters.parse(parse_qsl(asked.get("query"))).filters
    async with request.app.state.database.write() as writer:
        await views.save(writer, visit.actor, asked.get("name"), wanted, shared=asked.get("shared") == "1")
    return rendering.go_to(request, LIST + rendering.query(wanted.pairs()))


@post("/views/{view_id:str}")
async def change(request: AnyRequest, visit: SignedIn, view_id: FromPath[str]) -> Response[Any]:
    """Rename or share a view, or delete it; then the list says how to have it back."""
    asked, number = await form(request), an_id(view_id, "view")
    delete, shared = asked.get("delete") == "1", asked.get("shared") == "1"
    async with request.app.state.database.write() as writer:
        if delete:
            view = await views.delete(writer, visit.actor, number)
        else:
            view = await views.change(writer, visit.actor, number, asked.get("name"), shared=shared)
    gone = [("gone", view["name"]), *([("gone_shared", "1")] if view["shared"] else [])] if delete else []
    return rendering.go_to(request, LIST + rendering.query([*views.read(view["query"]).pairs(), *gone]))


handlers = [save, change]
