"""Records that could not be taken, kept whole: where they stand, every reason, their original bytes.

Each reject has a signature for each of its reasons: reason, column, and the shape of what was refused. Signatures are
counted while rejects are written, so that nobody has to group millions of them to see that they are a dozen.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from etl import binary
from etl.records import KEPT_BYTES
from etl.shapes import shapes_of
from etl.sources import Object

AT_ONCE = 5_000
PARTS = 2_000
# Shapes of one reason and column in one file; whatever comes beyond them shares the last one.
MOST_SHAPES = 64
OTHER_SHAPES = "…"

_COPY = (
    'copy import_reject (file_id, byte_offset, byte_length, line, reasons, "columns", raw, signatures)'
    " from stdin (format binary)"
)
_COUNT = """
    insert into import_signature as kept (file_id, reason, column_name, shape, records, example_offset)
    select %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
    on conflict (file_id, reason, column_name, shape) do update set
        records = kept.records + excluded.records, example_offset = least(kept.example_offset, excluded.example_offset)
    returning id, reason, column_name, shape
"""
_MARKED = """
    select source_offset, source_length, source_line, reasons, columns from {} as marked
    where file_id = %(file_id)s and reasons is not null and not exists (
        select from import_reject where file_id = %(file_id)s and byte_offset = marked.source_offset
    )
    order by source_offset
"""
_KNOWN = "select reason, column_name, shape from import_signature where file_id = %s"
_PLACE = struct.Struct(">hiiiqiqiq")  # eight columns; the file, three numbers, each behind its length
_ARRAY = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_TEXT_OID, _INT4_OID = 25, 23

Signature = tuple[str, str, str]  # reason, column, shape


@dataclass(frozen=True, slots=True)
class Reject:
    """One record refused. `columns` and `shapes` stand beside `reasons`; empty ones are about the whole record."""

    offset: int
    length: int
    line: int
    reasons: Sequence[str]
    columns: Sequence[str]
    raw: bytes
    shapes: Sequence[str] = ()

    @classmethod
    def of_values(
        cls,
        place: tuple[int, int, int],
        reasons: Sequence[str],
        columns: Sequence[str],
        values: Sequence[bytes],
        raw: bytes,
    ) -> "Reject":
        """Of fields refused: `place` is offset, length and line, `values` the fields' bytes without their quotes."""
        return cls(*place, reasons, columns, raw, shapes_of(values))

    @property
    def signatures(self) -> Iterator[Signature]:
        """Its signature for each of its reasons."""
        return zip(self.reasons, self.columns, self.shapes or ("",) * len(self.reasons), strict=True)


class Slices(Protocol):
    """Gives bytes of an object, by (offset, length) in ascending order."""

    def slices(self, _each: Object, places: Sequence[tuple[int, int]], /) -> Iterator[bytes]: ...


class Kept:
    """The kept bytes of a file's rejects, by their places: of records that are tried again."""

    def __init__(self, db: Connection[Any], file_id: int) -> None:
        self._db = db
        self._file_id = file_id

    def slices(self, _each: Object, places: Sequence[tuple[int, int]], /) -> Iterator[bytes]:
        """As `Slices`."""
        kept = self._db.execute(
            "select byte_offset, raw from import_reject where file_id = %s and byte_offset = any (%s)",
            (self._file_id, [offset for offset, _ in places]),
        )
        found: dict[int, bytes] = dict(kept.fetchall())
        for offset, length in places:
            yield found[offset][:length]


def write(db: Connection[Any], file_id: int, rejects: Sequence[Reject]) -> None:
    """COPY a block's rejects, and count their signatures. Committed by the caller."""
    if not rejects:
        return
    signed = [tuple(each.signatures) for each in rejects]
    known = _count(db, file_id, rejects, signed)
    texts: dict[tuple[str, ...], bytes] = {}
    numbers: dict[tuple[Signature, ...], bytes] = {}
    parts: list[bytes] = [binary.SIGNATURE]
    with db.cursor() as cursor, cursor.copy(_COPY) as copy:
        for each, signatures in zip(rejects, signed, strict=True):
            why = (*each.reasons, "", *each.columns)
            if why not in texts:
                texts[why] = _texts(each.reasons) + _texts(each.columns)
            if signatures not in numbers:
                numbers[signatures] = _numbers([known[signature] for signature in signatures])
            raw = each.raw[:KEPT_BYTES]
            parts += (
                _PLACE.pack(8, 4, file_id, 8, each.offset, 8, each.length, 8, each.line),
                texts[why],
                _LENGTH.pack(len(raw)),
                raw,
                numbers[signatures],
            )
            if len(parts) > PARTS:  # the server works on these while the next are made
                copy.write(b"".join(parts))
                parts = []
        copy.write(b"".join([*parts, binary.TRAILER]))


