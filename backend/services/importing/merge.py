"""Bringing what a run has staged into the live tables: as sets, in bounded transactions, by one worker or by several.

Each transaction takes a range of ids: a row of `import_range` that it locks and deletes. It writes rows, rollups,
before-images and counts together with that: whatever ends a worker, its range is there again, and nothing counts twice.
A dry run goes the same way, with its helpers, and leaves out what locks and writes.
Locks are taken reviews by id first, then rollups by product, as everywhere, so that two ranges do not block each other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
import structlog
from psycopg.sql import SQL

from backend.domain.states import DECIDED
from backend.services.importing import progress, shelves, words
from backend.services.importing.again import again
from backend.services.importing.staged import Run
from backend.store import pages, sql
from backend.store.connections import insisted
from backend.store.database import Database, Row, Writer

log = structlog.get_logger()
_relate = sql.load("import_relate")
_share = sql.load("import_share")
_merge = {**sql.load("import_catalogue"), **sql.load("import_merge")}
_runs = sql.load("import_runs")

# Ids a transaction: its locks are held for about a second.
BATCH = 10_000
SHELVED = 400  # products a transaction whose shelves are merged: of each there are some 26 rows, and a page to make
# Seconds between looks while others hold the last ranges of a step.
LOOK = 0.1
LANES = 2  # ranges that one worker merges at once, each in one process of the server
HELPERS = 3  # further workers: more than a few only queue for the same disk
Db = psycopg.Connection[Any]
OnBatch = Callable[[int], None]
GiveWay = Callable[[], Awaitable[None]]


class _Rest(Enum):
    """Why nothing was merged just now."""

    DONE = "nothing is left"
    HELD = "others hold what is left"
    LOST = "what was staged is gone"


async def relate(database: Database, run: Run) -> None:
    """Mark staged rows whose relations fail, count what is to merge, and cut it into ranges where that was not done."""
    async with database.write() as writer:
        await insisted(writer.connection, _related(writer, run))


async def _related(writer: Writer, run: Run) -> None:
    for name in ("characteristics", "photos", "ratings"):
        await writer.execute(run.statement(_relate[name]), {"run_id": run.id})
    await shelves.relate(writer, run)
    # Where most of what was staged belongs to nothing, the planner would go on to expect all of it.
    for fmt in ("characteristics", "photos", "characteristic_ratings"):
        await writer.execute(SQL("analyze {}").format(run.table(fmt)))
    total = await writer.fetch_value(run.statement(_relate["to_merge"]))
    await writer.execute(_runs["set_total"], {"run_id": run.id, "total": total})
    await writer.execute(_runs["reserve_events"], {"run_id": run.id})
    if not await progress.has_reached(writer, run.id, "ranges"):
        sizes = {"size": BATCH, "shelved": SHELVED}
        await writer.execute(run.statement(_share["make_ranges"]), {"run_id": run.id, **sizes})
        await progress.reach(writer, run.id, "ranges")
    await writer.execute(run.statement(_share["make_ready"]))


async def merge(database: Database, run: Run, on_batch: OnBatch, give_way: GiveWay) -> bool:
    """Products, characteristics, reviews with their photos and ratings, then the shelves, until no range is left.

    Several may do it at once, each where the others are not; all return when all of it is merged. False when what was
    staged is gone: the run has ended, or its database has crashed. `on_batch` is told the rows merged by all so far;
    between two ranges each lane may `give_way` to others.
    """
    lanes = [asyncio.create_task(_lane(database, run, on_batch, give_way)) for _ in range(LANES)]
    try:
        return all(await asyncio.gather(*lanes))
    finally:
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)


async def _lane(database: Database, run: Run, on_batch: OnBatch, give_way: GiveWay) -> bool:
    while True:
        try:
            rest = await again(lambda: _range(database, run, on_batch))
        except psycopg.errors.UndefinedTable:
            return False
        if rest is _Rest.HELD:
            await asyncio.sleep(LOOK)
        elif rest is not None:
            return rest is _Rest.DONE
        else:
            await give_way()


async def ask_for_help(database: Database, run: Run) -> None:
    """Ask further workers to merge along, as many as there are and are of use."""
    async with database.write() as writer:
        wanted = await writer.fetch_value(_runs["help_wanted"], {"run_id": run.id, "most": HELPERS})
        for _ in range(wanted):
            await writer.defer("help_import", queue="imports", run_id=run.id)
    log.debug("help asked", run=run.id, workers=max(wanted, 0))


def brings_much(db: Db, run: Run) -> bool:
    """Whether it brings something else than facts of more than a hundredth of the products."""
    values = {"run_id": run.id, "step": _SHELVES, "shelved": SHELVED}
    return db.execute(_share["is_much"], values).fetchone() == (True,)


async def leave_shelves(writer: Writer, run: Run) -> None:
    """Take what only belongs to products out of the merge: it is put on the shelves as a whole, afterwards."""
    await writer.execute(_share["forget_step"], {"run_id": run.id, "step": _SHELVES})


async def refresh_statistics(database: Database, run: Run) -> None:
    """Tell the planner what has changed, where that is much: it sees the rest by itself, later."""
    async with database.write() as writer:
        await writer.execute(_runs["refresh_statistics"], {"run_id": run.id})


async def _range(database: Database, run: Run, on_batch: OnBatch) -> _Rest | None:
    """Merge the next range; why there was none to take, or None."""
    async with database.write() as writer:
        rest, merged = await insisted(writer.connection, _next(writer, run))
    if rest is None:
        log.debug("range merged", run=run.id, rows_so_far=merged)
    if rest is not _Rest.LOST:
        on_batch(merged)
    return rest


async def _next(writer: Writer, run: Run) -> tuple[_Rest | None, int]:
    # The lock it takes on that table keeps what is staged until this transaction ends.
    if not await writer.fetch_value(run.statement(_share["is_ready"])):
        return _Rest.LOST, 0
    if batch := await writer.fetch_one(_share["claim"], {"run_id": run.id}):
        rows = await _batch(writer, run, batch)
        return None, await progress.count_merged(writer, run.id, rows)
    (far,) = await writer.fetch_all(_share["far"], {"run_id": run.id})
    return _Rest.HELD if far["is_left"] else _Rest.DONE, far["merged_rows"]


async def _batch(writer: Writer, run: Run, batch: Row) -> int:
    """Merge a range, or only judge it where the run is a dry one; its rows."""
    values = {"run_id": run.id, "after": batch["after"], "upto": batch["upto"]}
    if batch["step"] == _SHELVES:
        counted = await shelves.merge(writer, run, values, dry=batch["dry"])
    else:
        counted = await _stepped(writer, run, STEPS[batch["step"]], {**_RULES, **values}, dry=batch["dry"])
    # At last, because other lanes wait for these rows: the run's, then its files'.
    for counts in sorted(counted, key=lambda counts: int(counts["file_id"])):
        await writer.execute(_merge["add_counts"], counts)
    return sum(counts["rows"] for counts in counted)


async def _stepped(writer: Writer, run: Run, step: "_Step", values: dict[str, Any], *, dry: bool) -> list[Row]:
    """What a step does with a range; its counts by file."""
    for name in step.judge if dry else (*step.lock, *step.judge, *step.write):
        await writer.execute(run.statement(_merge[name]), values)
    if step is _PRODUCTS and not dry:
        await pages.write(writer, [row["id"] for row in await writer.fetch_all(_merge["changed_products"])])
    counted: list[Row] = []
    for name in step.count:
        counted += await writer.fetch_all(run.statement(_merge[name]), values)
    if step is _REVIEWS and not dry:
        await words.note_due(writer, run.id)
    return counted


@dataclass(frozen=True, slots=True)
class _Step:
    """What is done with a range, statement by statement. A dry run only judges and counts."""

    lock: tuple[str, ...]
    judge: tuple[str, ...]
    write: tuple[str, ...]
    count: tuple[str, ...]


_PRODUCTS = _Step(
    lock=("lock_products",),
    judge=("judge_products",),
    write=("write_products",),
    count=("count_judged",),
)
_CHARACTERISTICS = _Step(
    lock=("lock_characteristics",),
    judge=("judge_characteristics",),
    write=("stub_products", "write_characteristics"),
    count=("count_judged",),
)
_REVIEWS = _Step(
    lock=("lock_reviews",),
    judge=("make_batch", "make_before", "settle_unchanged", "orphan_photos", "orphan_ratings"),
    write=(
        "stub_products_of_reviews",
        "insert_reviews",
        "open_cases",
        "update_reviews",
        "move_cases",
        "make_moves",
        "count_rollups",
        "make_stale",
    ),
    count=("count_reviews", "count_photos", "count_ratings"),
)
STEPS = {1: _PRODUCTS, 2: _CHARACTERISTICS, 3: _REVIEWS}
_SHELVES = 4
# What the domain says and the statements ask.
_RULES: dict[str, Any] = {"decided": [state.value for state in DECIDED]}
