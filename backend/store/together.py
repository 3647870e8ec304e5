"""A statement for many keys at once, sent with nothing but these.

The driver's own way to a statement (a cursor, values turned into parameters, the statement looked up and prepared)
costs more than the query itself, and a lone read pays all of it. So here each connection knows the statements that it
was asked before, and what is sent are the keys.
"""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple
from weakref import WeakKeyDictionary

from psycopg import errors, generators
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from backend.store.connections import Connection

Row = dict[str, Any]

_PLACES = {"%(keys)s": "$1", "%(limit)s": "$2"}


class _Statement(NamedTuple):
    name: bytes
    has_limit: bool


_KNOWN: WeakKeyDictionary[Connection, dict[str, _Statement]] = WeakKeyDictionary()


async def fetch(connection: Connection, query: LiteralString, keys: Sequence[int], limit: int) -> list[Row]:
    """All rows of a statement about `%(keys)s`, an array, with at most `%(limit)s` each, where it says so.

    They come in binary form: every column's type must be one that psycopg knows.
    """
    known = _KNOWN.setdefault(connection, {})
    if (statement := known.get(query)) is None:
        statement = await connection.wait(_prepare(connection.pgconn, query, len(known)))
        known[query] = statement
    values = [f"{{{','.join(map(str, keys))}}}".encode()]
    if statement.has_limit:
        values.append(str(limit).encode())
    result = await connection.wait(_ask(connection.pgconn, statement.name, values))
    reading = Transformer(connection)
    reading.set_pgresult(result, set_loaders=True, format=Format.BINARY)
    columns = [(result.fname(number) or b"").decode() for number in range(result.nfields)]
    return reading.load_rows(0, result.ntuples, lambda values: dict(zip(columns, values, strict=True)))


def _prepare(pgconn: PGconn, query: str, number: int) -> PQGen[_Statement]:
    statement = _Statement(b"together_%d" % number, "%(limit)s" in query)
    for name, place in _PLACES.items():
        query = query.replace(name, place)
    pgconn.send_prepare(statement.name, query.encode())
    yield from _done(pgconn)
    return statement


def _ask(pgconn: PGconn, name: bytes, values: list[bytes]) -> PQGen[PGresult]:
    pgconn.send_query_prepared(name, values, result_format=Format.BINARY)
    return (yield from _done(pgconn))


def _done(pgconn: PGconn) -> PQGen[PGresult]:
    result: PGresult
    (result,) = yield from generators.execute(pgconn)
    if result.status == ExecStatus.FATAL_ERROR:
        raise errors.error_from_result(result)
    return result
