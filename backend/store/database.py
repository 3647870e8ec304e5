"""The way to Postgres: a Reader for named reads (perhaps on a replica), a Writer for one transaction on the primary."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, LiteralString, Self, TypeAlias, cast

import psycopg
from psycopg.sql import Composed
from psycopg.types.json import Jsonb

from backend.domain.errors import Invalid, TimedOut, Unavailable
from backend.settings import Settings
from backend.store import together
from backend.store.coalesced import Answer, Coalesced, Key, Statement
from backend.store.connections import (
    GONE,
    Connection,
    Pool,
    borrowed,
    is_quiet,
    make_pool,
    make_shared_pool,
    place,
    probe,
)
from backend.store.replicas import Member, Replicas

if TYPE_CHECKING:
    # Imported only where a composed query is run: the API has none, and starts without it.
    from sqlalchemy import Executable

Query: TypeAlias = "LiteralString | Composed | Executable"
Params = Mapping[str, Any] | Sequence[Any] | None
Row = dict[str, Any]


@cache
def _dialect() -> Any:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]


def _statement(query: Query, params: Params) -> tuple[LiteralString | Composed, Params]:
    if isinstance(query, str | Composed):
        return query, params
    compiled = cast(Any, query).compile(dialect=_dialect(), compile_kwargs={"render_postcompile": True})
    return str(compiled), compiled.params


async def _rows(connection: Connection, query: Query, params: Params) -> list[Row]:
    statement, values = _statement(query, params)
    with _readable():
        cursor = await connection.execute(statement, values)
    return await cursor.fetchall()


@contextmanager
def _readable() -> Iterator[None]:
    """Texts that Postgres cannot hold are the caller's fault, wherever they come from: `Invalid` says so."""
    try:
        yield
    except (psycopg.DataError, UnicodeEncodeError) as error:
        if isinstance(error, UnicodeEncodeError) or "NUL" in str(error):
            raise Invalid(
                "A text holds a sign that cannot be kept: a zero byte, or half of one. Take it out."
            ) from error
        raise


class Reader:
    """Reads. Each statement sees one moment; on a replica that fails it is asked again of the primary.

    `source` names who answers: `primary`, or a replica.
    """

    def __init__(self, primary: Pool, replicas: Replicas, member: Member | None) -> None:
        self._primary = primary
        self._replicas = replicas
        self._member = member

    @property
    def source(self) -> str:
        return self._member.name if self._member else "primary"

    async def fetch_all(self, query: Query, params: Params = None, *, limit_ms: int | None = None) -> list[Row]:
        """All rows. With `limit_ms`, `TimedOut` when the statement takes longer."""
        if member := self._member:
            try:
                async with borrowed(self._pool_of(member)) as connection:
                    # Asked again here, because waiting for a connection may have outlasted the lease.
                    if member.may_serve():
                        return await self._limited(connection, query, params, limit_ms)
            except (Unavailable, *GONE, psycopg.errors.SerializationFailure) as error:
                if isinstance(error, psycopg.errors.QueryCanceled) and limit_ms is not None:
                    raise TimedOut("The search took too long.") from error
                if not isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.SerializationFailure):
                    self._replicas.suspend(member)
            self._member = None
        return await self._from_primary(query, params, limit_ms)

    async def _from_primary(self, query: Query, params: Params, limit_ms: int | None) -> list[Row]:
        for is_last in (False, True):
            try:
                async with borrowed(self._primary) as connection:
                    return await self._limited(connection, query, params, limit_ms)
            except psycopg.errors.QueryCanceled as error:
                raise TimedOut("The search took too long.") from error
            except GONE as error:
                if is_last:
                    raise Unavailable("The database does not answer. Try again shortly.", retry_after=2) from error
                # A restart of the server kills every idle connection at once: sort them out, then once more.
                await self._primary.check()
        raise AssertionError("unreachable")

    def _pool_of(self, member: Member) -> Pool:
        return member.pool

    async def _limited(self, connection: Connection, query: Query, params: Params, limit_ms: int | None) -> list[Row]:
        if limit_ms is None:
            return await _rows(connection, query, params)
        # It only reads, and the limit is to be forgotten, also where a transaction goes on.
        async with connection.transaction(force_rollback=True):
            await connection.execute("select set_config('statement_timeout', %s, true)", (str(limit_ms),))
            return await _rows(connection, query, params)

    async def fetch_one(self, query: Query, params: Params = None, *, limit_ms: int | None = None) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch_all(query, params, limit_ms=limit_ms)
        return rows[0] if rows else None

    async def fetch_value(self, query: Query, params: Params = None, *, limit_ms: int | None = None) -> Any:
        """The first column of the first row, or None."""
        row = await self.fetch_one(query, params, limit_ms=limit_ms)
        return next(iter(row.values())) if row else None


class _SharedReader(Reader):
    """Reads of many keys at once, on the connections that are there for them."""

    def _pool_of(self, member: Member) -> Pool:
        return member.shared

    async def _limited(self, connection: Connection, query: Query, params: Params, limit_ms: int | None) -> list[Row]:
        del limit_ms
        values = cast("Mapping[str, int | list[int]]", params)
        return await together.fetch(connection, cast(LiteralString, query), values)


