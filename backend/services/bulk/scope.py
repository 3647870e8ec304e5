"""What a receipt is about: the ids and versions of its reviews as they are now, at once or window by window."""

from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Insert, and_, func, insert, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from backend.domain.actors import Actor
from backend.domain.states import ReviewState
from backend.services import browsing, finding
from backend.services.filters import Filters
from backend.store import sql
from backend.store.database import Writer
from backend.store.tables import bulk_part, review

queries = sql.load("bulk")

PART = 250  # reviews in a row of what is frozen: what a transaction changes at least
AT_ONCE = 20_000  # reviews that are frozen while somebody waits, by the planner's estimate
WAIT_MS = 1_500
WINDOW = 50_000  # reviews that are looked through in one transaction


async def freeze_at_once(writer: Writer, actor: Actor, bulk_id: int, filters: Filters, zone: ZoneInfo) -> bool:
    """Freeze all that match, unless they are many or finding them takes long: then nothing is done."""
    if (await browsing.estimate(writer, actor, filters, zone)).number > AT_ONCE:
        return False
    try:
        # In a transaction within this one: what it had done is gone with it, and so is its limit of time.
        async with writer.connection.transaction():
            await writer.fetch_all("select set_config('statement_timeout', %s, true)", (str(WAIT_MS),))
            await writer.execute(_freeze(bulk_id, filters, zone))
            await writer.fetch_all("select set_config('statement_timeout', '0', true)")
    except psycopg.errors.QueryCanceled:
        return False
    await settle(writer, bulk_id)
    return True


async def freeze_on(writer: Writer, bulk_id: int, filters: Filters, zone: ZoneInfo, after: int) -> int | None:
    """Freeze those that match in the next window of ids; how many were looked at, or None when it is done."""
    window = await writer.fetch_one(queries["window"], {"after": after, "size": WINDOW})
    assert window is not None
    if not window["rows"]:
        await settle(writer, bulk_id, facts=False)
        return None
    await writer.execute(_freeze(bulk_id, filters, zone, (after, window["upto"])))
    await writer.execute(queries["add_facts"], {"bulk_id": bulk_id, "after": after, "upto": window["upto"]})
    rows: int = window["rows"]
    return rows


async def settle(writer: Writer, bulk_id: int, *, facts: bool = True) -> None:
    """All that it is about is in it."""
    if facts:
        await writer.execute(queries["add_facts"], {"bulk_id": bulk_id, "after": 0, "upto": 0})
    await writer.execute(queries["settle"], {"bulk_id": bulk_id})


def _freeze(bulk_id: int, filters: Filters, zone: ZoneInfo, between: tuple[int, int] | None = None) -> Insert:
    matching = finding.matching(filters, zone).where(review.c.state != ReviewState.REMOVED.value)
    if between:
        matching = matching.where(and_(review.c.id > between[0], review.c.id <= between[1]))
    place = func.row_number().over(order_by=review.c.id)
    found = matching.add_columns(review.c.version, ((place - 1) // PART).label("part")).subquery()
    parts = select(
        literal(bulk_id),
        func.max(found.c.id),
        _ordered(found.c.id, found.c.id),
        _ordered(found.c.version, found.c.id),
    ).group_by(found.c.part)
    return insert(bulk_part).from_select(["bulk_id", "last", "ids", "versions"], parts)


def _ordered(column: Any, order: Any) -> Any:
    return func.array_agg(aggregate_order_by(column, order))
