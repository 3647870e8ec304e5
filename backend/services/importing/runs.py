"""Asking for a run, watching it, cancelling it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from backend.domain import limits
from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.imports import ENDED, STAGED, RunState
from backend.domain.locations import parse, permit
from backend.domain.roles import Permission
from backend.services.importing import mappings
from backend.settings import Settings
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("import_runs")


class Entry(Protocol):
    """One line of the picker of sources: a folder (its URL ends in `/`) or an object."""

    @property
    def url(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> bool: ...
    @property
    def size(self) -> int | None: ...
    @property
    def modified(self) -> Any: ...
    @property
    def etag(self) -> str | None: ...


Browse = Callable[[str], Sequence[Entry]]


def options(
    *, again: bool = False, dry_run: bool = False, most: str | None = None, most_of_file: str | None = None
) -> dict[str, Any]:
    """A run's options from what an operator gives; raise `Invalid` for a limit that is none.

    `again` also reads objects that were loaded before; `dry_run` writes nothing; `most` is the limit of rejects
    (`limits.parse`) of all files together, `most_of_file` of each.
    """
    told: dict[str, Any] = {}
    if again:
        told["reread"] = True
    if dry_run:
        told["dry_run"] = True
    if most:
        told["most_rejects"] = limits.parse(most, "most").as_option()
    if most_of_file:
        told["most_file_rejects"] = limits.parse(most_of_file, "most_of_file").as_option()
    return told


async def request_run(
    writer: Writer,
    actor: Actor,
    source: str,
    options: Mapping[str, Any] | None = None,
    *,
    settings: Settings,
    mapping: str | None = None,
    queue: bool = True,
) -> int:
    """Ask for an import of `source`, and for a worker to do it; the run's id.

    `mapping` names a saved one, whose definition is copied into the run's options. Without `queue` the caller runs it
    in its own process (the shell does), and may then read whatever its user may.
    """
    actor.require(Permission.IMPORT)
    location = parse(source)
    if queue:
        # Links are followed on a disk that may be slow.
        await asyncio.to_thread(permit, location, settings.import_buckets, settings.import_roots)
    said = {"mapping": await mappings.option_of(writer, mapping)} if mapping else {}
    run_id: int = await writer.fetch_value(
        queries["request"],
        {
            "source": location.url,
            "user_id": actor.id if actor.kind == "user" else None,
            "options": Jsonb({**(options or {}), **said, **({} if queue else {"shell": True})}),
        },
    )
    await trace.record(writer, actor, "request", ("run", run_id))
    if queue:
        await writer.defer("import", queue="imports", lock="import", run_id=run_id)
    return run_id


async def cancel(writer: Writer, actor: Actor, run_id: int) -> None:
    """Cancel a run: one that waits at once, one that runs within two seconds. What it has merged stays merged."""
    actor.require(Permission.IMPORT)
    state = await writer.fetch_value(queries["ask_cancel"], {"run_id": run_id})
    if state is None:
        known = await writer.fetch_value(queries["state"], {"run_id": run_id})
        if known is None:
            raise NotFound(f"There is no run {run_id}.")
        raise Conflict(f"Run {run_id} has ended: it is {known}.")
    await writer.fetch_value(queries["cancel_waiting"], {"run_id": run_id})
    await trace.record(writer, actor, "cancel", ("run", run_id))


async def pause(writer: Writer, actor: Actor, run_id: int) -> None:
    """Pause a run that goes on: within two seconds it holds no transaction, and keeps others from beginning.

    What it has merged stays merged. While it reads, it reads anew when it is resumed.
    """
    await _ask_pause(writer, actor, run_id, wanted=True)


async def resume(writer: Writer, actor: Actor, run_id: int) -> None:
    """Let a paused run go on from where it was."""
    await _ask_pause(writer, actor, run_id, wanted=False)


async def _ask_pause(writer: Writer, actor: Actor, run_id: int, *, wanted: bool) -> None:
    actor.require(Permission.IMPORT)
    if await writer.fetch_value(queries["ask_pause"], {"run_id": run_id, "pause": wanted}) is None:
        known = await writer.fetch_value(queries["state"], {"run_id": run_id})
        if known is None:
            raise NotFound(f"There is no run {run_id}.")
        raise Conflict(f"Run {run_id} is not {'running' if wanted else 'paused'}.")
    await trace.record(writer, actor, "pause" if wanted else "resume", ("run", run_id))


async def one_run(reader: Reader, actor: Actor, run_id: int) -> Row:
    """A run with its `files`; raise `NotFound` where there is none.

    It has `ended` when it is live, and is `settled` when its words can be searched for too.
    """
    actor.require(Permission.READ)
    run = await reader.fetch_one(queries["one_run"], {"run_id": run_id})
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    files = await reader.fetch_all(queries["files"], {"run_id": run_id})
    order = {name: place for place, name in enumerate(STAGED)}
    run["files"] = sorted(files, key=lambda file: (order.get(file["format"], len(order)), file["id"]))
    run["ended"] = RunState(run["state"]) in ENDED
    run["settled"] = run["ended"] and not run["index_left"]
    return run


async def list_sources(browse: Browse, actor: Actor, url: str = "") -> Sequence[Entry]:
    """What one may import from, directly below `url`; without one, the buckets and folders that are set.

    `browse` is the ETL's: the application hands it in. It reads the network, so it runs aside.
    """
    actor.require(Permission.IMPORT)
    return await asyncio.to_thread(browse, url)


async def loaded_by(reader: Reader, actor: Actor, entries: Sequence[Entry]) -> dict[str, Row]:
    """By address, the last run that loaded such an object, or was asked for such a folder: its id, state and time.

    Of an object with another ETag nothing is told; dry runs load nothing. The newest thousand runs are looked at.
    """
    actor.require(Permission.READ)
    files = [entry for entry in entries if not entry.folder and entry.etag]
    asked = {
        "folders": [entry.url for entry in entries if entry.folder],
        "urls": [entry.url for entry in files],
        "etags": [entry.etag for entry in files],
    }
    return {row["url"]: row for row in await reader.fetch_all(queries["loaded_by"], asked)}
