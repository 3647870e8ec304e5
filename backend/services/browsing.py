"""Reading reviews in the console, across products: lists bounded in time, estimated counts, one review whole."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    exists,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql

from backend.domain.actors import Actor
from backend.domain.errors import NotFound, TimedOut
from backend.domain.roles import Permission
from backend.domain.states import VISIBLE, ReviewState
from backend.services.filters import Cursor, Filters
from backend.store import sql
from backend.store.database import Reader, Row
from backend.store.tables import moderation_case, product, review, review_search

queries = sql.load("console")

PAGE = 25
ROWS_LIMIT_MS = 1_000
COUNT_LIMIT_MS = 5_000
# Words found in more reviews than this are found faster by walking from the newest review on.
COMMON = 20_000
# What is looked through when the whole would take too long.
WINDOW = 5_000

_dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
_place = (review.c.written_at, review.c.id)


@dataclass(frozen=True, slots=True)
class Page:
    """Some reviews, newest first, and how to go on from them.

    `partial` is set when the limit of time was hit: only reviews written after it were looked at. `milliseconds` is how
    long the rows took, `source` who gave them.
    """

    rows: list[Row]
    older: Cursor | None
    newer: Cursor | None
    milliseconds: int
    source: str
    partial: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many reviews match: `exact`, or the planner's estimate; `gave_up` when counting took too long."""

    number: int
    exact: bool
    gave_up: bool = False


async def page(reader: Reader, actor: Actor, filters: Filters, at: Cursor | None, zone: ZoneInfo) -> Page:
    """The reviews that match, from a place on. Where that takes too long: those among the next few thousand."""
    actor.require(Permission.READ)
    began = time.perf_counter()
    partial: Cursor | None = None
    try:
        rows = await reader.fetch_all(await _statement(reader, filters, at, zone), limit_ms=ROWS_LIMIT_MS)
    except TimedOut:
        rows = await reader.fetch_all(_decorated(_windowed(filters, at, zone), at), limit_ms=ROWS_LIMIT_MS)
        if len(rows) <= PAGE:
            partial = await _edge_of_window(reader, at)
    milliseconds = round((time.perf_counter() - began) * 1000)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if at is not None and at.newer:
        rows.reverse()
        older = _after(rows[-1]) if rows else None
        newer = replace(_after(rows[0]), newer=True) if more and rows else None
    else:
        older = partial or (_after(rows[-1]) if more else None)
        newer = replace(_after(rows[0]), newer=True) if at is not None and rows else None
    return Page(rows, older, newer, milliseconds, reader.source, partial.written_at if partial else None)


async def estimate(reader: Reader, actor: Actor, filters: Filters, zone: ZoneInfo) -> Count:
    """About how many reviews match, from the planner's statistics: it costs a millisecond however many there are."""
    actor.require(Permission.READ)
    return Count(await _planned_rows(reader, matching(filters, zone)), exact=False)


async def count(reader: Reader, actor: Actor, filters: Filters, zone: ZoneInfo) -> Count:
    """Exactly how many match; the estimate, saying so, where counting takes longer than its limit."""
    actor.require(Permission.READ)
    found = matching(filters, zone).subquery()
    try:
        number = await reader.fetch_value(select(func.count()).select_from(found), limit_ms=COUNT_LIMIT_MS)
    except TimedOut:
        return replace(await estimate(reader, actor, filters, zone), gave_up=True)
    return Count(number, exact=True)


@dataclass(frozen=True, slots=True)
class Whole:
    """One review with everything that is known of it: characteristics, reports and events newest first, and how many
    visible reviews its product has of one to five stars."""

    review: Row
    characteristics: list[Row]
    reports: list[Row]
    events: list[Row]
    stars: list[int]


