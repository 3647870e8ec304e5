"""Proof that what is kept agrees with the reviews and the rows of the catalogue it was derived from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

from psycopg.sql import Composed

from backend.store import pages, sql
from backend.store.database import Reader, Row

queries = sql.load("check")

TITLES = {
    "rollups": "Products whose kept numbers differ from their reviews",
    "search": "Reviews whose search words are missing or of another product",
    "cases": "Open cases of reviews that wait for nobody, or the reverse",
    "products": "Products that reviews name but the catalogue does not have",
    "ratings": "Ratings of a characteristic that is not the product's",
    "pages": "Products whose page is not what it is made of",
    "shelves": "Features, styles, skus, photos or related products of nothing",
}
EVERY_PRODUCT = {"first": 1, "last": 2_147_483_647}
_drifted = (
    "select count(distinct product_id) as n, min(product_id) as example from ("  # noqa: S608 -- both parts are ours
    + queries["drift"]
    + ") as drift"
)
_STATEMENTS: dict[str, LiteralString | Composed] = {**queries, "rollups": _drifted, "pages": pages.DRIFT}


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of drift: how many rows, and the id of one."""

    what: str
    count: int
    example: int


async def check(reader: Reader, kinds: Iterable[str] = TITLES) -> list[Fault]:
    """Every kind of drift found; an empty list is the proof."""
    faults = []
    for name in kinds:
        row = await reader.fetch_one(_STATEMENTS[name], EVERY_PRODUCT if name in ("rollups", "pages") else None)
        if row and row["n"]:
            faults.append(Fault(TITLES[name], row["n"], row["example"]))
    return faults


async def drift(reader: Reader, product_id: int, *, limit_ms: int | None = None) -> list[Row]:
    """How one product's kept numbers differ from its reviews: field, characteristic, kept, counted. None is proof."""
    return await reader.fetch_all(queries["drift"], {"first": product_id, "last": product_id}, limit_ms=limit_ms)
