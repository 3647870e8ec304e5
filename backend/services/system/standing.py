"""How the parts stand at this moment: instances, servers, queue, storage, schema."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import psycopg

from backend.domain.actors import Actor
from backend.domain.errors import AtelierError, TimedOut, Unavailable
from backend.domain.roles import Permission
from backend.domain.targets import SILENT, Reading
from backend.store import migrations, sql
from backend.store.connections import borrowed
from backend.store.database import Database, Reader, Row
from backend.store.replicas import Member

queries = sql.load("system")

LIMIT_MS = 500
UNTAKEN = 600  # seconds that a job may wait for a worker, when nothing else holds it up
_PATIENCE = 2.0  # seconds for a replica to say how many connections it has


@dataclass(frozen=True, slots=True)
class Server:
    """A Postgres. Lag is None for the primary, and where it is not known; connections None where it does not answer."""

    name: str
    serves: bool
    lag_seconds: float | None
    behind_bytes: int | None
    connections: int | None
    most_connections: int | None
    says: str = ""

    @property
    def taken(self) -> float:
        """Connections that are taken, in per cent."""
        return 100 * self.connections / self.most_connections if self.connections and self.most_connections else 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """`at` is the primary's clock. `revision` is the database's, `head` what this code needs.

    `queues` is None where counting took too long. `oldest` is how many seconds the oldest report has waited.
    """

    at: datetime
    revision: str
    head: str
    version: str
    up: float
    oldest: float | None
    instances: list[Row]
    servers: list[Server]
    queues: list[Row] | None
    storage: list[Row]

    def serving(self) -> int:
        """How many instances are there."""
        return sum(each["silent"] <= SILENT for each in self.instances)

    def jobs(self, state: str) -> int:
        """Over all queues: waiting, running or stalled."""
        return sum(row[state] for row in self.queues or ())

    def readings(self) -> list[Reading]:
        """What targets are judged by, and what is kept to be drawn."""
        found = [Reading("serving", self.serving())]
        for each in self.instances:
            found.append(Reading("silent", each["silent"], each["name"]))
            found.append(Reading("schema", float(each["revision"] != self.revision), each["name"]))
            if each["disk_size"]:
                found.append(Reading("disk", 100 * each["disk_used"] / each["disk_size"], each["name"]))
        found += [Reading("lag", each.lag_seconds, each.name) for each in self.servers if each.lag_seconds is not None]
        found += [Reading("away", float(each.lag_seconds is None), each.name) for each in self.servers[1:]]
        found += [Reading("connections", self.servers[0].taken)]
        if self.queues is not None:
            found += [Reading("waiting", self.jobs("waiting")), Reading("stalled", self.jobs("stalled"))]
        found.append(Reading("oldest", (self.oldest or 0) / 3600))
        found += [Reading("storage", each["value"], each["subject"]) for each in self.storage]
        return found


async def read(database: Database, reader: Reader, actor: Actor) -> Standing:
    """How everything stands. Asked of the primary: `reader` is a fresh one."""
    actor.require(Permission.READ)
    row = await reader.fetch_one(queries["standing"], limit_ms=LIMIT_MS)
    assert row is not None
    members = database.replicas.members
    replicas = await asyncio.gather(*(_replica(member) for member in members))
    primary = Server("primary", True, None, None, row["connections"], row["most_connections"])
    return Standing(
        at=row["at"],
        revision=row["revision"],
        head=migrations.head(),
        version=row["version"],
        up=row["up"],
        oldest=row["oldest"],
        instances=await reader.fetch_all(queries["instances"]),
        servers=[primary, *replicas],
        queues=await _queues(reader),
        storage=await reader.fetch_all(queries["latest_storage"]),
    )


async def tables(reader: Reader, actor: Actor, most: int = 8) -> tuple[int, list[Row]] | None:
    """The database's bytes, and the largest tables: name, bytes, rows as estimated. None where that took too long."""
    actor.require(Permission.READ)
    try:
        size = await reader.fetch_value(queries["size"], limit_ms=LIMIT_MS)
        return size, await reader.fetch_all(queries["tables"], {"most": most}, limit_ms=LIMIT_MS)
    except TimedOut:
        return None


async def _queues(reader: Reader) -> list[Row] | None:
    try:
        return await reader.fetch_all(queries["queues"], {"silent": 2 * SILENT, "patience": UNTAKEN}, limit_ms=LIMIT_MS)
    except TimedOut:
        return None


async def _replica(member: Member) -> Server:
    """As this instance sees it: each keeps a lease of its own, and knows by that how far it is behind."""
    connections = most = None
    try:
        async with asyncio.timeout(_PATIENCE), borrowed(member.pool) as connection:
            row = await (await connection.execute(queries["connections"])).fetchone()
            if row is not None:
                connections, most = row["connections"], row["most_connections"]
    except (TimeoutError, AtelierError, psycopg.Error) as error:
        says = member.error or (error.detail if isinstance(error, Unavailable) else "It does not answer.")
        return Server(member.name, False, member.lag_seconds, member.behind_bytes, None, None, says)
    return Server(
        member.name,
        member.may_serve(),
        member.lag_seconds,
        member.behind_bytes,
        connections,
        most,
        member.error or "",
    )
