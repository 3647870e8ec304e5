"""How filters become SQL: the conditions, and the way to the rows that costs the least."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.functions import FunctionElement

from backend.domain.states import VISIBLE, ReviewState
from backend.services.filters import Cursor, Filters
from backend.store.database import Reader
from backend.store.tables import event, moderation_case, review, review_before, review_search

# What is found in more reviews than this is found faster by walking from the newest review on.
COMMON = 20_000
# Of the decisions of a moderator, or for a reason, so many are looked through: the newest.
DECISIONS = 10_000
ESTIMATE_LIMIT_MS = 1_000

_dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
_place = (review.c.written_at, review.c.id)
_mail = func.lower(review.c.reviewer_email)
# As the index has it: there is no summary of yes and no.
_verified = cast(review.c.verified, Integer)
_open_report = exists().where(moderation_case.c.review_id == review.c.id, moderation_case.c.kind == "reported")

Conditions = list[ColumnElement[bool]]


async def rows(reader: Reader, filters: Filters, at: Cursor | None, zone: ZoneInfo, size: int) -> Subquery:
    """The next `size` reviews from a place on, whole rows in the order of the list, by the way that is the cheapest.

    What is rare is looked up first and then put in order; what is common is met soon on the way from the newest on.
    """
    # This follows from the states, and lets the indexes that hold only such reviews serve. Estimates do without it: the
    # planner would take it for a further narrowing.
    conditions = [*_conditions(filters, zone), *_side(filters)]
    name, few = await _rarest(reader, filters)
    if few is not None:
        found = few.cte("few").prefix_with("materialized")
        reviews = select(review).join(found, found.c.id == review.c.id)
        wants_words = _has_words(filters) and name != "words"
        return piece(_meeting_words(reviews, filters) if wants_words else reviews, conditions, at, size)
    if _has_words(filters):
        return piece(_meeting_words(select(review), filters), conditions, at, size)
    if filters.product_id and not _side(filters):
        # A product's visible reviews have an index in their order, and the others another one.
        arms = (
            piece(select(review), [*conditions, review.c.visible], at, size),
            piece(select(review), [*conditions, ~review.c.visible], at, size),
        )
        both = union_all(*(select(arm) for arm in arms)).subquery("arms")
        return select(both).order_by(*in_order(both, at)).limit(size).subquery("found")
    return piece(select(review), conditions, at, size)


async def end_of_next(reader: Reader, at: Cursor | None, window: int) -> Cursor | None:
    """Where the next `window` reviews of the whole list end; None where there are no more."""
    near = piece(select(*_place), [], at, window)
    order = tuple_(near.c.written_at, near.c.id)
    last = select(near).order_by(order.desc() if at and at.newer else order.asc()).limit(1)
    end = await reader.fetch_one(last)
    return Cursor(end["written_at"], end["id"], bool(at and at.newer)) if end else None


def until(filters: Filters, at: Cursor | None, end: Cursor, zone: ZoneInfo, size: int) -> Subquery:
    """Those up to an end that match, in the order of the list: it takes the same time whatever is asked."""
    there = tuple_(*_place)
    within = there <= _here(end) if end.newer else there >= _here(end)
    near = _beyond(select(review.c.id), at).where(within).cte("near").prefix_with("materialized")
    reviews = select(review).join(near, near.c.id == review.c.id)
    conditions = [*_conditions(filters, zone), *_is_decided(filters)]
    return piece(_meeting_words(reviews, filters), conditions, at, size)


def matching(filters: Filters, zone: ZoneInfo) -> Select[Any]:
    """The ids of all reviews that match, in no order and however many: to be counted, or changed."""
    found = select(review.c.id).where(*_conditions(filters, zone), *_is_decided(filters))
    if has := _has_words(filters):
        found = found.join(review_search, review_search.c.review_id == review.c.id).where(and_(*has))
    return found


async def planned_rows(reader: Reader, statement: Select[Any]) -> int:
    """About how many rows a statement has, from the planner's statistics."""
    compiled = statement.compile(dialect=_dialect, compile_kwargs={"render_postcompile": True})
    explain = "explain (format json) " + str(compiled)
    plan = await reader.fetch_value(explain, compiled.params, limit_ms=ESTIMATE_LIMIT_MS)
    return int(plan[0]["Plan"]["Plan Rows"])


