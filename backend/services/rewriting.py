"""A locked review's row rewritten: its version, before-image, rollups, search words and case follow in one place."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from backend.store import rollups, sql, trace
from backend.store.database import Row, Writer
from backend.store.tables import review as table

queries = sql.load("editing")

_COUNTED = frozenset({"product_id", "rating", "recommend", "ratings"})
_FOUND_BY = frozenset({"product_id", "summary", "body", "reviewer_name"})


async def rewrite(writer: Writer, event_id: int, review: Row, columns: Mapping[str, Any]) -> int:
    """Give a locked row (whole, as it is now) other values, under an event; its version afterwards.

    What a person has written no delivery overwrites: the hash that tells deliveries apart goes, unless it is among the
    columns itself.
    """
    columns = {"delivered_hash": None, **columns}
    statement = (
        update(table)
        .where(table.c.id == review["id"])
        .values(**columns, version=table.c.version + 1)
        .returning(table.c.version)
    )
    version: int = await writer.fetch_value(statement)
    await trace.keep_before(writer, event_id, review["id"], version, {name: review[name] for name in columns})
    after = {**review, **columns}
    if review["visible"] and not _COUNTED.isdisjoint(columns):
        await _count_anew(writer, review, after)
    if not _FOUND_BY.isdisjoint(columns):
        await writer.execute(queries["index_words"], {"review_id": review["id"]})
    if after["product_id"] != review["product_id"]:
        await writer.execute(queries["move_case"], {"review_id": review["id"], "product_id": after["product_id"]})
    return version


async def _count_anew(writer: Writer, before: Row, after: Row) -> None:
    # Rollups are locked in the order of their products.
    if after["product_id"] < before["product_id"]:
        await rollups.count_in(writer, after)
        await rollups.count_out(writer, before)
    else:
        await rollups.count_out(writer, before)
        await rollups.count_in(writer, after)
