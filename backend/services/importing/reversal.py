"""Rolling a run back: what it inserted goes, what it updated gets its before-image, what was changed since stays.

As in the merge, a transaction takes rows, rollups, counts and the checkpoint together, and locks reviews by id
first. A row that somebody changed since, voted for or reported is kept, and counted by who did it.
"""

from collections.abc import AsyncIterator
from typing import LiteralString

from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.imports import REVERSIBLE, RunState
from backend.domain.roles import Permission
from backend.services.importing import orphans, progress, unshelving, words
from backend.store import pages, sql, trace
from backend.store.database import Database, Row, Writer

queries = {**sql.load("import_reverse"), **sql.load("import_reverse_catalogue")}
_merge = sql.load("import_merge")
_runs = sql.load("import_runs")

# Rows a transaction: it ends within a second, so that a rollback that is cancelled ends within two.
BATCH = 2_000
# What refers to others goes first.
KINDS = (*unshelving.KINDS, "reviews", "characteristics", "products")

_REVIEWS = (
    queries["keep_before"],
    queries["restore_reviews"],
    queries["move_cases"],
    queries["make_moves"],
    _merge["count_rollups"],
    queries["make_stale"],
)


async def roll_back(writer: Writer, actor: Actor, run_id: int, *, queue: bool = True) -> None:
    """Ask for the rollback of a run that has ended, and for a worker to do it (without `queue` the caller does it)."""
    actor.require(Permission.IMPORT)
    state = await writer.fetch_value(_runs["state"], {"run_id": run_id})
    if state is None:
        raise NotFound(f"There is no run {run_id}.")
    if state not in REVERSIBLE:
        raise Conflict(f"Run {run_id} cannot be rolled back: it is {state}.")
    if await writer.fetch_value(_runs["is_dry"], {"run_id": run_id}):
        raise Conflict(f"Run {run_id} was a dry run: it wrote nothing, so there is nothing to take back.")
    if await writer.fetch_value(queries["too_old"], {"run_id": run_id}):
        raise Conflict(f"Run {run_id} can no longer be rolled back: what was there before is kept for 30 days.")
    asked = {
        "run_id": run_id,
        "user_id": actor.id if actor.kind == "user" else None,
        "shell": not queue,
        "reversible": sorted(REVERSIBLE),
    }
    if await writer.fetch_value(queries["ask"], asked) is None:
        raise Conflict(f"Somebody else has just begun to roll run {run_id} back.")
    await trace.record(writer, actor, "request-rollback", ("run", run_id))
    if queue:
        await writer.defer("rollback", queue="imports", lock="import", run_id=run_id)


async def begin(database: Database, run_id: int) -> Row | None:
    """List what is to be reversed, from the checkpoint on; None where nothing is asked for any more."""
    async with database.write() as writer:
        run = await writer.fetch_one(queries["run"], {"run_id": run_id})
        if run is None:
            return None
        await progress.enter(writer, run_id, "reverse")
        await writer.execute(queries["reserve_events"], {"run_id": run_id})
        await words.begin_anew(writer, run_id)
    # Apart: making the list takes long on a large system, and meanwhile the run's row is free for whoever cancels.
    async with database.write() as writer:
        await writer.execute(_listed(queries["drop_list"], run_id))
        after = {kind: run["checkpoint"].get(f"reverse_{kind}", 0) for kind in KINDS}
        await writer.execute(_listed(queries["make_list"], run_id), {"run_id": run_id, "after": Jsonb(after)})
        await writer.execute(_listed(queries["index_list"], run_id))
        await writer.execute(_listed(queries["analyze_list"], run_id))
        rows = await writer.fetch_value(_listed(queries["count_list"], run_id))
        await writer.execute(queries["set_total"], {"run_id": run_id, "rows": rows})
        return await writer.fetch_one(queries["run"], {"run_id": run_id})


async def reverse(database: Database, run_id: int) -> AsyncIterator[int]:
    """Reverse what is listed; gives the rows of each batch when it is committed."""
    for kind in KINDS:
        after = 0
        async with database.write() as writer:
            ranges = await writer.fetch_all(_listed(queries["ranges"], run_id), {"kind": kind, "size": BATCH})
        for each in ranges:
            values = {"run_id": run_id, "after": after, "upto": each["upto"]}
            async with database.write() as writer:
                await _batch(writer, kind, values)
                await writer.execute(queries["advance"], {**values, "kind": kind, "rows": each["rows"]})
            after = each["upto"]
            yield each["rows"]
    async with database.write() as writer:
        await writer.execute(_listed(queries["mend_products"], run_id))


async def finish(writer: Writer, run_id: int, *, error: str | None = None, done: bool = True) -> RunState:
    """End a rollback: the run is reversed, or (not `done`) what it was before, and can be rolled back further."""
    await progress.enter(writer, run_id, None)
    await writer.execute(_listed(queries["drop_list"], run_id))
    if done:
        await writer.execute(queries["settle_kept"], {"run_id": run_id})
        await orphans.reopen(writer, run_id)
    await writer.execute(queries["record_events"], {"run_id": run_id})
    if not done:
        await writer.execute(queries["forget_events"], {"run_id": run_id})
    state = await writer.fetch_value(queries["finish"], {"run_id": run_id, "error": error, "done": done})
    await words.ask(writer)
    return RunState(state or await writer.fetch_value(_runs["state"], {"run_id": run_id}))


async def _batch(writer: Writer, kind: str, values: dict[str, int]) -> None:
    run_id = values["run_id"]
    shelved = kind in unshelving.KINDS
    if shelved:
        await unshelving.judge(writer, kind, _list_of(run_id), values)
    else:
        await writer.execute(_listed(queries[f"lock_{kind}"], run_id), values)
        await writer.execute(_listed(queries[f"judge_{kind}"], run_id), values)
    if kind == "reviews":
        for statement in _REVIEWS:
            await writer.execute(SQL(statement).format())
        await words.note_due(writer, run_id)
        counted, by = ["count_reviews", "count_photos", "count_ratings"], "kept_reviews_by"
    else:
        if not shelved:
            await writer.execute(queries[f"restore_{kind}"])
        counted, by = ["count_catalogue"], "kept_catalogue_by"
    for name in counted:
        for row in await writer.fetch_all(queries[name], values):
            await writer.execute(queries["add_counts"], row)
    for row in await writer.fetch_all(queries[by], values):
        await writer.execute(queries["add_kept_by"], row)
    if shelved:
        await unshelving.reverse(writer, kind, _list_of(run_id))
        return
    await writer.execute(queries[f"delete_{kind}"])
    if kind == "products":
        await pages.write(writer, [row["id"] for row in await writer.fetch_all(queries["changed_products"])])


def _listed(text: LiteralString, run_id: int) -> Composed:
    return SQL(text).format(reverse=_list_of(run_id))


def _list_of(run_id: int) -> Identifier:
    return Identifier("staging", f"reverse_{run_id}")