def _count(
    db: Connection[Any], file_id: int, rejects: Sequence[Reject], signed: Sequence[tuple[Signature, ...]]
) -> dict[Signature, int]:
    """Add to the file's signatures; the number of each, under what it was asked as."""
    found: Counter[Signature] = Counter()
    examples: dict[Signature, int] = {}
    for each, signatures in zip(rejects, signed, strict=True):
        for signature in signatures:
            found[signature] += 1
            if each.offset < examples.get(signature, each.offset + 1):
                examples[signature] = each.offset
    kept = {tuple(row): tuple(row) for row in db.execute(_KNOWN, (file_id,))}
    shapes = Counter(signature[:2] for signature in kept)
    for signature in found:
        if signature not in kept:
            shapes[signature[:2]] += 1
            crowded = shapes[signature[:2]] > MOST_SHAPES
            kept[signature] = (*signature[:2], OTHER_SHAPES) if crowded else signature
    counts: Counter[Signature] = Counter()
    firsts: dict[Signature, int] = {}
    for signature, records in found.items():
        key = kept[signature]
        counts[key] += records
        firsts[key] = min(firsts.get(key, examples[signature]), examples[signature])
    columns = [list(column) for column in zip(*counts, strict=True)]
    rows = db.execute(_COUNT, (file_id, *columns, list(counts.values()), [firsts[key] for key in counts]))
    numbers = {(reason, column, shape): number for number, reason, column, shape in rows}
    return {signature: numbers[kept[signature]] for signature in found}


def _texts(values: Sequence[str]) -> bytes:
    return _array(_TEXT_OID, [binary.text(value) for value in values])


def _numbers(values: Sequence[int]) -> bytes:
    return _array(_INT4_OID, [binary.int4(value) for value in values])


def _array(kind: int, elements: Sequence[bytes]) -> bytes:
    data = _ARRAY.pack(1, 0, kind, len(elements), 1) + b"".join(elements)
    return _LENGTH.pack(len(data)) + data


def write_marked(
    db: Connection[Any],
    sources: Slices,
    name: Identifier | Composed,
    file_id: int,
    each: Object,
    on_step: Callable[[], None],
    *,
    counted: bool = False,
) -> int:
    """Reject the file's rows in a table whose relations failed, with their bytes read again from the object; how many.

    Each step commits with the file's count, unless that has them already, and leaves out what was written before: so it
    can go on after a crash. `on_step` may raise to stop.
    """
    written = 0
    with db.cursor("marked", withhold=True) as marked:
        # Of rows that have just come the planner knows nothing, and would look for each of them by itself.
        db.execute("set local enable_nestloop = off")
        marked.execute(SQL(_MARKED).format(name), {"file_id": file_id})
        while rows := marked.fetchmany(AT_ONCE):
            slices = sources.slices(each, [(row[0], min(row[1], KEPT_BYTES)) for row in rows])
            refused = [
                Reject(offset, length, line, reasons, columns, raw)
                for (offset, length, line, reasons, columns), raw in zip(rows, slices, strict=True)
            ]
            write(db, file_id, refused)
            if not counted:
                db.execute("update import_file set rejected = rejected + %s where id = %s", (len(rows), file_id))
            db.commit()
            written += len(rows)
            on_step()
    db.commit()
    return written


def forget(db: Connection[Any], file_id: int) -> None:
    """Take back a file's rejects and their signatures. Committed by the caller."""
    db.execute("delete from import_reject where file_id = %s", (file_id,))
    db.execute("delete from import_signature where file_id = %s", (file_id,))
