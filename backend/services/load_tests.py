"""Load tests that were kept: adding one, looking at them, and what two of them have in common."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.domain.load_tests import LoadTest
from backend.domain.roles import Permission
from backend.store import sql
from backend.store.database import Reader, Row, Writer

queries = sql.load("load_tests")

PAGE = 25
LATEST = 3  # stand beside the live numbers
OFFERED = 50  # to compare with


async def store(writer: Writer, actor: Actor, test: LoadTest) -> int:
    """Keep what a load test came to; its number. The row itself is the trace: nobody can change or delete it."""
    actor.require(Permission.IMPORT)
    total = test.total
    number: int = await writer.fetch_value(
        queries["store"],
        {
            "began_at": test.began_at,
            "ended_at": test.ended_at,
            "asked_by": test.asked_by,
            "host": test.host,
            "version": test.version,
            "shape": test.shape,
            "options": Jsonb(dict(test.options)),
            "partial": test.partial,
            "held": test.held,
            "requests": total.requests,
            "errors": total.errors,
            "rate": total.rate,
            "p50": total.p50,
            "p95": total.p95,
            "p99": total.p99,
            "ceiling": test.ceiling,
            "names": _rows(test.names),
            "course": _rows(test.course),
            "thresholds": _rows(test.thresholds),
            "faults": _rows(test.faults),
        },
    )
    return number


async def page(
    reader: Reader, actor: Actor, before: int | None = None, size: int = PAGE
) -> tuple[list[Row], int | None]:
    """Load tests, newest first, of those before a number; and the number before which the next page begins, if any."""
    actor.require(Permission.READ)
    rows = await reader.fetch_all(queries["page"], {"before": before, "size": size + 1})
    return rows[:size], rows[size - 1]["id"] if len(rows) > size else None


async def latest(reader: Reader, actor: Actor) -> list[Row]:
    """The last few, newest first, as the page of the system shows them beside the live numbers."""
    rows, _ = await page(reader, actor, size=LATEST)
    return rows


async def one(reader: Reader, actor: Actor, number: int) -> Row:
    """One load test with its figures by request; raise `NotFound` where there is none of this number."""
    actor.require(Permission.READ)
    found = await reader.fetch_one(queries["one"], {"id": number})
    if found is None:
        raise NotFound(f"There is no load test {number}.")
    return found


def _rows(several: Sequence[Any]) -> Jsonb:
    return Jsonb([asdict(each) for each in several])
