"""Saved views: filters under a name, one's own or shared with everybody, shown as tabs above the list."""

from urllib.parse import parse_qsl, urlencode

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.domain.roles import Permission
from backend.services import filters
from backend.services.filters import Filters
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("views")

LONGEST_NAME = 60
MOST = 50  # of one person


async def tabs(reader: Reader, actor: Actor) -> list[Row]:
    """One's own views, then those of others that are shared: id, name, query, shared, mine, owner."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["tabs"], {"user_id": actor.id, "most": 4 * MOST})


async def save(writer: Writer, actor: Actor, name: str, filters: Filters, *, shared: bool = False) -> int:
    """Keep filters under a name, in place of one's own view of that name; its id."""
    actor.require(Permission.READ)
    name = _named(name)
    if shared:
        _may_share(actor, filters)
    if await writer.fetch_value(queries["count_own"], {"user_id": actor.id, "name": name}) >= MOST:
        raise Invalid(f"You have {MOST} views. Delete one that you no longer need.")
    view_id: int = await writer.fetch_value(
        queries["save"], {"user_id": actor.id, "name": name, "query": written(filters), "shared": shared}
    )
    await trace.record(writer, actor, "save", ("view", view_id))
    return view_id


async def change(writer: Writer, actor: Actor, view_id: int, name: str, *, shared: bool) -> Row:
    """Give a view another name, share it or keep it for oneself; the view as it was.

    Whose it is may, and leads with a shared one.
    """
    view = await _locked(writer, actor, view_id)
    name = _named(name)
    if shared and not view["shared"]:
        _may_share(actor, read(view["query"]))
    if await writer.fetch_value(queries["has_other"], {"user_id": view["user_id"], "name": name, "view_id": view_id}):
        message = f"There is a view “{name}” already. Choose another name."
        raise Conflict(message, errors=(FieldError("name", message),))
    await writer.execute(queries["change"], {"view_id": view_id, "name": name, "shared": shared})
    await trace.record(writer, actor, "change", ("view", view_id))
    return view


async def delete(writer: Writer, actor: Actor, view_id: int) -> Row:
    """Let a view go; what it was, so that it can be saved again. Whose it is may, and leads with a shared one."""
    view = await _locked(writer, actor, view_id)
    await writer.execute(queries["delete"], {"view_id": view_id})
    await trace.record(writer, actor, "delete", ("view", view_id))
    return view


def written(some: Filters) -> str:
    """Filters as they stand in an address."""
    return urlencode(some.pairs())


def read(query: str) -> Filters:
    """Filters out of an address; what means nothing is left out."""
    return filters.parse(parse_qsl(query)).filters


async def _locked(writer: Writer, actor: Actor, view_id: int) -> Row:
    actor.require(Permission.READ)
    view = await writer.fetch_one(queries["lock"], {"view_id": view_id})
    if view is None or not (view["shared"] or view["user_id"] == actor.id):
        raise NotFound("There is no such view. Perhaps it was deleted.")
    if view["user_id"] != actor.id and not actor.may(Permission.LEAD):
        raise Forbidden("Only whose view it is, or a lead, may change it.")
    return view


def _named(name: str) -> str:
    clean = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if not 1 <= len(clean) <= LONGEST_NAME:
        message = f"Give the view a name of 1 to {LONGEST_NAME} characters."
        raise Invalid(message, errors=(FieldError("name", message),))
    return clean


def _may_share(actor: Actor, some: Filters) -> None:
    # Whoever may do more than look: they work from the same tabs.
    actor.require(Permission.REPORT)
    if some.by_mail:
        raise Invalid("A view with somebody's e-mail address is for yourself alone: not everybody may see addresses.")