class Writer(Reader):
    """One transaction on the primary, committed when its `async with` ends without an error."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def source(self) -> str:
        return "primary"

    async def fetch_all(self, query: Query, params: Params = None, *, limit_ms: int | None = None) -> list[Row]:
        """All rows. With `limit_ms`, `TimedOut` when the statement takes longer; the transaction goes on."""
        try:
            return await self._limited(self.connection, query, params, limit_ms)
        except psycopg.errors.QueryCanceled as error:
            if limit_ms is None:
                raise
            raise TimedOut("The search took too long.") from error

    async def execute(self, query: Query, params: Params = None) -> int:
        """Run a statement; the number of rows it touched."""
        statement, values = _statement(query, params)
        with _readable():
            return (await self.connection.execute(statement, values)).rowcount

    async def defer(self, task: str, *, queue: str = "default", lock: str | None = None, **arguments: Any) -> int:
        """Enqueue a job by its task's name, inside this transaction; the job's id."""
        job: int = await self.fetch_value(
            """
            select unnest(procrastinate_defer_jobs_v1(array[
                row(%(queue)s, %(task)s, 0, %(lock)s, null, %(arguments)s, null)::procrastinate_job_to_defer_v1
            ])) as id
            """,
            {"queue": queue, "task": task, "lock": lock, "arguments": Jsonb(arguments)},
        )
        return job


class Database:
    """The pools of one instance. Open it with `async with`; a server that cannot be reached raises `Misconfigured`.

    `reads` and `votes` share queries: one for reads takes arrays of keys and `limit`, one for votes `keys` and `times`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        size, timeout = settings.pool_size, settings.pool_timeout
        self.writers = make_pool(settings.database_url, "writers", size, timeout, read_only=False)
        self.readers = make_pool(settings.reader_url, "readers", size, timeout, read_only=True)
        self.shared = make_shared_pool(settings.reader_url, timeout)
        members = [
            Member(
                name=str(place(url).get("application_name") or f"{place(url).get('host')}:{place(url).get('port')}"),
                pool=make_pool(url, "replica", size, timeout, read_only=True),
                shared=make_shared_pool(url, timeout),
            )
            for url in settings.replica_urls
        ]
        self.replicas = Replicas(settings.instance, self.writers, members)
        self.reads, self.votes = Coalesced(self._read_together), Coalesced(self._write_together)

    async def __aenter__(self) -> Self:
        await probe(self.settings.database_url, "The database", "ATELIER_DATABASE_URL")
        await probe(self.settings.reader_url, "The database", "ATELIER_READER_URL")
        await self.writers.open()
        await self.readers.open()
        await self.shared.open()
        await self.replicas.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.replicas.close()
        # At once: each waits for what its pool has under way, and who stops an instance does not wait for their sum.
        await asyncio.gather(*(pool.close() for pool in (self.shared, self.readers, self.writers)))

    @asynccontextmanager
    async def read(self, *, fresh: bool = False, secret: bool = False) -> AsyncIterator[Reader]:
        """A Reader on a replica in rotation, else on the primary; `fresh` asks for the primary.

        `secret` reads there as the application, which may see keys and sessions: the read role may not.
        """
        if secret:
            yield Reader(self.writers, self.replicas, None)
        else:
            yield Reader(self.readers, self.replicas, None if fresh else self.replicas.pick())

    async def _read_together(self, statement: Statement, asked: Mapping[Key, int]) -> Answer:
        reader = _SharedReader(self.shared, self.replicas, self.replicas.pick())
        query, limit = statement
        keys: dict[str, list[int]] = {}
        for among, key in asked:
            keys.setdefault(among, []).append(key)
        rows = await reader.fetch_all(query, {"limit": limit, **keys})
        return Answer(rows, reader.source)

    async def _write_together(self, statement: Statement, asked: Mapping[Key, int]) -> Answer:
        query, _limit = statement
        async with self.write() as writer:
            rows = await writer.fetch_all(query, {"keys": [key for _, key in asked], "times": list(asked.values())})
        return Answer(rows, writer.source)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writer]:
        """One transaction. Left only when its commit shows on every replica in rotation: whoever reads next sees it."""
        async with AsyncExitStack() as lent:
            connection = await self._begun(lent)
            try:
                yield Writer(connection)
                await connection.commit()
            except BaseException as error:
                with suppress(psycopg.Error):
                    await connection.rollback()
                if isinstance(error, psycopg.OperationalError) and connection.broken:
                    raise Unavailable("The database went away. Try again shortly.", retry_after=2) from error
                raise
            mark = await self.replicas.mark(connection)
        await self.replicas.shown(mark)

    async def write_alone(self, query: Query, params: Params = None) -> Row | None:
        """Run a statement that is a transaction of its own, and give its first row: `write` by one way to the server.

        It is sent once. Whether it was carried out by a server that goes away meanwhile is unknown, as of a commit.
        """
        async with AsyncExitStack() as lent:
            connection = await lent.enter_async_context(borrowed(self.writers))
            if not is_quiet(connection):
                # A restart of the server kills every idle connection at once: sort them out, then take another.
                await lent.aclose()
                await self.writers.check()
                connection = await lent.enter_async_context(borrowed(self.writers))
            try:
                rows = await _rows(connection, query, params)
            except GONE as error:
                if not connection.broken:
                    raise
                raise Unavailable("The database went away. Try again shortly.", retry_after=2) from error
            mark = await self.replicas.mark(connection)
        await self.replicas.shown(mark)
        return rows[0] if rows else None

    async def _begun(self, lent: AsyncExitStack) -> Connection:
        """A connection on which a transaction has begun. One that broke while it was idle shows itself by that."""
        for is_last in (False, True):
            connection = await lent.enter_async_context(borrowed(self.writers))
            try:
                await connection.execute("begin")
            except GONE as error:
                if is_last:
                    raise Unavailable("The database does not answer. Try again shortly.", retry_after=2) from error
                await lent.aclose()
                await self.writers.check()
            else:
                return connection
        raise AssertionError("unreachable")
