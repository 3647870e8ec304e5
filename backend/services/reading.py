"""What the public reads: a page of a product's reviews, its numbers, one review. Anybody may, of visible reviews."""

from dataclasses import dataclass
from enum import StrEnum

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("reviews")

DEEPEST = 100_000  # rows into a product's list, beyond which every page is empty


class Sort(StrEnum):
    RELEVANT = "relevant"
    NEWEST = "newest"
    HELPFUL = "helpful"


@dataclass(frozen=True, slots=True)
class PageAsked:
    """`page` counts from 1; `count` is the number of reviews on a page."""

    product_id: int
    page: int
    count: int
    sort: Sort


async def list_page(reader: Reader, _actor: Actor, asked: PageAsked) -> list[Row]:
    """The visible reviews of one page, in its order; none past the end or beyond `DEEPEST`."""
    offset = (asked.page - 1) * asked.count
    limit = min(asked.count, DEEPEST - offset)
    if limit <= 0:
        return []
    return await reader.fetch_all(
        queries[f"list_{asked.sort}"], {"product_id": asked.product_id, "limit": limit, "offset": offset}
    )


async def meta(reader: Reader, _actor: Actor, product_id: int) -> Row:
    """A product's numbers: stars_1 to stars_5, recommended, not_recommended, and its characteristics as three arrays.

    `ids`, `names` and `averages` are in the order of the ids; an average is Postgres' own text, None without ratings.
    """
    (row,) = await reader.fetch_all(queries["meta"], {"product_id": product_id})
    return row


async def one_review(reader: Reader, _actor: Actor, review_id: int) -> Row:
    """A visible review. `NotFound` where there is none of this id, or the public may not see it."""
    row = await reader.fetch_one(queries["one_review"], {"review_id": review_id})
    if row is None:
        raise NotFound("There is no such review.")
    return row
