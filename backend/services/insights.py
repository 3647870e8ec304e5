"""How moderation goes: the queue's age and throughput, what is refused, by whom, and of how many stars; reviews by day.

All but what waits now is read from tallies, so that it costs as much with a million reviews as with a hundred.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.domain import waiting
from backend.domain.actors import Actor
from backend.domain.fairness import Lean, leaning
from backend.domain.roles import Permission
from backend.services.periods import Period
from backend.services.tallying import DECISIONS, REVIEWS
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("insights")
tallies = sql.load("tallies")

LIMIT_MS = 1_000
MOST_WAITING = 10_000  # of a kind are counted


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits now (`waiting` and `oldest` by kind), and by day what was opened and decided.

    A day has: day, reported, held (cases opened), refused, stood (decided by people). `median` is the time from a
    case's opening to its decision, in seconds, None where none was decided.
    """

    waiting: dict[str, Row]
    days: list[Row]
    median: float | None

    def sum(self, *names: str) -> int:
        """Over all days."""
        return sum(day[name] for day in self.days for name in names)


@dataclass(frozen=True, slots=True)
class Stars:
    """What people judged, a row for each number of stars: rating, refused, stood; and whether refusals lean."""

    rows: list[Row]
    lean: Lean | None


@dataclass(frozen=True, slots=True)
class Insights:
    """Every figure of a period. `counted` says up to when decisions and reviews were counted, None where never yet."""

    period: Period
    queue: Queue
    reasons: list[Row]
    deciders: list[Row]
    stars: Stars
    written: list[Row]
    counted: dict[str, datetime | None]


async def all_of(reader: Reader, actor: Actor, period: Period) -> Insights:
    """Every figure of a period; they are read side by side."""
    found = await asyncio.gather(
        queue(reader, actor, period),
        reasons(reader, actor, period),
        deciders(reader, actor, period),
        stars(reader, actor, period),
        written(reader, actor, period),
        counted(reader, actor),
    )
    return Insights(period, *found)


async def queue(reader: Reader, actor: Actor, period: Period) -> Queue:
    """The queue's age and throughput."""
    waiting_now = await rows(reader, actor, "waiting", {"most": MOST_WAITING + 1})
    opened = await rows(reader, actor, "opened", period.bounds())
    decided = await rows(reader, actor, "decided", period.bounds())
    return Queue(
        {row["kind"]: row for row in waiting_now},
        by_day(period, [*opened, *decided], ("reported", "held", "refused", "stood")),
        await median_wait(reader, actor, period),
    )


async def median_wait(reader: Reader, actor: Actor, period: Period) -> float | None:
    """From a case's opening to its decision, in seconds."""
    steps = await rows(reader, actor, "waits", period.bounds())
    return waiting.median({row["step"]: row["decisions"] for row in steps})


async def reasons(reader: Reader, actor: Actor, period: Period) -> list[Row]:
    """Refusals by reason, most first: code, title and explanation (None without a reason), refused."""
    return await rows(reader, actor, "reasons", period.bounds())


async def deciders(reader: Reader, actor: Actor, period: Period) -> list[Row]:
    """Who decided: actor_kind, user_id, name, left_us, and how often each outcome."""
    return await rows(reader, actor, "deciders", period.bounds())


async def stars(reader: Reader, actor: Actor, period: Period) -> Stars:
    """Refusals by star rating."""
    found = await rows(reader, actor, "stars", period.bounds())
    refused, judged = [row["refused"] for row in found], [row["refused"] + row["stood"] for row in found]
    return Stars(found, leaning(refused, judged))


async def written(reader: Reader, actor: Actor, period: Period) -> list[Row]:
    """Reviews by the day they were written, delivered and born here. Reaches back a quarter of a year."""
    return by_day(period, await rows(reader, actor, "written", period.bounds()), ("delivered", "born"))


async def counted(reader: Reader, actor: Actor) -> dict[str, datetime | None]:
    """Up to when `decisions` and `reviews` were counted."""
    actor.require(Permission.READ)
    marks = {row["name"]: row["upto"] for row in await reader.fetch_all(tallies["marks"])}
    return {name: marks.get(name) for name in (DECISIONS, REVIEWS)}


def by_day(period: Period, found: list[Row], names: tuple[str, ...]) -> list[Row]:
    """A row for every day of a period, out of rows that have the day's number; 0 where nothing was counted."""
    days: list[Row] = [{"day": day, **dict.fromkeys(names, 0)} for day in period.days]
    for row in found:
        days[row["number"] - 1].update({name: row[name] for name in names if name in row})
    return days


async def rows(reader: Reader, actor: Actor, name: str, params: dict[str, Any]) -> list[Row]:
    """What a statement of this page's finds, for who may read."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries[name], params, limit_ms=LIMIT_MS)