async def one(reader: Reader, actor: Actor, review_id: int) -> Whole:
    """One review whole; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(queries["one_review"], {"id": review_id})
    if found is None:
        raise NotFound(f"There is no review {review_id:,}.")
    flat = found["ratings"]
    names = {
        row["id"]: row["name"] for row in await reader.fetch_all(queries["characteristic_names"], {"ids": flat[1::3]})
    }
    stars = await reader.fetch_value(queries["stars_of_product"], {"product_id": found["product_id"]})
    characteristics = [
        {"id": characteristic, "name": names.get(characteristic), "value": value}
        for characteristic, value in zip(flat[1::3], flat[2::3], strict=True)
    ]
    return Whole(
        found,
        characteristics,
        await reader.fetch_all(queries["reports_of_review"], {"id": review_id}),
        await reader.fetch_all(queries["events_of_review"], {"id": review_id}),
        [count or 0 for count in stars],
    )


async def row(reader: Reader, actor: Actor, review_id: int) -> Row:
    """One review as a list shows it; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(_decorated(select(review).where(review.c.id == review_id).subquery("found"), None))
    if found is None:
        raise NotFound(f"There is no review {review_id:,}.")
    return found


async def queue(reader: Reader, actor: Actor, kind: str) -> list[Row]:
    """The reviews that wait for a moderator, reported or held: those that were reported most first, then the oldest."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["open_cases"], {"kind": kind, "size": 2 * PAGE}, limit_ms=ROWS_LIMIT_MS)


async def queue_counts(reader: Reader, actor: Actor) -> dict[str, int]:
    """How many reviews wait, by kind, counted up to a thousand of each."""
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["count_cases"])
    return {row["kind"]: row["waiting"] for row in rows}


def _after(found: Row) -> Cursor:
    return Cursor(found["written_at"], found["id"])


def _conditions(filters: Filters, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Everything but the text."""
    conditions: list[ColumnElement[bool]] = []
    if filters.states:
        conditions.append(review.c.state.in_([state.value for state in filters.states]))
    if filters.ratings:
        conditions.append(review.c.rating.in_(filters.ratings))
    if filters.product_id:
        conditions.append(review.c.product_id == filters.product_id)
    if filters.since:
        conditions.append(review.c.written_at >= _midnight(filters.since, zone))
    if filters.until:
        conditions.append(review.c.written_at < _midnight(filters.until + timedelta(days=1), zone))
    if filters.reported:
        conditions.append(exists().where(moderation_case.c.review_id == review.c.id, moderation_case.c.reports > 0))
    return conditions


def _sides(filters: Filters) -> set[bool]:
    """Whether the wanted states are visible ones, others, or both."""
    return {state in VISIBLE for state in filters.states or ReviewState}


def _midnight(day: Any, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock.min, zone).astimezone(UTC)


def _has_words(filters: Filters) -> ColumnElement[bool]:
    words = func.websearch_to_tsquery(literal_column("'atelier'::regconfig"), filters.text)
    has: ColumnElement[bool] = review_search.c.document.op("@@")(words)
    return and_(has, review_search.c.product_id == filters.product_id) if filters.product_id else has


def matching(filters: Filters, zone: ZoneInfo) -> Select[Any]:
    """The ids of all reviews that match, in no order."""
    found = select(review.c.id).where(*_conditions(filters, zone))
    if filters.text:
        found = found.join(review_search, review_search.c.review_id == review.c.id).where(_has_words(filters))
    return found


async def _statement(reader: Reader, filters: Filters, at: Cursor | None, zone: ZoneInfo) -> Select[Any]:
    """The rows of a page, by the way that this filter makes cheapest."""
    conditions = _conditions(filters, zone)
    # This follows from the states, and lets the indexes that hold only such reviews serve. Estimates do without it: the
    # planner would take it for a further narrowing.
    if _sides(filters) == {True}:
        conditions.append(review.c.visible)
    elif _sides(filters) == {False}:
        conditions.append(~review.c.visible)
    if filters.text:
        hits = select(review_search.c.review_id).where(_has_words(filters))
        if await _planned_rows(reader, hits) <= COMMON:
            found = hits.cte("hits").prefix_with("materialized")
            return _decorated(_slice(select(review).join(found, found.c.review_id == review.c.id), conditions, at), at)
        return _decorated(_slice(_walk(select(review), filters), conditions, at), at)
    if filters.product_id and _sides(filters) == {True, False}:
        # A product's visible reviews have an index in their order; the others, of all products, are few.
        arms = (
            _slice(select(review), [*conditions, review.c.visible], at),
            _slice(select(review), [*conditions, ~review.c.visible], at),
        )
        return _decorated(union_all(*(select(arm) for arm in arms)).subquery("found"), at)
    return _decorated(_slice(select(review), conditions, at), at)


