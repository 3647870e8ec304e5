"""Two runs side by side: what each refused, by kind, and which runs there are to compare with."""

from backend.domain.actors import Actor
from backend.domain.imports import RunState
from backend.domain.roles import Permission
from backend.services.importing.listing import RunFilters, list_runs
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("import_rejects")
MOST_KINDS = 100
_OFFERED = 50


async def kinds_of_both(reader: Reader, actor: Actor, run_id: int, other_id: int) -> list[Row]:
    """The kinds of rejects of two runs, `one` and `other` their counts: those that differ the most first."""
    actor.require(Permission.READ)
    asked = {"run_id": run_id, "other_id": other_id, "count": MOST_KINDS}
    return await reader.fetch_all(queries["kinds_of_both"], asked)


async def earlier(reader: Reader, actor: Actor, run_id: int) -> list[Row]:
    """The finished runs before a run that read something, newest first: what it may be compared with."""
    found = await list_runs(reader, actor, RunFilters(states=(RunState.FINISHED,)), before=run_id, count=_OFFERED)
    return [run for run in found if run["records"]]
