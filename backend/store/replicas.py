"""Which replicas may answer reads, so that nobody reads less than what has been answered: read-your-writes, no cookie.

An instance reads from a replica only while it holds a lease on it, renewed every 200 ms and ended after 600 ms. A write
is answered once every replica in rotation has replayed its commit. One that has not done so within 200 ms is taken
out of rotation first: the writer marks it, and waits until the last lease on it has ended. From then on nobody reads
there, until it has caught up, is marked as back (writers wait for it again), and has shown what was written until then.
"""

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass, field
from itertools import count

import psycopg
import structlog

from backend.domain.errors import Unavailable
from backend.store import sql
from backend.store.connections import GONE, Connection, Pool, borrowed

LEASE = 0.6  # seconds a lease lasts
RENEW = 0.2  # seconds between renewals
PATIENCE = 0.2  # seconds a write waits for a replica before taking it out
POLL = 0.001  # seconds between two looks at a replica that writes wait for
MAX_LAG = 2.0  # seconds behind at which an instance gives its lease up by itself

queries = sql.load("replicas")
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Member:
    """A replica as this instance sees it. Positions are bytes of the write-ahead log, times of the monotonic clock."""

    name: str
    pool: Pool
    shared: Pool  # for coalesced reads
    leased_until: float = 0.0
    replayed: int = 0
    lag_seconds: float | None = None
    behind_bytes: int = 0
    error: str | None = None
    waiters: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)
    poller: asyncio.Task[None] | None = None
    # Positions of the primary with the time they were seen: the age of the oldest one not replayed is the lag.
    seen: list[tuple[float, int]] = field(default_factory=list)

    def may_serve(self) -> bool:
        return time.monotonic() < self.leased_until


@dataclass(frozen=True, slots=True)
class Mark:
    """A commit's position, and the replicas that were in rotation when it was done."""

    position: int
    names: tuple[str, ...]


