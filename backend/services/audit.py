"""The trace, read: who did what, to what, when and why. Nothing here changes anything."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.sql import SQL

from backend.domain.actors import Actor
from backend.domain.roles import Permission
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("audit")

PAGE = 50
LIMIT_MS = 400


@dataclass(frozen=True, slots=True)
class Filters:
    """What the trace is narrowed to; None: not by that. `actor_kind` is one that nobody in particular stands behind."""

    user_id: int | None = None
    actor_kind: str | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first, and the id before which the next page begins (None: there is none)."""

    rows: list[Row]
    older: int | None


async def page(
    reader: Reader, actor: Actor, filters: Filters, before: int | None, zone: ZoneInfo, *, size: int = PAGE
) -> Page:
    """A page of the trace. A day is one of the zone's. `TimedOut` where what was asked is too rare to be found quickly.

    What was done to people and keys is for those alone who may do it.
    """
    actor.require(Permission.READ)
    values: dict[str, Any] = {
        "user_id": filters.user_id,
        "actor_kind": filters.actor_kind,
        "action": filters.action,
        "subject_kind": filters.subject_kind,
        "subject_id": filters.subject_id,
        "before": before,
        "size": size + 1,
    }
    parts = {
        "of_user": filters.user_id is not None,
        "of_kind": filters.actor_kind is not None,
        "of_action": filters.action is not None,
        "about_kind": filters.subject_kind is not None,
        "about": filters.subject_id is not None,
        "not_of_people": not actor.may(Permission.PEOPLE),
        "on_day": filters.day is not None,
        "before": before is not None,
    }
    if filters.day is not None:
        day = _day(filters.day, zone)
        bounds = await reader.fetch_one(queries["day"], day, limit_ms=LIMIT_MS)
        if bounds is None or bounds["first"] is None:
            return Page([], None)
        values |= {**day, **bounds}
    where = SQL(" and ").join([SQL("true"), *(SQL(queries[name]) for name, wanted in parts.items() if wanted)])
    rows = await reader.fetch_all(SQL(queries["page"]).format(where=where), values, limit_ms=LIMIT_MS)
    return Page(rows[:size], rows[size - 1]["id"] if len(rows) > size else None)


async def people(reader: Reader, actor: Actor) -> list[Row]:
    """Whose deeds can be asked for: id and name of everybody."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["people"])


def _day(day: date, zone: ZoneInfo) -> dict[str, datetime]:
    """From midnight to midnight in a zone; a day of 23 or 25 hours is one, too."""
    return {
        "since": datetime.combine(day, time(), zone),
        "until": datetime.combine(day + timedelta(days=1), time(), zone),
    }
