"""What the list of runs is narrowed to, read from a URL and written back to it; and the runs that match."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self
from zoneinfo import ZoneInfo

from backend.domain.actors import Actor
from backend.domain.errors import Invalid
from backend.domain.imports import RunState
from backend.domain.roles import Permission
from backend.services.filters import LARGEST_ID, Field, Pairs, a_day, read, some_words, up_to
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("import_runs")
MOST_RUNS = 200
SHELL = "shell"

_user = up_to(LARGEST_ID)


def _who(value: str) -> int | str:
    return SHELL if value == SHELL else _user(value)


FIELDS = (
    Field("state", "states", RunState, list(RunState).index),
    Field("source", "source", some_words),
    Field("by", "by", _who),
    Field("from", "since", a_day),
    Field("to", "until", a_day),
)


@dataclass(frozen=True, slots=True)
class RunFilters:
    """Every field narrows; an empty one does not.

    `source` is a part of the address, `by` a colleague's id or `SHELL`; `since` and `until` are whole days of asking,
    both included, in the time zone of who looks.
    """

    states: tuple[RunState, ...] = ()
    source: str = ""
    by: int | str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The fields that narrow, in the order of the URL."""
        return tuple(field.attribute for field in FIELDS if getattr(self, field.attribute))

    def pairs(self) -> Pairs:
        """The query string's pairs."""
        return [(field.name, text) for field in FIELDS for text in field.written(getattr(self, field.attribute))]

    def without(self, attribute: str) -> Self:
        """The same with one field empty."""
        empty: dict[str, Any] = {attribute: type(self).__dataclass_fields__[attribute].default}
        return replace(self, **empty)


def parse_filters(pairs: Pairs) -> tuple[RunFilters, tuple[str, ...]]:
    """The filters of a query string, and the names of those parameters that mean nothing and were left out."""
    found, ignored = read(FIELDS, pairs)
    return RunFilters(**found), ignored


async def list_runs(
    reader: Reader,
    actor: Actor,
    filters: RunFilters | None = None,
    *,
    zone: ZoneInfo | None = None,
    before: int | None = None,
    count: int = 50,
) -> list[Row]:
    """Runs, newest first, with the sums of their files; `before` is the last id of the page before.

    `shares` are the records and the rejects of each file, in the order in which they are read.
    """
    actor.require(Permission.READ)
    if not 1 <= count <= MOST_RUNS:
        raise Invalid(f"A page has 1 to {MOST_RUNS} runs.")
    asked = filters or RunFilters()
    return await reader.fetch_all(
        queries["list_runs"],
        {
            "before": before,
            "count": count,
            "states": list(asked.states) or None,
            "source": asked.source,
            "shell": asked.by == SHELL,
            "user_id": None if asked.by == SHELL else asked.by,
            "since": asked.since,
            "until": asked.until,
            "zone": zone.key if zone else "UTC",
        },
    )


async def starters(reader: Reader, actor: Actor) -> list[Row]:
    """Who has ever asked for a run: id and name, by name."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["starters"])
