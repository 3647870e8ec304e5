"""What the public reads of the catalogue: a product's facts, its styles, what is related to it, and the list of all.

A product stands whole in one row, each of its parts as the very text that is sent (`write_pages` makes it): reading one
joins and builds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg.sql import SQL

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.services import stats
from backend.services.reading import DEEPEST
from backend.services.selecting import LIMIT_MS, Place, Stretch, stretch
from backend.store import sql
from backend.store.coalesced import Question
from backend.store.database import Database, Reader, Row

queries = sql.load("catalogue")


class Part(StrEnum):
    FACTS = "facts"
    STYLES = "styles"
    RELATED = "related"


_PARTS = {part: Question(" union all ".join(queries[each] for each in Part), among=part) for part in Part}


@dataclass(frozen=True, slots=True)
class ListAsked:
    """`page` counts from 1; `count` is the number of products on a page. Without a category, of all."""

    page: int
    count: int
    category: str | None = None


async def read(database: Database, actor: Actor, part: Part, product_id: int) -> tuple[str, str]:
    """A part of a product as JSON, and who answered. `NotFound` where the catalogue has no such product."""
    rows, source = await database.reads.fetch(*shared_part(actor, part, product_id))
    return text_of(rows), source


def shared_part(_actor: Actor, part: Part, product_id: int) -> tuple[Question, int]:
    """What gives the rows in which `text_of` finds a part of a product."""
    return _PARTS[part], product_id


def text_of(rows: list[Row]) -> str:
    """A part of a product as JSON. `NotFound` where the catalogue has no such product."""
    if not rows:
        raise NotFound("There is no such product.")
    text: str = rows[0]["text"]
    return text


async def page(reader: Reader, _actor: Actor, asked: ListAsked) -> list[Row]:
    """The products of one page, by id; none past the end or beyond `DEEPEST`."""
    offset = (asked.page - 1) * asked.count
    limit = min(asked.count, DEEPEST - offset)
    return await _listed(reader, asked, None, limit, offset) if limit > 0 else []


async def walk(reader: Reader, _actor: Actor, asked: ListAsked, at: Place | None) -> Stretch:
    """`count` products from a place on, or from the beginning."""
    return stretch(await _listed(reader, asked, at, asked.count + 1), asked.count, at)


async def rated(reader: Reader, actor: Actor, rows: list[Row]) -> list[Row]:
    """The same products, each with the `average` and the `count` of its visible reviews."""
    numbers = await stats.of_products(reader, actor, [row["id"] for row in rows])
    return [{**row, **each} for row, each in zip(rows, numbers, strict=True)]


async def _listed(reader: Reader, asked: ListAsked, at: Place | None, limit: int, offset: int = 0) -> list[Row]:
    values: Mapping[str, Any] = {
        "category": asked.category,
        "limit": limit,
        "offset": offset,
        "id": at.id if at else None,
    }
    backward = at is not None and at.backward
    named = {"of_category": asked.category is not None, "before": backward, "behind": at is not None and not backward}
    conditions = SQL(" and ").join(SQL(queries[name]) for name in ("in_catalogue", *filter(named.get, named)))
    statement = SQL(queries["list"]).format(conditions=conditions, onward=SQL("desc" if backward else "asc"))
    return await reader.fetch_all(statement, values, limit_ms=LIMIT_MS)
