"""What a receipt would come to: some samples before and after, and what moves in the storefronts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from backend.domain import bulk
from backend.domain.actors import Actor
from backend.domain.bulk import Change, Impossible, Move, Replace
from backend.domain.errors import TimedOut
from backend.domain.roles import Permission
from backend.domain.states import VISIBLE, ReviewState
from backend.services.bulk import receipts, running, scope
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("bulk")

SAMPLES = 10
LOOKED_AT = 1_000  # reviews that are gone through to say how many would change
AVERAGED = 20_000  # reviews whose products' averages are told
LIMIT_MS = 1_500
LEANS = 2.0  # times as many low ratings as there are among all: then it leans on unhappy customers
LOW = ("1", "2")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """A review as it is, what would differ, and why it could not be changed where that is so."""

    review: Row
    differs: dict[str, Any] = field(default_factory=dict)
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class Averages:
    """Up to ten products whose average moves most, of how many; `whole` when all of the scope was looked at."""

    rows: list[Row]
    products: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What would come of it. `unchanged`, `failed`, `stale` and `matches` are counts among those `looked_at`.

    `held` is how many of them which colleagues have open. `low` is the share of one and two stars in the scope when it
    leans on them, beside that `of_all`.
    """

    samples: list[Sample]
    looked_at: int
    unchanged: int
    failed: int
    stale: int
    matches: int
    held: dict[str, int]
    averages: Averages | None
    low: float | None = None
    of_all: float | None = None


async def foresee(reader: Reader, actor: Actor, receipt: Row) -> Impact:
    """Go through some of the scope, evenly spread (all of a small one), and say what would come of it."""
    actor.require(Permission.READ)
    changes = receipts.changes(receipt)
    versions = await _spread(reader, receipt["id"], LOOKED_AT)
    rows = await reader.fetch_all(queries["rows"], {"ids": sorted(versions)})
    known = await running.known_of(reader, rows, changes)
    seen = [_foreseen(changes, row, known) for row in rows if row["version"] == versions[row["id"]]]
    low = await _leaning(reader, receipt, changes)
    return Impact(
        samples=_evenly(seen, SAMPLES),
        looked_at=len(versions),
        unchanged=sum(not sample.differs and not sample.hindrance for sample in seen),
        failed=sum(bool(sample.hindrance) for sample in seen),
        stale=len(versions) - len(seen),
        held=dict(Counter((await running.held_by_others(reader, receipt, list(versions))).values())),
        matches=sum(
            len(change.matches(sample.review[name]))
            for change in changes
            if isinstance(change, Replace)
            for sample in seen
            for name in change.fields
            if sample.review[name]
        ),
        averages=await _averages(reader, receipt, changes),
        low=low[0] if low else None,
        of_all=low[1] if low else None,
    )


def _foreseen(changes: Sequence[Change], row: Row, known: bulk.Known) -> Sample:
    try:
        return Sample(row, bulk.applied(changes, row, known))
    except Impossible as why:
        return Sample(row, hindrance=str(why))


async def _spread(reader: Reader, bulk_id: int, most: int) -> dict[int, int]:
    """Ids with their frozen versions, from up to ten evenly spread parts."""
    places = await reader.fetch_all(queries["places"], {"bulk_id": bulk_id})
    lasts = [row["last"] for row in _evenly(places, SAMPLES)]
    parts = await reader.fetch_all(queries["parts_at"], {"bulk_id": bulk_id, "lasts": lasts})
    pairs = [pair for part in parts for pair in zip(part["ids"], part["versions"], strict=True)]
    return dict(_evenly(pairs, most))


async def _averages(reader: Reader, receipt: Row, changes: Sequence[Change]) -> Averages | None:
    """None where no change moves one, or it takes too long to say."""
    becomes: dict[str, Any] = {"visible": None, "rating": None, "product_id": None}
    for change in changes:
        columns = change.alike or {}
        if "state" in columns:
            becomes["visible"] = ReviewState(columns["state"]) in VISIBLE
        if "rating" in columns:
            becomes["rating"] = columns["rating"]
        if isinstance(change, Move):
            becomes["product_id"] = change.product_id
    if all(value is None for value in becomes.values()):
        return None
    try:
        rows = await reader.fetch_all(
            queries["averages"],
            {"bulk_id": receipt["id"], "parts": AVERAGED // scope.PART, **becomes},
            limit_ms=LIMIT_MS,
        )
    except TimedOut:
        return None
    return Averages(rows, rows[0]["products"] if rows else 0, receipt["total"] <= AVERAGED)


async def _leaning(reader: Reader, receipt: Row, changes: Sequence[Change]) -> tuple[float, float] | None:
    """The share of low ratings here and among all, where the change hides far more of them than of others."""
    if not any((change.alike or {}).get("state") == ReviewState.HIDDEN.value for change in changes):
        return None
    facts: dict[str, int] = receipt["facts"]
    together = sum(facts.values())
    low = sum(count for fact, count in facts.items() if fact.rpartition(" ")[2] in LOW)
    of_all = await reader.fetch_value(queries["low_share"]) or 0.0
    share = low / together if together else 0.0
    return (share, of_all) if share > max(LEANS * of_all, 0.5) else None


def _evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of them, evenly spread, the first among them."""
    if len(items) <= most:
        return list(items)
    return [items[number * len(items) // most] for number in range(most)]
