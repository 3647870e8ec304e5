"""Asking for a run that tries again what an earlier one refused, with a named repair."""

from collections.abc import Awaitable, Callable

from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.domain.errors import Conflict
from backend.domain.imports import ENDED, RunState
from backend.domain.roles import Permission
from backend.services.importing.rejects import one_signature
from backend.services.importing.runs import one_run
from backend.store import sql, trace
from backend.store.database import Row, Writer

queries = sql.load("import_runs")


# Raises `Invalid` where a repair does not fit a signature; the ETL knows.
Fits = Callable[[Row, str], Awaitable[None]]


async def request_repair(
    writer: Writer, actor: Actor, run_id: int, signature: int, remedy: str, *, fits: Fits, queue: bool = True
) -> int:
    """Ask for a run that tries the rejects of a signature again with a repair; the new run's id.

    Without `queue` the caller runs it in its own process. Raise `Conflict` where the run has not ended, or where
    nothing of the signature is left.
    """
    actor.require(Permission.IMPORT)
    run = await one_run(writer, actor, run_id)
    kind = await one_signature(writer, actor, run_id, signature)
    await fits(kind, remedy)
    if RunState(run["state"]) not in ENDED:
        raise Conflict(f"Run {run_id} has not ended yet: wait until it has.")
    if kind["resolved"] >= kind["records"]:
        raise Conflict("Later runs took all of these rejects already.")
    told = {"again": {"run": run_id, "signature": signature, "with": remedy}}
    options = {name: value for name, value in run["options"].items() if name not in ("shell", "again")}
    new: int = await writer.fetch_value(
        queries["request"],
        {
            "source": run["source"],
            "user_id": actor.id if actor.kind == "user" else None,
            "options": Jsonb({**options, **told, **({} if queue else {"shell": True})}),
        },
    )
    await trace.record(writer, actor, "request", ("run", new))
    if queue:
        await writer.defer("import", queue="imports", lock="import", run_id=new)
    return new
