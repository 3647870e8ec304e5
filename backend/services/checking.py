"""Proof that what is kept agrees with the reviews it was derived from."""

from dataclasses import dataclass

from backend.store import sql
from backend.store.database import Reader

queries = sql.load("check")

TITLES = {
    "rollups": "Products whose kept numbers differ from their reviews",
    "search": "Reviews whose search words are missing or of another product",
    "cases": "Open cases of reviews that wait for nobody, or the reverse",
    "products": "Products that reviews name but the catalogue does not have",
    "ratings": "Ratings of a characteristic that is not the product's",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of drift: how many rows, and the id of one."""

    what: str
    count: int
    example: int


async def check(reader: Reader) -> list[Fault]:
    """Every kind of drift found; an empty list is the proof."""
    faults = []
    for name, title in TITLES.items():
        row = await reader.fetch_one(queries[name])
        if row and row["n"]:
            faults.append(Fault(title, row["n"], row["example"]))
    return faults