class Replicas:
    """This instance's replicas: leases, positions, and the waiting of writes."""

    def __init__(self, instance: str, primary: Pool, members: list[Member]) -> None:
        # Not the instance's name alone: while one takes over from another, both have leases.
        self.holder = f"{instance}/{os.getpid()}"
        self.primary = primary
        self.members = members
        self._turn = count()
        self._keepers: list[asyncio.Task[None]] = []
        self._closed = False

    async def open(self) -> None:
        for member in self.members:
            await member.pool.open()
            await member.shared.open()
            async with borrowed(self.primary) as connection:
                await connection.execute(queries["announce"], {"name": member.name})
                await connection.execute(queries["forget"])
            self._keepers.append(asyncio.create_task(self._keep(member), name=f"lease of {member.name}"))
        # The first leases are had before the first request is served, or not at all.
        for member in self.members:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while not member.may_serve():
                        await asyncio.sleep(0.02)

    async def close(self) -> None:
        # Cancelled in the middle of a statement, a keeper may hear of the statement's end alone.
        self._closed = True
        tasks = [*self._keepers, *(member.poller for member in self.members if member.poller)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(pool.close() for member in self.members for pool in (member.pool, member.shared)))
        if self.members:
            with contextlib.suppress(Unavailable, *GONE):
                async with borrowed(self.primary) as connection:
                    await connection.execute(queries["give_back"], {"instance": self.holder})

    def pick(self) -> Member | None:
        """The next replica in turn that this instance may read from."""
        able = [member for member in self.members if member.may_serve()]
        return able[next(self._turn) % len(able)] if able else None

    def suspend(self, member: Member) -> None:
        """Stop reading from a replica that failed, until the next renewal finds it well."""
        member.leased_until = 0.0

    async def mark(self, connection: Connection) -> Mark | None:
        """Where the log stands now, after a commit on this connection, and who has to show it."""
        if not self.members:
            return None
        try:
            row = await (await connection.execute(queries["mark"])).fetchone()
        except GONE:
            # The commit is done, but nobody can say where: only the end of every lease is certain.
            await asyncio.sleep(LEASE)
            return None
        assert row is not None
        return Mark(row["position"], tuple(row["names"]))

    async def shown(self, mark: Mark | None) -> None:
        """Wait until each marked replica has replayed the commit; take out of rotation those that do not in time."""
        if mark is None or not mark.names:
            return
        known = {member.name: member for member in self.members}
        late = await asyncio.gather(*(self._is_late(known.get(name), mark.position) for name in mark.names))
        for name, is_late in zip(mark.names, late, strict=True):
            if is_late:
                await self._take_out(name)

    async def _is_late(self, member: Member | None, position: int) -> bool:
        if member is None:
            return True  # announced by an instance that knows more replicas than we do: its lag is not ours to judge
        if member.replayed >= position:
            return False
        future = asyncio.get_running_loop().create_future()
        member.waiters.append((position, future))
        if member.poller is None or member.poller.done():
            member.poller = asyncio.create_task(self._poll(member), name=f"poll of {member.name}")
        try:
            await asyncio.wait_for(future, PATIENCE)
        except (TimeoutError, *GONE, Unavailable):
            return True
        return False

    async def _poll(self, member: Member) -> None:
        """One look a millisecond for all the writes that wait for this replica, while there are any."""
        try:
            async with borrowed(member.pool) as connection:
                while member.waiters:
                    member.replayed = await self._position(connection)
                    waiting = []
                    for position, future in member.waiters:
                        if future.done():
                            continue
                        if position <= member.replayed:
                            future.set_result(None)
                        else:
                            waiting.append((position, future))
                    member.waiters = waiting
                    if waiting:
                        await asyncio.sleep(POLL)
        except (Unavailable, psycopg.Error) as error:
            for _, future in member.waiters:
                if not future.done():
                    future.set_exception(Unavailable(str(error)))
            member.waiters = []

    async def _take_out(self, name: str) -> None:
        async with borrowed(self.primary) as connection:
            async with connection.transaction():
                await connection.execute(queries["lock_leases"], {"name": name})
                taken = await (await connection.execute(queries["take_out"], {"name": name})).fetchone()
            if taken:
                log.warning("replica out of rotation", replica=name)
            left = await (await connection.execute(queries["leased_for"], {"name": name})).fetchone()
        if left and left["seconds"] > 0:
            await asyncio.sleep(min(left["seconds"], LEASE))

    async def _keep(self, member: Member) -> None:
        """Renew the lease for as long as the replica is well."""
        while not self._closed:
            began = time.monotonic()
            try:
                async with asyncio.timeout(LEASE):
                    await self._renew(member)
                member.error = None
            except (TimeoutError, Unavailable, psycopg.Error) as error:
                member.error = str(error) or "it does not answer"
                member.lag_seconds = None
            await asyncio.sleep(max(0.0, RENEW - (time.monotonic() - began)))

    async def _renew(self, member: Member) -> None:
        asked = time.monotonic()
        async with borrowed(self.primary) as primary, borrowed(member.pool) as standby:
            row = await (await primary.execute(queries["look"], {"name": member.name})).fetchone()
            assert row is not None
            member.replayed = max(member.replayed, await self._position(standby))
            self._measure(member, asked, row["position"])
            if row["out"]:
                if member.behind_bytes == 0 or member.lag_seconds == 0.0:
                    await primary.execute(queries["take_back"], {"name": member.name})
                    log.info("replica back in rotation", replica=member.name)
                return
            if member.lag_seconds is not None and member.lag_seconds > MAX_LAG:
                return
            if not member.may_serve():
                # A new lease: what was written while writers did not wait for this replica must show first.
                position = (await (await primary.execute(queries["look"], {"name": member.name})).fetchone() or row)[
                    "position"
                ]
                while member.replayed < position:
                    await asyncio.sleep(POLL)
                    member.replayed = await self._position(standby)
            asked = time.monotonic()
            async with primary.transaction():
                await primary.execute(queries["lock_leases_shared"], {"name": member.name})
                leased = await (
                    await primary.execute(
                        queries["lease"], {"instance": self.holder, "name": member.name, "seconds": LEASE}
                    )
                ).fetchone()
            if leased:
                member.leased_until = asked + LEASE

    @staticmethod
    def _measure(member: Member, now: float, position: int) -> None:
        member.behind_bytes = max(0, position - member.replayed)
        member.seen = [(at, seen) for at, seen in member.seen if seen > member.replayed]
        if position > member.replayed:
            member.seen.append((now, position))
        member.lag_seconds = now - member.seen[0][0] if member.seen else 0.0

    @staticmethod
    async def _position(standby: Connection) -> int:
        """How far the replica has replayed; `Unavailable` where the server is no replica."""
        row = await (await standby.execute(queries["replayed"])).fetchone()
        if row is None or row["position"] is None:
            raise Unavailable("This server is not a replica.")
        position: int = row["position"]
        return position
