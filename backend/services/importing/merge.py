"""Bringing what a run has staged into the live tables: as sets, in bounded transactions, each with its checkpoint.

Locks are taken reviews by id first, then rollups by product, as everywhere. A transaction writes rows, rollups,
before-images, counts and the checkpoint together: whatever ends the worker, a run goes on behind its last batch and
counts nothing twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.sql import SQL, Composed, Identifier

from backend.domain.imports import STAGED, staging_table
from backend.domain.states import DECIDED
from backend.services.importing import progress, words
from backend.store import sql
from backend.store.database import Database, Writer

_relate = sql.load("import_relate")
_merge = sql.load("import_merge")
_runs = sql.load("import_runs")

# Ids a transaction: its locks are held for about a second.
BATCH = 10_000
# What a person may have edited and a delivery must then leave alone.
CONTENT = (
    "product_id", "rating", "written_at", "summary", "body", "recommend", "reviewer_name", "reviewer_email", "response",
    "photo_ids", "photo_urls", "ratings",
)  # fmt: skip
OnBatch = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """A run in the merge. `checkpoint` is how far each stage was when the worker took it up."""

    id: int
    checkpoint: dict[str, int]

    def statement(self, text: LiteralString) -> Composed:
        """A statement with the run's staging tables in its braces."""
        names = {("ratings" if fmt == "characteristic_ratings" else fmt): self._table(fmt) for fmt in STAGED}
        return SQL(text).format(**names)

    def _table(self, fmt: str) -> Identifier:
        return Identifier("staging", staging_table(fmt, self.id))


async def relate(database: Database, run: Run) -> None:
    """Mark staged rows whose relations fail, and count what is left to merge."""
    async with database.write() as writer:
        for name in ("characteristics", "photos", "ratings"):
            await writer.execute(run.statement(_relate[name]), {"run_id": run.id})
        total = await writer.fetch_value(run.statement(_relate["to_merge"]))
        await writer.execute(_runs["set_total"], {"run_id": run.id, "total": total})
        await writer.execute(_runs["reserve_events"], {"run_id": run.id})


async def merge(database: Database, run: Run, on_batch: OnBatch) -> None:
    """Products, then characteristics, then reviews with their photos and ratings."""
    for stage, step in (("products", _products), ("characteristics", _characteristics), ("reviews", _reviews)):
        async for batch in _batches(database, run, stage, f"{stage[:-1]}_ranges"):
            async with database.write() as writer:
                rows = await step(writer, run, batch)
                await progress.reach(writer, run.id, stage, batch["upto"], rows)
            on_batch(stage, rows)


async def refresh_statistics(database: Database) -> None:
    """Tell the planner what has changed."""
    async with database.write() as writer:
        await writer.execute(_runs["refresh_statistics"])


async def _batches(database: Database, run: Run, stage: str, ranges: str) -> AsyncIterator[dict[str, int]]:
    after = run.checkpoint.get(stage, 0)
    async with database.write() as writer:
        ends = await writer.fetch_all(run.statement(_merge[ranges]), {"size": BATCH})
    for end in ends:
        if end["upto"] > after:
            yield {"after": after, "upto": end["upto"]}
            after = end["upto"]


Step = Callable[[Writer, Run, dict[str, int]], Awaitable[int]]


async def _products(writer: Writer, run: Run, batch: dict[str, int]) -> int:
    return await _counted(writer, run, "merge_products", batch)


async def _characteristics(writer: Writer, run: Run, batch: dict[str, int]) -> int:
    await writer.execute(run.statement(_merge["stub_products_of_characteristics"]), {**batch, "run_id": run.id})
    return await _counted(writer, run, "merge_characteristics", batch)


async def _reviews(writer: Writer, run: Run, batch: dict[str, int]) -> int:
    values: dict[str, Any] = {
        **batch,
        "run_id": run.id,
        "decided": [state.value for state in DECIDED],
        "content": list(CONTENT),
    }
    for name in (
        "lock_reviews",
        "make_batch",
        "make_before",
        "settle_unchanged",
        "stub_products_of_reviews",
        "insert_reviews",
        "open_cases",
        "update_reviews",
        "move_cases",
        "make_moves",
        "count_rollups",
        "make_stale",
        "orphan_photos",
        "orphan_ratings",
    ):
        await writer.execute(run.statement(_merge[name]), values)
    rows = 0
    for name in ("count_reviews", "count_photos", "count_ratings"):
        rows += await _counted(writer, run, name, values)
    await words.note_due(writer, run.id)
    return rows


async def _counted(writer: Writer, run: Run, name: str, values: dict[str, Any]) -> int:
    """Run a statement that gives counts by file, and add them to the files; the rows in all."""
    rows = 0
    for counts in await writer.fetch_all(run.statement(_merge[name]), {**values, "run_id": run.id}):
        await writer.execute(_merge["add_counts"], counts)
        rows += counts["rows"]
    return rows
