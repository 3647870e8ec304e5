"""A statement for many keys at once, sent with nothing but these.

The driver's own way to a statement (a cursor, values turned into parameters, the statement looked up and prepared)
costs more than the query itself, and a lone read pays all of it. So here each connection knows the statements that it
was asked before, and what is sent are the keys.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, NamedTuple
from weakref import WeakKeyDictionary

from psycopg import errors, generators
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from backend.store.connections import Connection

Row = dict[str, Any]

_PARAMETER = re.compile(r"%\((\w+)\)s")


class _Statement(NamedTuple):
    name: bytes
    parameters: Sequence[str]


_KNOWN: WeakKeyDictionary[Connection, dict[str, _Statement]] = WeakKeyDictionary()


async def fetch(connection: Connection, query: LiteralString, values: Mapping[str, int | Sequence[int]]) -> list[Row]:
    """All rows of a statement whose parameters are numbers and arrays of them; one that has no value is empty.

    They come in binary form: every column's type must be one that psycopg knows.
    """
    known = _KNOWN.setdefault(connection, {})
    if (statement := known.get(query)) is None:
        statement = await connection.wait(_prepare(connection.pgconn, query, len(known)))
        known[query] = statement
    sent = [_text(values.get(name, ())) for name in statement.parameters]
    result = await connection.wait(_ask(connection.pgconn, statement.name, sent))
    reading = Transformer(connection)
    reading.set_pgresult(result, set_loaders=True, format=Format.BINARY)
    columns = [(result.fname(number) or b"").decode() for number in range(result.nfields)]
    return reading.load_rows(0, result.ntuples, lambda values: dict(zip(columns, values, strict=True)))


def _text(value: int | Sequence[int]) -> bytes:
    text = str(value) if isinstance(value, int) else f"{{{','.join(map(str, value))}}}"
    return text.encode()


def _prepare(pgconn: PGconn, query: str, number: int) -> PQGen[_Statement]:
    statement = _Statement(b"together_%d" % number, list(dict.fromkeys(_PARAMETER.findall(query))))
    places = {name: f"${place}" for place, name in enumerate(statement.parameters, 1)}
    pgconn.send_prepare(statement.name, _PARAMETER.sub(lambda named: places[named[1]], query).encode())
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
