"""Reading reviews in the console, across products: lists bounded in time, estimated counts, one review whole."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Subquery, func, select

from backend.domain.actors import Actor
from backend.domain.errors import NotFound, TimedOut
from backend.domain.roles import Permission
from backend.services import finding
from backend.services.filters import Cursor, Filters
from backend.store import sql
from backend.store.database import Reader, Row
from backend.store.tables import moderation_case, product, review

queries = sql.load("console")
noted = sql.load("queue")

PAGE = 25
ROWS_LIMIT_MS = 1_000
COUNT_LIMIT_MS = 5_000
# What is looked through when the whole would take too long.
WINDOW = 5_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some reviews, newest first, and how to go on from them.

    `partial` is set when the limit of time was hit: only reviews written after it were looked at. `cut` says that there
    were more decisions than are looked through (`finding.DECISIONS`, the newest). `milliseconds` is how long the rows
    took, `source` who gave them.
    """

    rows: list[Row]
    older: Cursor | None
    newer: Cursor | None
    milliseconds: int
    source: str
    partial: datetime | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many reviews match: `exact`, or the planner's estimate; `gave_up` when counting took too long."""

    number: int
    exact: bool
    gave_up: bool = False


def permit(actor: Actor, filters: Filters) -> None:
    """Raise `Forbidden` unless this actor may read reviews, and ask for them in this way: by an address few may."""
    actor.require(Permission.MODERATE if filters.by_mail else Permission.READ)


async def page(reader: Reader, actor: Actor, filters: Filters, at: Cursor | None, zone: ZoneInfo) -> Page:
    """The reviews that match, from a place on. Where that takes too long: those among the next few thousand."""
    permit(actor, filters)
    began = time.perf_counter()
    partial: Cursor | None = None
    try:
        found = await finding.rows(reader, filters, at, zone, PAGE + 1)
        rows = await reader.fetch_all(_decorated(found, at), limit_ms=ROWS_LIMIT_MS)
    except TimedOut:
        rows, end = [], await finding.end_of_next(reader, at, WINDOW)
        if end is not None:
            found = finding.until(filters, at, end, zone, PAGE + 1)
            rows = await reader.fetch_all(_decorated(found, at), limit_ms=ROWS_LIMIT_MS)
        partial = end if len(rows) <= PAGE else None
    cut = await finding.decisions_are_cut(reader, filters)
    milliseconds = round((time.perf_counter() - began) * 1000)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if at is not None and at.newer:
        rows.reverse()
        older = _after(rows[-1]) if rows else None
        newer = replace(_after(rows[0]), newer=True) if more and rows else None
    else:
        older = partial or (_after(rows[-1]) if more else None)
        newer = replace(_after(rows[0]), newer=True) if at is not None and rows else None
    return Page(rows, older, newer, milliseconds, reader.source, partial.written_at if partial else None, cut)


async def estimate(reader: Reader, actor: Actor, filters: Filters, zone: ZoneInfo) -> Count:
    """About how many reviews match, from the planner's statistics: it costs a millisecond however many there are."""
    permit(actor, filters)
    return Count(await finding.planned_rows(reader, finding.matching(filters, zone)), exact=False)


async def count(reader: Reader, actor: Actor, filters: Filters, zone: ZoneInfo) -> Count:
    """Exactly how many match; the estimate, saying so, where counting takes longer than its limit."""
    permit(actor, filters)
    found = finding.matching(filters, zone).subquery()
    try:
        number = await reader.fetch_value(select(func.count()).select_from(found), limit_ms=COUNT_LIMIT_MS)
    except TimedOut:
        return replace(await estimate(reader, actor, filters, zone), gave_up=True)
    return Count(number, exact=True)


@dataclass(frozen=True, slots=True)
class Whole:
    """One review with everything that is known of it: characteristics, reports and events newest first, and how many
    visible reviews its product has of one to five stars. `names` are those of all characteristics that it ever
    rated, `files` those of the files that it was ever read from; `notes` are what colleagues noted, newest first."""

    review: Row
    characteristics: list[Row]
    reports: list[Row]
    events: list[Row]
    stars: list[int]
    names: dict[int, str]
    files: dict[int | None, str]
    notes: list[Row]


async def one(reader: Reader, actor: Actor, review_id: int) -> Whole:
    """One review whole; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(queries["one_review"], {"id": review_id})
    if found is None:
        raise NotFound(f"There is no review {review_id:,}.")
    events = await reader.fetch_all(queries["events_of_review"], {"id": review_id})
    flat = found["ratings"]
    ever = {number for event in events for number in ((event["before"] or {}).get("ratings") or ())[1::3]}
    names = await reader.fetch_all(queries["characteristic_names"], {"ids": sorted({*flat[1::3], *ever})})
    named = {row["id"]: row["name"] for row in names}
    from_files = {found["source_file"], *((event["lineage"] or {}).get("source_file") for event in events)} - {None}
    files = await reader.fetch_all(queries["file_names"], {"ids": sorted(from_files)}) if from_files else []
    stars = await reader.fetch_value(queries["stars_of_product"], {"product_id": found["product_id"]})
    characteristics = [
        {"id": characteristic, "name": named.get(characteristic), "value": value}
        for characteristic, value in zip(flat[1::3], flat[2::3], strict=True)
    ]
    return Whole(
        found,
        characteristics,
        await reader.fetch_all(queries["reports_of_review"], {"id": review_id}),
        events,
        [count or 0 for count in stars],
        named,
        {None: "", **dict.fromkeys(from_files, ""), **{row["id"]: row["name"] for row in files}},
        await reader.fetch_all(noted["notes"], {"review_ids": [review_id]}),
    )


async def to_edit(reader: Reader, actor: Actor, review_id: int) -> Whole:
    """One review for somebody who wants to change it."""
    actor.require(Permission.MODERATE)
    return await one(reader, actor, review_id)


async def row(reader: Reader, actor: Actor, review_id: int) -> Row:
    """One review as a list shows it; raise `NotFound` where there is none."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(_decorated(select(review).where(review.c.id == review_id).subquery("found"), None))
    if found is None:
        raise NotFound(f"There is no review {review_id:,}.")
    return found


async def names(reader: Reader, actor: Actor, filters: Filters) -> dict[str, str | None]:
    """What stands in these filters by number or code, by field, as people know it; None where nobody does."""
    actor.require(Permission.READ)
    wanted = {name: getattr(filters, name) or None for name in ("product_id", "reason", "moderator_id")}
    if not any(wanted.values()):
        return {}
    return await reader.fetch_one(queries["names_of_filters"], wanted) or {}


async def colleagues(reader: Reader, actor: Actor) -> list[Row]:
    """Who may have decided something: id and name."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["colleagues"])


async def queue_counts(reader: Reader, actor: Actor) -> dict[str, int]:
    """How many reviews wait, by kind, counted up to a thousand of each."""
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["count_cases"])
    return {row["kind"]: row["waiting"] for row in rows}


def _after(found: Row) -> Cursor:
    return Cursor(found["written_at"], found["id"])


def _decorated(found: Subquery, at: Cursor | None) -> Select[Any]:
    """What a row shows, with its product's name and its open reports."""
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
        .order_by(*finding.in_order(found, at))
    )


async def decisions(reader: Reader, actor: Actor, event_ids: list[int]) -> list[Row]:
    """What was decided by these events, with whose review it was: for saying so, and for offering to undo it."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["reviews_of_events"], {"ids": event_ids})
