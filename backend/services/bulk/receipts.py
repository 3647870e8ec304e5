"""Receipts before they run: made for chosen reviews or for all that match, and given their changes."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from backend.domain import bulk
from backend.domain.actors import Actor
from backend.domain.bulk import Change
from backend.domain.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.domain.roles import Permission
from backend.services import filters as filtering
from backend.services import jobs
from backend.services.bulk import scope
from backend.services.filters import Filters
from backend.store import sql
from backend.store.database import Reader, Row, Writer

queries = sql.load("bulk")

CHOSEN = 100  # reviews that can be chosen one by one


async def of_chosen(writer: Writer, actor: Actor, ids: Sequence[int], zone: ZoneInfo) -> int:
    """A receipt for these reviews, as they are now; its id."""
    actor.require(Permission.MODERATE)
    if not 1 <= len(ids) <= CHOSEN:
        message = f"Choose 1 to {CHOSEN} reviews, or all that match a filter."
        raise Invalid(message, errors=(FieldError("review", message),))
    bulk_id = await _make(writer, actor, None, zone)
    await writer.execute(queries["freeze_chosen"], {"bulk_id": bulk_id, "ids": list(ids)})
    await scope.settle(writer, bulk_id)
    return bulk_id


async def of_matching(writer: Writer, actor: Actor, filters: Filters, zone: ZoneInfo) -> int:
    """A receipt for all reviews that match; its id. Many are frozen by a job."""
    actor.require(Permission.MODERATE)
    bulk_id = await _make(writer, actor, urlencode(filters.pairs()), zone)
    if not await scope.freeze_at_once(writer, actor, bulk_id, filters, zone):
        rows = await writer.fetch_value(queries["about_all"])
        job_id = await jobs.ask(writer, actor, "freeze", total=rows, options={"bulk": bulk_id})
        await writer.execute(queries["put_job"], {"bulk_id": bulk_id, "job_id": job_id})
    return bulk_id


async def one(reader: Reader, actor: Actor, bulk_id: int) -> Row:
    """A receipt with its author's name; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(queries["one"], {"bulk_id": bulk_id})
    if found is None:
        raise NotFound(f"There is no bulk change {bulk_id}.")
    return found


async def add(writer: Writer, actor: Actor, bulk_id: int, change: Change, place: int | None = None) -> None:
    """Add a change at the end, or put it in another's place."""
    receipt = await draft(writer, actor, bulk_id)
    await _check(writer, change)
    told = list(receipt["changes"])
    if place is not None and 0 <= place < len(told):
        told[place] = bulk.stored(change)
    elif len(told) >= bulk.MOST:
        message = f"One job makes at most {bulk.MOST} changes."
        raise Invalid(message, errors=(FieldError("kind", message),))
    else:
        told.append(bulk.stored(change))
    await writer.execute(queries["put_changes"], {"bulk_id": bulk_id, "changes": Jsonb(told)})


async def remove(writer: Writer, actor: Actor, bulk_id: int, place: int) -> None:
    """Take a change off again; one that is not there is gone already."""
    receipt = await draft(writer, actor, bulk_id)
    told = [change for number, change in enumerate(receipt["changes"]) if number != place]
    await writer.execute(queries["put_changes"], {"bulk_id": bulk_id, "changes": Jsonb(told)})


def changes(receipt: Row) -> list[Change]:
    """What a receipt is to do, in its order."""
    return [bulk.restored(change) for change in receipt["changes"]]


def filters_of(receipt: Row) -> Filters | None:
    """The filter of its scope; None where reviews were chosen."""
    return None if receipt["query"] is None else filtering.parse(parse_qsl(receipt["query"])).filters


async def draft(writer: Writer, actor: Actor, bulk_id: int) -> Row:
    """A receipt that has not run, locked; its author may change it, and leads. What the system made is anybody's."""
    actor.require(Permission.MODERATE)
    receipt = await locked(writer, bulk_id)
    if receipt["made_by"] not in (None, actor.id) and not actor.may(Permission.LEAD):
        raise Forbidden("Only who made this receipt, or a lead, may do this.")
    if receipt["event_id"] is not None:
        raise Conflict("This has run already: what it changes stands.")
    return receipt


async def locked(writer: Writer, bulk_id: int) -> Row:
    """A receipt, locked until the transaction ends."""
    receipt = await writer.fetch_one(queries["lock"], {"bulk_id": bulk_id})
    if receipt is None:
        raise NotFound(f"There is no bulk change {bulk_id}.")
    return receipt


async def _make(writer: Writer, actor: Actor, query: str | None, zone: ZoneInfo) -> int:
    values: dict[str, Any] = {"made_by": actor.id if actor.kind == "user" else None, "query": query, "zone": zone.key}
    bulk_id: int = await writer.fetch_value(queries["make"], values)
    return bulk_id


async def _check(writer: Writer, change: Change) -> None:
    """What only the database knows: that the reason is one, and the product there."""
    if isinstance(change, bulk.SetStatus) and change.reason is not None:
        await _known(writer, "active_reason", {"code": change.reason}, "reason", "Choose one of the reasons.")
    if isinstance(change, bulk.Move):
        told = f"There is no product {change.product_id}."
        await _known(writer, "product", {"product_id": change.product_id}, "product", told)


async def _known(writer: Writer, query: str, values: dict[str, Any], field: str, message: str) -> None:
    known = {**sql.load("moderation"), **queries}
    if not await writer.fetch_value(known[query], values):
        raise Invalid(message, errors=(FieldError(field, message),))