def _walk(rows: Select[Any], filters: Filters) -> Select[Any]:
    """Look the words up review by review: `offset 0` keeps the planner from turning the walk into a search."""
    hit = (
        select(literal(1))
        .where(review_search.c.review_id == review.c.id, _has_words(filters))
        .correlate(review)
        .offset(0)
        .lateral("hit")
    )
    return rows.join(hit, true())


def _windowed(filters: Filters, at: Cursor | None, zone: ZoneInfo) -> Subquery:
    """The matches among the next WINDOW reviews of the whole list."""
    near = _slice(select(review), [], at, WINDOW)
    ids = select(near.c.id)
    rows = select(review).where(review.c.id.in_(ids))
    return _slice(_walk(rows, filters) if filters.text else rows, _conditions(filters, zone), at)


async def _edge_of_window(reader: Reader, at: Cursor | None) -> Cursor | None:
    near = _slice(select(*_place), [], at, WINDOW)
    order = tuple_(near.c.written_at, near.c.id)
    last = select(near).order_by(order.desc() if at and at.newer else order.asc()).limit(1)
    edge = await reader.fetch_one(last, limit_ms=ROWS_LIMIT_MS)
    return _after(edge) if edge else None


def _slice(
    rows: Select[Any], conditions: list[ColumnElement[bool]], at: Cursor | None, size: int = PAGE + 1
) -> Subquery:
    """The next rows from a place on; one more than a page, to know whether there are others."""
    if at is not None:
        here = tuple_(literal(at.written_at, review.c.written_at.type), literal(at.review_id, review.c.id.type))
        there = tuple_(*_place)
        rows = rows.where(there > here if at.newer else there < here)
    ascending = at is not None and at.newer
    order = [column.asc() if ascending else column.desc() for column in _place]
    return rows.where(*conditions).order_by(*order).limit(size).subquery("found")


def _decorated(found: Subquery, at: Cursor | None) -> Select[Any]:
    """What a row shows, with its product's name and its open reports."""
    order = (found.c.written_at, found.c.id)
    ascending = at is not None and at.newer
    return (
        select(
            *(
                found.c[name]
                for name in ("id", "product_id", "written_at", "state", "version", "rating", "summary", "helpfulness")
            ),
            func.left(found.c.body, 400).label("excerpt"),
            found.c.reviewer_name,
            func.cardinality(found.c.photo_ids).label("photos"),
            product.c.name.label("product_name"),
            func.coalesce(moderation_case.c.reports, 0).label("reports"),
        )
        .select_from(found)
        .outerjoin(product, product.c.id == found.c.product_id)
        .outerjoin(moderation_case, moderation_case.c.review_id == found.c.id)
        .order_by(*(column.asc() if ascending else column.desc() for column in order))
        .limit(PAGE + 1)
    )


async def _planned_rows(reader: Reader, statement: Select[Any]) -> int:
    compiled = statement.compile(dialect=_dialect, compile_kwargs={"render_postcompile": True})
    explain = "explain (format json) " + str(compiled)
    plan = await reader.fetch_value(explain, compiled.params, limit_ms=ROWS_LIMIT_MS)
    return int(plan[0]["Plan"]["Plan Rows"])


async def decisions(reader: Reader, actor: Actor, event_ids: list[int]) -> list[Row]:
    """What was decided by these events, with whose review it was: for saying so, and for offering to undo it."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["reviews_of_events"], {"ids": event_ids})
