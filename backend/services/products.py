"""Products in the console: found by number or name, and one of them whole."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Composed

from backend.domain.actors import Actor
from backend.domain.errors import NotFound, TimedOut
from backend.domain.roles import Permission
from backend.services import browsing, checking, offers
from backend.services.filters import Filters
from backend.services.offers import Offer
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("products")

PAGE = 25
LATEST = 10  # reviews on a product's page
MONTHS = 24
LIMIT_MS = 1_000
LONGEST_TEXT = 200
CATEGORIES = 200  # that one can choose from
LARGEST_ID = 2_147_483_647
# Products that are walked for a text inside of their names: 0.2 s when tried.
WINDOW = 200_000


class Order(StrEnum):
    NUMBER = "number"
    NAME = "name"
    CASES = "cases"  # only those with open ones, most first
    INSIDE = "inside"  # by number, those whose names hold the text anywhere


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which product a page begins; in the order of cases, how many that one had."""

    after: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some products, and the place behind them where there are more.

    `edge` is set when only a part was walked: the number of the last product looked at.
    """

    rows: list[Row]
    following: Place | None
    edge: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """Visible reviews written in a month, and their average, None without any."""

    month: date
    reviews: int
    average: float | None


@dataclass(frozen=True, slots=True)
class Whole:
    """One product: its row with the kept sums, its characteristics (id, name, count, average; None unrated), months
    oldest first, latest reviews, events, and the drift of its kept numbers.

    `months` and `drift` are None where counting its reviews took too long, `offer` where it is not in the catalogue.
    """

    product: Row
    offer: Offer | None
    characteristics: list[Row]
    months: list[Month] | None
    drift: list[Row] | None
    latest: list[Row]
    events: list[Row]


def clean(text: str) -> str:
    """What was typed into the search, as it is looked for."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:LONGEST_TEXT].rstrip()


async def page(
    reader: Reader, actor: Actor, order: Order, text: str = "", place: Place | None = None, category: str = ""
) -> Page:
    """The next products in an order, of one category if it is named.

    By name: those that begin with the text, first the one whose number it is, whatever its category.
    """
    actor.require(Permission.READ)
    place = place or Place()
    asked: dict[str, Any] = {"after": place.after, "size": PAGE + 1, "text": text, "category": category}
    condition = "case_of_category" if order is Order.CASES else "of_category"
    narrowed = SQL(queries[condition] if category else "true")
    edge = None
    match order:
        case Order.CASES:
            asked["cases"] = place.cases or 2**31
            found = await reader.fetch_all(_narrowed("by_cases", narrowed), asked, limit_ms=LIMIT_MS)
        case Order.INSIDE:
            edge = await reader.fetch_value(queries["edge"], {"after": place.after, "window": WINDOW})
            asked["edge"] = edge or LARGEST_ID
            found = await reader.fetch_all(_narrowed("holding", narrowed), asked, limit_ms=LIMIT_MS)
        case Order.NAME | Order.NUMBER:
            found = await reader.fetch_all(_narrowed(f"by_{order.value}", narrowed), asked, limit_ms=LIMIT_MS)
    ids = [row["id"] for row in found[:PAGE]]
    if order is Order.NAME and not place.after and (number := _number(text)):
        ids = [number, *(product_id for product_id in ids if product_id != number)]
    rows = await reader.fetch_all(queries["listed"], {"ids": ids}, limit_ms=LIMIT_MS)
    following = None
    if len(found) > PAGE:
        edge = None
        last = found[PAGE - 1]
        following = Place(last["id"], last.get("cases", 0))
    elif edge is not None:
        following = Place(edge)
    return Page(rows, following, edge)


async def categories(reader: Reader, actor: Actor) -> list[str]:
    """What products are sorted into, in their order; of very many, the first."""
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["categories"], {"most": CATEGORIES}, limit_ms=LIMIT_MS)
    return [row["category"] for row in rows]


async def one(reader: Reader, actor: Actor, product_id: int, zone: ZoneInfo) -> Whole:
    """One product whole; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    asked = {"product_id": product_id}
    product = await reader.fetch_one(queries["one"], asked)
    if product is None:
        raise NotFound(f"There is no product {product_id:,}.")
    counting = {**asked, "zone": zone.key, "months": MONTHS}
    # Side by side: two of them go through all of its reviews.
    counted, drift, latest, offer, named, events = await asyncio.gather(
        _in_time(reader.fetch_all(queries["months"], counting, limit_ms=LIMIT_MS)),
        _in_time(checking.drift(reader, product_id, limit_ms=LIMIT_MS)),
        browsing.page(reader, actor, Filters(product_id=product_id), None, zone),
        offers.of_product(reader, product_id),
        reader.fetch_all(queries["characteristics"], asked),
        reader.fetch_all(queries["events"], asked),
    )
    return Whole(
        product,
        offer,
        _averages(product["characteristics"], named),
        None if counted is None else _every_month(counted),
        drift,
        latest.rows[:LATEST],
        events,
    )


async def _in_time(rows: Awaitable[list[Row]]) -> list[Row] | None:
    """None where they took too long."""
    try:
        return await rows
    except TimedOut:
        return None


def _narrowed(name: str, narrowed: SQL) -> Composed:
    return SQL(queries[name]).format(narrowed=narrowed)


def _number(text: str) -> int | None:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))
    return int(text) if digits and 0 < int(text) <= LARGEST_ID else None


def _averages(flat: list[int], named: list[Row]) -> list[Row]:
    kept = {flat[at]: (flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)}
    rows = []
    for row in named:
        count, total = kept.get(row["id"], (0, 0))
        rows.append({**row, "count": count, "average": total / count if count > 0 else None})
    return rows


def _every_month(counted: list[Row]) -> list[Month]:
    """From the first month to the last, those between without a review too."""
    if not counted:
        return []
    by_month = {row["month"]: row for row in counted}
    at, last, months = min(by_month), max(by_month), []
    while at <= last:
        row = by_month.get(at)
        months.append(Month(at, row["reviews"], row["stars"] / row["reviews"]) if row else Month(at, 0, None))
        at = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
    return months
