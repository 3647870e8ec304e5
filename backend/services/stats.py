"""The numbers of several products at once, and what one product is to a search engine."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.actors import Actor
from backend.domain.averages import average
from backend.services import reading
from backend.services.reading import PageAsked, Sort
from backend.store import sql
from backend.store.database import Database, Reader, Row

queries = sql.load("stats")

SHOWN = 5  # reviews of a product that search engines are told


async def of_products(reader: Reader, _actor: Actor, product_ids: Sequence[int]) -> list[Row]:
    """For each product, in this order: product_id, stars_1 to stars_5, count, average.

    An average is Postgres' own text, None without reviews. A product that nobody knows has none.
    """
    rows = await reader.fetch_all(queries["stats"], {"product_ids": list(product_ids)})
    return [{**row, **_average([row[f"stars_{number}"] for number in range(1, 6)])} for row in rows]


def _average(stars: Sequence[int]) -> Row:
    count = sum(stars)
    total = sum(number * given for number, given in enumerate(stars, 1))
    return {"count": count, "average": average(total, count) if count else None}


@dataclass(frozen=True, slots=True)
class Described:
    """A product (name and description, None where nothing is known of it), its numbers, its most relevant reviews."""

    product: Row | None
    numbers: Row
    reviews: list[Row]
    source: str


async def describe(database: Database, actor: Actor, product_id: int) -> Described:
    """A product with what its visible reviews say of it. And who answered."""
    async with database.read() as reader:
        (numbers,) = await of_products(reader, actor, [product_id])
        product = await reader.fetch_one(queries["product"], {"product_id": product_id})
    reviews, source = await reading.list_page(database, actor, PageAsked(product_id, 1, SHOWN, Sort.RELEVANT))
    return Described(product, numbers, reviews, source)
