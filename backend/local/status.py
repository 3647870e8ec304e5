"""Looks at every part of the running system, as `atelier status` shows it."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.markup import escape

from backend.domain.errors import Misconfigured
from backend.domain.targets import TARGETS
from backend.local import probes
from backend.local.environment import attached
from backend.local.processes import Identity
from backend.local.state import Home
from backend.settings import Settings

TALKING = ("api", "console", "nginx")  # parts that tell their readiness
BEHIND = "select greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), %s::pg_lsn), 0)::bigint"
OPEN = "select code, subject, latest from alert where opened_at is not null and ended_at is null order by opened_at"
REPLAYED = "select pg_last_wal_replay_lsn()::text, extract(epoch from now() - pg_last_xact_replay_timestamp())::float8"


@dataclass(frozen=True, slots=True)
class Seen:
    """One part; `says` is what it has to add, such as why it is not ready or how far a replica is behind."""

    name: str
    well: bool
    state: str
    address: str = ""
    pid: int | None = None
    seconds: float | None = None
    restarts: int = 0
    says: str = ""


async def look(settings: Settings) -> list[Seen]:
    """Every part that was started here, the schema, and your own servers; `Misconfigured` where nothing runs."""
    home = Home(settings.home)
    if not home.in_use:
        raise Misconfigured(f"Nothing runs in {home.path}: start it with `atelier up`.")
    record, told = home.read("run/system.json"), attached(home.path)
    since = record.get("since")
    up = "address" in record
    system = Seen(
        "system", up, "up" if up else "starting", record.get("address", ""), record.get("pid"),
        time.time() - since if since else None,
    )  # fmt: skip
    parts = list(await asyncio.gather(*(_part(entry) for entry in record.get("parts", []))))
    if up:
        database = told.get("ATELIER_READER_URL") or told.get("ATELIER_DATABASE_URL") or settings.reader_url
        replicas = told.get("ATELIER_REPLICA_URLS") or ",".join(settings.replica_urls)
        parts = await _with_lag(parts, database, [url for url in replicas.split(",") if url])
        parts.append(await asyncio.to_thread(_schema, database))
        parts.append(await asyncio.to_thread(_service, database))
    return [system, *parts]


async def _part(entry: Mapping[str, Any]) -> Seen:
    """A process of ours, and whether it answers."""
    identity = Identity(**entry["identity"])
    seen = Seen(entry["name"], False, "down", entry["address"], restarts=entry["restarts"], says=f"see {entry['log']}")
    if not identity.alive:
        return seen
    seen = replace(seen, pid=identity.pid, seconds=time.time() - entry["since"])
    if not entry["ready"]:
        return replace(seen, state="starting")
    if entry["name"].partition("-")[0] in TALKING:
        code, body = await probes.get(int(entry["address"].rpartition(":")[2]), "/health/ready")
        if code != HTTPStatus.OK:
            plain = f"answers {code}" if code else "does not answer"
            return replace(seen, state="not ready", says=_why(body) or plain)
    return replace(seen, well=True, state="up", says="")


def _why(body: bytes) -> str:
    """Which parts an instance misses."""
    try:
        parts = json.loads(body)["parts"]
        return "; ".join(f"{name}: {part['says']}" for name, part in parts.items() if part["needed"] and not part["ok"])
    except (ValueError, KeyError, TypeError):
        return ""


async def _with_lag(parts: list[Seen], primary: str, replicas: list[str]) -> list[Seen]:
    """Add to each replica how far it is behind; a replica that is not a part of ours gets a line of its own."""
    lags = dict(await asyncio.gather(*(_lag(primary, url) for url in replicas)))
    known = {part.name for part in parts}
    seen = [replace(part, well=part.well and lags[part.name][0], says=lags[part.name][1]) if part.name in lags else part
            for part in parts]  # fmt: skip
    strangers = [Seen(name, well, "yours", says=says) for name, (well, says) in lags.items() if name not in known]
    return [*seen, *strangers]


async def _lag(primary: str, url: str) -> tuple[str, tuple[bool, str]]:
    named = conninfo_to_dict(url)
    name = str(named.get("application_name") or f"{named.get('host')}:{named.get('port', 5432)}")
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=2) as replica:
            replayed = await (await replica.execute(REPLAYED)).fetchone()
        async with await psycopg.AsyncConnection.connect(primary, connect_timeout=2) as connection:
            cursor = await connection.execute(BEHIND, [replayed[0] if replayed else None])
            behind = await cursor.fetchone()
    except psycopg.Error:
        return name, (False, "does not answer")
    if replayed is None or behind is None or behind[0] is None:
        return name, (False, "is not a replica")
    if behind[0] == 0:
        return name, (True, "0 bytes behind")
    return name, (True, f"{behind[0]:,} bytes behind, its last change {replayed[1] or 0.0:.1f} s old")


def _schema(url: str) -> Seen:
    from backend.store import migrations

    try:
        at, head = migrations.current(url), migrations.head()
    except Misconfigured as error:
        return Seen("schema", False, "unknown", says=error.detail)
    if at == head:
        return Seen("schema", True, "current", says=f"revision {at}")
    return Seen("schema", False, "other", says=f"at {at or 'nothing'}, not {head}: run `atelier db upgrade`")


def _service(url: str) -> Seen:
    """Whether the service is all right, by the alerts that are open."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            found = connection.execute(OPEN).fetchall()
    except psycopg.Error:
        return Seen("service", False, "unknown", says="the database does not tell")
    seen = [TARGETS[code].told(subject, latest) for code, subject, latest in found if code in TARGETS]
    return Seen("service", not seen, "alert" if seen else "well", says="; ".join(seen) or "no alert is open")


def show(parts: list[Seen], *, as_json: bool) -> None:
    """Print them as a table, or as JSON for programs."""
    console = Console(highlight=False, soft_wrap=True)
    if as_json:
        console.print_json(data=[asdict(part) for part in parts])
        return
    rows = [_cells(part) for part in parts]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for part, cells in zip(parts, rows, strict=True):
        name, state, *rest = (escape(cell.ljust(width)) for cell, width in zip(cells, widths, strict=True))
        console.print("  ".join((name, f"[{'green' if part.well else 'red'}]{state}[/]", *rest)).rstrip())


def _cells(part: Seen) -> tuple[str, ...]:
    age = "" if part.seconds is None else f"for {_for(part.seconds)}"
    process = f"process {part.pid}" if part.pid else ""
    restarts = f"restarted {part.restarts} ×" if part.restarts else ""
    return (part.name, part.state, part.address, process, age, restarts, part.says)


def _for(seconds: float) -> str:
    whole = int(seconds)
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if whole >= length:
            return f"{whole // length} {unit}"
    return f"{whole} s"
