"""A product's visible reviews narrowed: by page, walked from a place on, and counted by their stars.

Whatever is asked stays within one product. A list without words walks the index of its order. One with words does so
where they are common, and goes by the index of words where they are rare: by the planner's estimate.
"""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.sql import SQL, Composable, Composed

from backend.domain.actors import Actor
from backend.domain.errors import TimedOut
from backend.services import stats
from backend.services.reading import DEEPEST, PageAsked, Sort
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("selecting")

LIMIT_MS = 2_000
RANKED = 2_000  # reviews that are ranked by their words; of more, the most relevant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Selection:
    """Every field narrows but one that is None.

    `ratings` are stars, ascending, each once. `since` is the first moment that is meant, `until` the first that is not.
    `words` are as people write them for a search engine: all of them, "a phrase", `or`, `-without`; case and accents
    mean nothing.
    """

    ratings: tuple[int, ...] | None = None
    recommended: bool | None = None
    with_photos: bool | None = None
    with_response: bool | None = None
    verified: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an order, beside a review (or whatever is listed): `key` is what the order goes by before the ids.

    A moment is microseconds since 1970; where only ids count, it is 0. From there it goes on to those behind it, or
    `backward` to those before it.
    """

    key: int
    id: int
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows that follow each other, and from where the next and the previous ones are had."""

    rows: list[Row]
    next: Place | None
    previous: Place | None


async def page(reader: Reader, _actor: Actor, asked: PageAsked, selection: Selection) -> list[Row]:
    """The selected reviews of one page; none past the end or beyond `DEEPEST`.

    The most relevant of those with certain words are those that rank highest: where the words stand counts (summary,
    body, name), and how often. `TimedOut` where it takes longer than `LIMIT_MS`, here and below.
    """
    offset = (asked.page - 1) * asked.count
    limit = min(asked.count, DEEPEST - offset)
    if limit <= 0:
        return []
    return await _rows(reader, asked, selection, None, limit, offset)


async def walk(reader: Reader, _actor: Actor, asked: PageAsked, selection: Selection, at: Place | None) -> Stretch:
    """`count` reviews from a place on, or from the beginning.

    What comes or goes elsewhere moves nobody: each review that stays as it is comes once, on the way there and back.
    """
    return stretch(await _rows(reader, asked, selection, at, asked.count + 1), asked.count, at)


def stretch(rows: list[Row], count: int, at: Place | None) -> Stretch:
    """`count` of these rows, which were walked from a place on; one more of them says that there are more.

    Each has its `id` and `key`.
    """
    more, rows = len(rows) > count, rows[:count]
    if at is None:
        return Stretch(rows, _beside(rows[-1]) if more else None, None)
    if not rows:
        return Stretch([], *_turned(at))
    if at.backward:
        rows.reverse()
    following = at.backward or more
    preceding = not at.backward or more
    return Stretch(
        rows,
        _beside(rows[-1]) if following else None,
        _beside(rows[0], backward=True) if preceding else None,
    )


async def stars(reader: Reader, actor: Actor, product_id: int, selection: Selection) -> Row:
    """How many selected reviews have one to five stars: stars_1 to stars_5."""
    if selection == EVERYTHING:
        (row,) = await stats.of_products(reader, actor, [product_id])
        return row
    source = _part("all_reviews" if selection.words is None else "looked_up")
    statement = _part("stars", source=source, conditions=_conditions(selection))
    (row,) = await _bounded(reader, statement, _values(product_id, selection))
    return row


def _turned(at: Place) -> tuple[Place | None, Place | None]:
    """The next and the previous place where nothing was left to come: back to where the review beside `at` is found."""
    if at.backward:
        return Place(at.key, at.id + 1), None
    return None, Place(at.key, at.id - 1, backward=True)


def _beside(row: Row, *, backward: bool = False) -> Place:
    key = row["key"]
    return Place((key - _EPOCH) // _MICROSECOND if isinstance(key, datetime) else key, row["id"], backward)


async def _rows(
    reader: Reader, asked: PageAsked, selection: Selection, at: Place | None, limit: int, offset: int = 0
) -> list[Row]:
    """The next rows in the order in which they are walked, each with its `key`."""
    source, conditions = await _source(reader, asked.product_id, selection), _conditions(selection)
    values = _values(asked.product_id, selection) | {"limit": limit, "offset": offset, "ranked": RANKED}
    key = _part(asked.sort.value)
    if selection.words is not None and asked.sort is Sort.RELEVANT:
        source, conditions = _part("ranked", source=source, conditions=conditions), _part("any")
        key = _part("rank")
    backward = at is not None and at.backward
    if at is not None:
        conditions += SQL(" and ") + _part("before" if backward else "behind", key=key)
        values["key"] = _EPOCH + at.key * _MICROSECOND if asked.sort is Sort.NEWEST else at.key
        values["review_id"] = at.id
    onward = SQL("asc" if backward else "desc")
    return await _bounded(reader, _part("list", key=key, source=source, conditions=conditions, onward=onward), values)


def _part(name: str, **parts: Composable) -> Composed:
    """A statement, or a part of one, with the parts that it names in braces."""
    return SQL(queries[name]).format(**parts)


async def _source(reader: Reader, product_id: int, selection: Selection) -> Composed:
    """From where the first few are taken: words are looked for in the way that is cheaper for how common they are."""
    if selection.words is None:
        return _part("all_reviews")
    planned = await reader.fetch_value(queries["having_words"], _values(product_id, selection), limit_ms=LIMIT_MS)
    return _part("looked_up" if planned[0]["Plan"]["Plan Rows"] <= RANKED else "met_on_the_way")


def _conditions(selection: Selection) -> Composed:
    filters = [field.name for field in fields(selection) if field.name != "words"]
    narrowing = [name for name in filters if getattr(selection, name) is not None]
    return SQL(" and ").join([_part(name) for name in ("of_product", *narrowing)])


def _values(product_id: int, selection: Selection) -> dict[str, Any]:
    ratings = None if selection.ratings is None else list(selection.ratings)
    return {**asdict(selection), "ratings": ratings, "product_id": product_id}


async def _bounded(reader: Reader, statement: Composed, values: dict[str, Any]) -> list[Row]:
    try:
        return await reader.fetch_all(statement, values, limit_ms=LIMIT_MS)
    except TimedOut as error:
        raise TimedOut("This took too long. Ask for rarer words, or narrow it further.", retry_after=2) from error
