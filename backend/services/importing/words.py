"""The search words of what a run has written: indexed when the run is live, a few thousand reviews a transaction.

What is to be indexed is *due*, a row of `search_due` for each transaction. It is noted in the transaction that writes
the reviews and goes in the one that indexes them, so a worker that dies leaves no review without words for ever.
"""

import asyncio
import time
from collections.abc import Callable

from backend.services.importing.again import again
from backend.store import sql
from backend.store.database import Database, Reader, Writer

queries = sql.load("words")

# Reviews a transaction: half a second of work.
BATCH = 2_000
OnBatch = Callable[[int], None]


async def note_due(writer: Writer, run_id: int) -> None:
    """The reviews in the table `stale` (ids, of this transaction) are due; words they had are no longer theirs."""
    await writer.execute(queries["note_due"], {"run_id": run_id, "words": BATCH})


async def all_due(writer: Writer, run_id: int, reviews: int) -> None:
    """All of the reviews that there are now are due, `reviews` in number (the progress goes by it)."""
    await writer.execute(queries["all_due"], {"run_id": run_id, "reviews": reviews, "words": BATCH})


async def begin_anew(writer: Writer, run_id: int) -> None:
    """Count the progress of a run's words from here: what it makes due from now on is another work."""
    await writer.execute(queries["begin_anew"], {"run_id": run_id})


async def ask(writer: Writer) -> None:
    """Ask for a worker to index what is due, if anything is and no run goes on that makes more."""
    if await writer.fetch_value(queries["is_due"]):
        await writer.defer("index_words", queue="chores")


async def left(reader: Reader, run_id: int | None = None) -> int:
    """How many reviews still wait for their words; of one run where it is given."""
    found: int = await reader.fetch_value(queries["left"], {"run_id": run_id})
    return found


async def index(database: Database, on_batch: OnBatch | None = None, *, gently: bool = False) -> None:
    """Index what is due until nothing is; several may do it at once. `on_batch` is told of how many reviews.

    `gently` pauses after each transaction as long as it took: half of one connection's time is the readers'.
    """
    while True:
        began = time.monotonic()
        done = await again(lambda: _batch(database))
        if done is None:
            return
        if on_batch:
            on_batch(done)
        if gently:
            await asyncio.sleep(time.monotonic() - began)


async def _batch(database: Database) -> int | None:
    async with database.write() as writer:
        due = await writer.fetch_one(queries["claim"])
        if due is None:
            return None
        ids = due["ids"]
        if ids is None:
            ids = [row["id"] for row in await writer.fetch_all(queries["ids_between"], due)]
        await writer.execute(queries["index"], {"ids": ids})
        return int(due["reviews"])
