"""Rows whose relations failed become rejects: each with its bytes, read again from where it stands."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from itertools import chain, islice, tee
from typing import Any, Protocol

from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Literal

from etl import rejects
from etl.compiled import ready
from etl.records import KEPT_BYTES
from etl.rejects import Batch, Listed, Why, many
from etl.sources import Object

AT_ONCE = 5_000
_KINDS = "select distinct file_id, reasons, columns from {} where reasons is not null"
# Rows of a table by the number of their kind.
_NUMBERED = """
    (select staged.*, told.kind
    from {} as staged join (values {}) as told (kind, reasons, columns) using (reasons, columns))
"""
_MARKED = """
    select source_offset::bigint, source_length::bigint, source_line::bigint, kind::int
    from {table} as marked
    where file_id = {file_id} and not exists (
        select from import_reject where file_id = {file_id} and byte_offset = marked.source_offset
    )
    order by source_offset
"""


class Slices(Protocol):
    """Gives bytes of an object, by (offset, length) in ascending order."""

    def slices(self, _each: Object, places: Iterable[tuple[int, int]], /) -> Iterator[bytes]: ...


class Kept:
    """The kept bytes of a file's rejects, by their places: of records that are tried again."""

    def __init__(self, db: Connection[Any], file_id: int) -> None:
        self._db = db
        self._file_id = file_id

    def slices(self, _each: Object, places: Iterable[tuple[int, int]], /) -> Iterator[bytes]:
        """As `Slices`."""
        asked = iter(places)
        while some := list(islice(asked, AT_ONCE)):
            kept = self._db.execute(
                "select byte_offset, raw from import_reject where file_id = %s and byte_offset = any (%s)",
                (self._file_id, [offset for offset, _ in some]),
            )
            found: dict[int, bytes] = dict(kept.fetchall())
            for offset, length in some:
                yield found[offset][:length]


class Take(Protocol):
    """Gives what `rows` finds (offsets, lengths, lines, numbers among `kinds`) as rejects with their bytes."""

    def __call__(
        self, reader: Connection[Any], sources: Slices, rows: Composed, each: Object, kinds: Sequence[Why], /
    ) -> Generator[Batch, None, None]: ...


def kinds_in(db: Connection[Any], name: Composable) -> dict[int, list[Why]]:
    """Why rows of a table were marked, by their file: a few kinds for millions of rows. No file without such rows."""
    kinds: dict[int, list[Why]] = {}
    for file_id, reasons, columns in db.execute(SQL(_KINDS).format(name)):
        kinds.setdefault(file_id, []).append(Why(tuple(reasons), tuple(columns)))
    return kinds


def numbered(name: Composable, kinds: Sequence[Why]) -> Composed:
    """A table's marked rows, each with the place of its reasons among `kinds` as `kind`."""
    told = SQL(", ").join(
        SQL("({}, {}::text[], {}::text[])").format(number, list(why.reasons), list(why.columns))
        for number, why in enumerate(kinds)
    )
    return SQL(_NUMBERED).format(name, told)


def write(
    db: Connection[Any],
    reader: Connection[Any],
    sources: Slices,
    name: Composable,
    file_id: int,
    each: Object,
    kinds: Sequence[Why],
    on_step: Callable[[], None],
    *,
    counted: bool = False,
) -> int:
    """Reject the file's rows in a table, each with its `kind`, with their bytes read again from the object; how many.

    `reader` is a connection of its own, on which the next are fetched while some are written. Each step commits with
    the file's count, unless that has them already, and leaves out what was written before: so it can go on after a
    crash. `on_step` may raise to stop.
    """
    take: Take = ready.take_marked() or take_listed
    written = 0
    with reader.transaction(), ThreadPoolExecutor(1, "import-marked") as ahead:
        # Of rows that have just come the planner knows nothing, and would look for each of them by itself.
        reader.execute("set local enable_nestloop = off")
        rows = SQL(_MARKED).format(table=name, file_id=Literal(file_id))
        with closing(take(reader, sources, rows, each, kinds)) as batches:
            following = ahead.submit(next, batches, None)
            try:
                while some := following.result():
                    following = ahead.submit(next, batches, None)
                    rejects.copy(db, file_id, some)
                    if not counted:
                        db.execute(
                            "update import_file set rejected = rejected + %s where id = %s", (len(some), file_id)
                        )
                    db.commit()
                    written += len(some)
                    on_step()
            finally:
                wait([following])
    return written


def take_listed(
    reader: Connection[Any], sources: Slices, rows: Composed, each: Object, kinds: Sequence[Why]
) -> Generator[Batch, None, None]:
    """As `Take`."""
    with reader.cursor("marked") as marked:
        marked.execute(rows, binary=True)
        found, places = tee(chain.from_iterable(iter(lambda: marked.fetchmany(AT_ONCE), [])))
        raws = sources.slices(each, ((offset, min(length, KEPT_BYTES)) for offset, length, _, _ in places))
        while some := list(islice(found, AT_ONCE)):
            # Column by column, as `many`.
            offsets, lengths, lines, numbers = zip(*some, strict=True)
            whys = map(kinds.__getitem__, numbers)
            yield Listed(list(many(offsets, lengths, lines, whys, islice(raws, len(some)))))
