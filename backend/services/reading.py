"""What the public reads: a page of a product's reviews, its numbers, one review. Anybody may, of visible reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import add, itemgetter
from typing import NamedTuple

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.store import sql
from backend.store.coalesced import Question
from backend.store.database import Database, Reader, Row

queries = sql.load("reviews")

DEEPEST = 100_000  # rows into a product's list, beyond which every page is empty
SHORT = 20  # reviews on a first page at most that is read together with those of other callers


class Sort(StrEnum):
    RELEVANT = "relevant"
    NEWEST = "newest"
    HELPFUL = "helpful"


@dataclass(slots=True)
class PageAsked:
    """`page` counts from 1; `count` is the number of reviews on a page."""

    product_id: int
    page: int
    count: int
    sort: Sort


class Rated(NamedTuple):
    """A characteristic of a product: how many rated it, and what they gave in all."""

    id: int
    name: str
    times: int
    total: int


class Numbers(NamedTuple):
    """A product's visible reviews counted: by stars from 1 to 5, and by whether they recommend it.

    `characteristics` are in the order of their ids.
    """

    stars: Sequence[int]
    recommended: int
    not_recommended: int
    characteristics: list[Rated]


_FIRST = {sort: queries[f"first_{sort}"] for sort in Sort}
_NUMBERS = Question(queries["numbers"])
_stars = itemgetter(*(f"stars_{number}" for number in range(1, 6)))
_NOT_RATED = 0, 0  # times and total


async def list_page(database: Database, actor: Actor, asked: PageAsked) -> tuple[list[Row], str]:
    """The visible reviews of one page, in its order; none past the end or beyond `DEEPEST`. And who answered."""
    if shared := shared_page(actor, asked):
        return await database.reads.fetch(*shared)
    offset = (asked.page - 1) * asked.count
    limit = max(0, min(asked.count, DEEPEST - offset))
    async with database.read() as reader:
        rows = await reader.fetch_all(
            queries[f"list_{asked.sort}"], {"product_id": asked.product_id, "limit": limit, "offset": offset}
        )
    return rows, reader.source


def shared_page(_actor: Actor, asked: PageAsked) -> tuple[Question, int] | None:
    """What gives the rows of a page that is read together with others' pages, None for one that is read by itself."""
    if asked.page == 1 and asked.count <= SHORT:
        return Question(_FIRST[asked.sort], asked.count), asked.product_id
    return None


async def numbers(database: Database, actor: Actor, product_id: int) -> tuple[Numbers, str]:
    """A product's numbers, all zero for one that nobody knows. And who answered."""
    rows, source = await database.reads.fetch(*shared_numbers(actor, product_id))
    return summed(rows), source


def shared_numbers(_actor: Actor, product_id: int) -> tuple[Question, int]:
    """What gives the rows that a product's numbers are `summed` of."""
    return _NUMBERS, product_id


def summed(rows: list[Row]) -> Numbers:
    """The sum over a product's slots: writers count in whichever is free."""
    stars, yes, no = (0, 0, 0, 0, 0), 0, 0
    rated: dict[int, tuple[int, int]] = {}
    for row in rows:
        if row["rated"] is None:
            continue  # nobody has reviewed it
        stars = tuple(map(add, stars, _stars(row)))
        yes += row["recommended"]
        no += row["not_recommended"]
        by_three = iter(row["rated"])
        for number, times, total in zip(by_three, by_three, by_three, strict=True):
            times_before, total_before = rated.get(number, _NOT_RATED)
            rated[number] = times_before + times, total_before + total
    asks = sorted(zip(rows[0]["ids"] or (), rows[0]["names"] or (), strict=True))
    return Numbers(stars, yes, no, [Rated(id_, name, *rated.get(id_, _NOT_RATED)) for id_, name in asks])


async def one_review(reader: Reader, _actor: Actor, review_id: int) -> Row:
    """A visible review. `NotFound` where there is none of this id, or the public may not see it."""
    row = await reader.fetch_one(queries["one_review"], {"review_id": review_id})
    if row is None:
        raise NotFound("There is no such review.")
    return row
