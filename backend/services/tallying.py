"""Counting ahead what pages of figures show, so that they need not count on being asked. What the worker does."""

import time
from datetime import UTC, datetime, timedelta

from backend.domain.waiting import STEP
from backend.store import sql
from backend.store.database import Database, Row, Writer
from backend.store.tables.base import BORN_HERE

queries = sql.load("tallies")

DECISIONS, REVIEWS = "decisions", "reviews"
KEPT = timedelta(days=92)  # of reviews: the longest period, and a day for the zones on either side
GRACE = 1.0  # seconds
RESTS = 100  # times as long as counting the reviews took, so that it costs a hundredth at most


async def tally(database: Database) -> None:
    """Count the decisions and cases that came since the last time, and the reviews anew when it is their turn."""
    async with database.write() as writer:
        await count_decisions(writer)
    async with database.write() as writer:
        await count_reviews(writer)


async def count_decisions(writer: Writer, grace: float = GRACE) -> None:
    """Count each decision and each case once, up to the moment before which nothing can come any more."""
    since = (await _mark(writer, DECISIONS))["upto"]
    upto = await writer.fetch_value(queries["horizon"], {"grace": grace})
    if upto <= since:
        return
    began = time.perf_counter()
    await writer.execute(queries["tally_decisions"], {"since": since, "upto": upto, "step": STEP})
    await writer.execute(queries["tally_cases"], {"since": since, "upto": upto})
    await _put_mark(writer, DECISIONS, upto, began)


async def count_reviews(writer: Writer) -> None:
    """Count the reviews of the last months by when they were written, unless that was done a moment ago.

    They come and go with imports and rollbacks: counting anew needs no account of that, and mends itself.
    """
    mark, now = await _mark(writer, REVIEWS), datetime.now(UTC)
    if now - mark["upto"] < timedelta(seconds=RESTS * mark["seconds"]):
        return
    began = time.perf_counter()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    await writer.execute(queries["tally_reviews"], {"since": midnight - KEPT, "born": BORN_HERE})
    await _put_mark(writer, REVIEWS, now, began)


async def _mark(writer: Writer, name: str) -> Row:
    mark = await writer.fetch_one(queries["lock_mark"], {"name": name})
    assert mark is not None
    return mark


async def _put_mark(writer: Writer, name: str, upto: datetime, began: float) -> None:
    await writer.execute(queries["put_mark"], {"name": name, "upto": upto, "seconds": time.perf_counter() - began})