async def decisions_are_cut(reader: Reader, filters: Filters) -> bool:
    """Whether there are more decisions of this moderator, or for this reason, than are looked through."""
    if (decisions := _decisions(filters)) is None:
        return False
    beyond = decisions.order_by(event.c.id.desc()).offset(DECISIONS).limit(1).subquery()
    return bool(await reader.fetch_value(select(func.count()).select_from(beyond), limit_ms=ESTIMATE_LIMIT_MS))


def piece(reviews: Select[Any], conditions: Conditions, at: Cursor | None, size: int) -> Subquery:
    """The next rows of a list from a place on, in its order."""
    return _beyond(reviews, at).where(*conditions).order_by(*in_order(review, at)).limit(size).subquery("found")


def in_order(rows: Any, at: Cursor | None) -> list[ColumnElement[Any]]:
    """The order of the list, newest first; turned round where one goes back."""
    ascending = at is not None and at.newer
    return [column.asc() if ascending else column.desc() for column in (rows.c.written_at, rows.c.id)]


def _beyond(reviews: Select[Any], at: Cursor | None) -> Select[Any]:
    if at is None:
        return reviews
    there = tuple_(*_place)
    return reviews.where(there > _here(at) if at.newer else there < _here(at))


def _here(at: Cursor) -> ColumnElement[Any]:
    return tuple_(literal(at.written_at, review.c.written_at.type), literal(at.review_id, review.c.id.type))


_CONDITIONS: dict[str, Callable[[Any, ZoneInfo], ColumnElement[bool]]] = {
    "states": lambda states, _: review.c.state.in_([state.value for state in states]),
    "ratings": lambda ratings, _: review.c.rating.in_(ratings),
    "product_id": lambda product_id, _: review.c.product_id == product_id,
    "since": lambda day, zone: review.c.written_at >= _midnight(day, zone),
    "until": lambda day, zone: review.c.written_at < _midnight(day + timedelta(days=1), zone),
    "run_id": lambda run_id, _: review.c.source_run == run_id,
    "reported": lambda wanted, _: _open_report if wanted else ~_open_report,
    "photos": lambda wanted, _: (func.cardinality(review.c.photo_ids) > 0) == wanted,
    "verified": lambda wanted, _: _verified == int(wanted),
}


def _conditions(filters: Filters, zone: ZoneInfo) -> Conditions:
    """What a review's own row decides."""
    conditions = [_CONDITIONS[name](getattr(filters, name), zone) for name in filters.given if name in _CONDITIONS]
    return [*conditions, _mail == filters.reviewer.lower()] if filters.by_mail else conditions


def _side(filters: Filters) -> Conditions:
    """Whether only visible reviews are wanted, or only the others; nothing where both are."""
    sides = {state in VISIBLE for state in filters.states or ReviewState}
    return [] if len(sides) > 1 else [review.c.visible if True in sides else ~review.c.visible]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock.min, zone).astimezone(UTC)


def _has_words(filters: Filters) -> Conditions:
    """What the words of a review decide: those of the search, and those of its writer's name."""
    atelier: ColumnElement[Any] = literal_column("'atelier'::regconfig")
    queries: list[ColumnElement[Any]] = []
    if filters.text:
        queries.append(func.websearch_to_tsquery(atelier, filters.text))
    if filters.reviewer and not filters.by_mail:
        phrase = cast(func.phraseto_tsquery(atelier, filters.reviewer), postgresql.TEXT)
        # Names are the words of weight C (`search_document`).
        queries.append(cast(func.regexp_replace(phrase, r"'(?=\s|$)", "':C", "g"), postgresql.TSQUERY))
    has: Conditions = [review_search.c.document.op("@@")(query) for query in queries]
    return [*has, review_search.c.product_id == filters.product_id] if has and filters.product_id else has


