"""Bulk changes as jobs: freezing what they are about, running them, taking them back."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

import psycopg

from backend.domain.jobs import Wish
from backend.jobs.pace import Pace
from backend.services import jobs
from backend.services.bulk import receipts, running, scope
from backend.services.bulk.running import Step
from backend.services.importing.again import again
from backend.settings import Settings
from backend.store.database import Database, Row, Writer

LANES = 2  # transactions beside each other, each in one process of the server
GoOn = Callable[[Writer, int, int], Awaitable[Step]]


async def freeze(database: Database, settings: Settings, job: Row) -> Wish | None:
    """Freeze all reviews that match, a window of ids a transaction."""
    del settings
    bulk_id = job["options"]["bulk"]
    while True:
        async with database.write() as writer:
            receipt = await receipts.locked(writer, bulk_id)
            filters = receipts.filters_of(receipt)
            if receipt["frozen_at"] is not None or filters is None:
                return None
            zone = ZoneInfo(receipt["zone"])
            rows = await scope.freeze_on(writer, bulk_id, filters, zone, receipt["upto"])
            wish = await jobs.advance(writer, job["id"], done=rows or 0)
        if rows is None or wish:
            return wish if rows is not None else None


async def run(database: Database, settings: Settings, job: Row, pace: Pace | None = None) -> Wish | None:
    """Change what the receipt says, in lanes beside each other."""
    del settings
    wish = await _step_by_step(database, job, running.go_on, pace or Pace(database))
    if wish is None:
        async with database.write() as writer:
            await running.finish(writer, job["options"]["bulk"])
    return wish


async def revert(database: Database, settings: Settings, job: Row, pace: Pace | None = None) -> Wish | None:
    """Take back what a bulk change did, in lanes, too."""
    del settings
    bulk_id, more = job["options"]["bulk"], True
    while more:
        async with database.write() as writer:
            more = await running.lay_out_revert(writer, bulk_id)
    wish = await _step_by_step(database, job, running.revert_on, pace or Pace(database))
    if wish is None:
        async with database.write() as writer:
            await running.finish_revert(writer, bulk_id)
    return wish


async def _step_by_step(database: Database, job: Row, go_on: GoOn, pace: Pace) -> Wish | None:
    """One transaction after the other in each lane, until nothing is left or somebody wishes otherwise."""
    await pace.learn()
    going = [asyncio.create_task(_lane(database, job, go_on, pace)) for _ in range(LANES)]
    try:
        wishes = await asyncio.gather(*going)
    finally:
        for lane in going:
            lane.cancel()
        await asyncio.gather(*going, return_exceptions=True)
    async with database.write() as writer:
        told = f"{pace.transactions:,} transactions, the longest {pace.longest * 1000:.0f} ms."
        if pace.broken_off:
            told += f" {pace.broken_off:,} more took too long and were done again with fewer reviews."
        if pace.rested:
            told += f" It rested for {pace.rested:.1f} s, for readers waited."
        await jobs.note(writer, job["id"], told)
    return next((wish for wish in wishes if wish), None)


async def _lane(database: Database, job: Row, go_on: GoOn, pace: Pace) -> Wish | None:
    while True:
        watching = asyncio.create_task(pace.watch())
        try:
            began = time.perf_counter()
            try:
                step, wish = await again(lambda: _step(database, job, go_on, pace))
            except psycopg.errors.QueryCanceled:
                pace.broke_off(time.perf_counter() - began)
                continue
            if step.done or wish:
                return wish if not step.done else None
            await pace.went(time.perf_counter() - began, await watching)
        finally:
            watching.cancel()


async def _step(database: Database, job: Row, go_on: GoOn, pace: Pace) -> tuple[Step, Wish | None]:
    """One transaction; `QueryCanceled` where one of its statements takes longer than the pace has patience."""
    async with database.write() as writer:
        limit = f"{pace.patience * 1000:.0f}"
        await writer.fetch_value("select set_config('statement_timeout', %s, true)", (limit,))
        step = await go_on(writer, job["options"]["bulk"], pace.size)
        wish = await jobs.advance(writer, job["id"], done=step.rows, counts=step.counts)
    return step, wish