def _meeting_words(reviews: Select[Any], filters: Filters) -> Select[Any]:
    """Look the words up review by review: `offset 0` keeps the planner from turning the walk into a search."""
    if not (has := _has_words(filters)):
        return reviews
    hit = (
        select(literal(1))
        .where(review_search.c.review_id == review.c.id, *has)
        .correlate(review)
        .offset(0)
        .lateral("hit")
    )
    return reviews.join(hit, true())


async def _rarest(reader: Reader, filters: Filters) -> tuple[str, Select[Any] | None]:
    """The smallest set of ids that an index gives by itself, and its name; none where all of them are common.

    The planner knows how many they are. To look most of them up it would still rather read the whole table, so
    functions do that which know better.
    """
    if (decided := _decided(filters)) is not None:
        return "decisions", select(decided.c.id)
    estimated: dict[str, Select[Any]] = {}
    looked_up: dict[str, Select[Any]] = {}
    if has := _has_words(filters):
        looked_up["words"] = estimated["words"] = select(review_search.c.review_id.label("id")).where(*has)
    if filters.by_mail:
        estimated["mail"] = select(review.c.id).where(_mail == filters.reviewer.lower())
        looked_up["mail"] = _given_by(func.reviews_by_mail(filters.reviewer))
    if filters.reported:
        waiting = select(moderation_case.c.review_id.label("id")).where(moderation_case.c.kind == "reported")
        looked_up["reported"] = estimated["reported"] = waiting
    if filters.run_id:
        estimated["run"] = select(review.c.id).where(review.c.source_run == filters.run_id)
        looked_up["run"] = _given_by(func.reviews_of_run(filters.run_id))
    if filters.verified:
        estimated["verified"] = select(review.c.id).where(_verified == 1)
        looked_up["verified"] = _given_by(func.reviews_verified())
    sizes = {name: await planned_rows(reader, ids) for name, ids in estimated.items()}
    name = min(sizes, key=sizes.__getitem__, default="")
    return (name, looked_up[name]) if name and sizes[name] <= COMMON else ("", None)


def _given_by(function: FunctionElement[Any]) -> Select[Any]:
    return select(function.table_valued("id").c.id)


def _decisions(filters: Filters) -> Select[Any] | None:
    """Decisions about reviews, of the moderator and for the reason asked for, that nobody has undone.

    One of a job is about as many reviews as it changed.
    """
    if not (filters.reason or filters.moderator_id):
        return None
    later = event.alias("later")
    changed = and_(review_before.c.event_id == event.c.id, event.c.subject_kind == "job")
    decisions = (
        select(func.coalesce(review_before.c.review_id, event.c.subject_id).label("id"))
        .select_from(event)
        .outerjoin(review_before, changed)
        .where(
            or_(event.c.subject_kind == "review", review_before.c.review_id.is_not(None)),
            event.c.action != "undo",
            ~exists().where(later.c.undoes == event.c.id, later.c.subject_kind == event.c.subject_kind),
        )
    )
    if filters.reason:
        decisions = decisions.where(event.c.reason == filters.reason)
    if filters.moderator_id:
        decisions = decisions.where(event.c.actor_kind == "user", event.c.actor_id == filters.moderator_id)
    return decisions


def _is_decided(filters: Filters) -> Conditions:
    """That a review is among them, however many they are."""
    if (decisions := _decisions(filters)) is None:
        return []
    return [review.c.id.in_(select(decisions.subquery("decisions").c.id))]


def _decided(filters: Filters) -> Subquery | None:
    """The reviews that the newest of those decisions were about, each once."""
    if (decisions := _decisions(filters)) is None:
        return None
    newest = decisions.order_by(event.c.id.desc()).limit(DECISIONS).subquery("newest")
    return select(newest.c.id).distinct().subquery("decided")
