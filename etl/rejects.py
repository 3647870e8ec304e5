"""Records that could not be taken, kept whole: where they stand, every reason, their original bytes.

Each has a signature for each of its reasons, which are counted while rejects are written (`etl.signatures`).
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import chain, islice, repeat, tee
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from etl import binary, signatures
from etl.records import KEPT_BYTES
from etl.shapes import shape_of
from etl.signatures import FEW, Alike, Signature
from etl.sources import Object

AT_ONCE = 5_000
AT_A_TIME = 500  # that are sent: the server works on these while the next are made
_COPY = "copy import_reject (file_id, byte_offset, byte_length, line, raw, signatures) from stdin (format binary)"
_KINDS = "select distinct file_id, reasons, columns from {} where reasons is not null"
# Rows of a table by the number of their kind.
_NUMBERED = """
    (select staged.*, told.kind
    from {} as staged join (values {}) as told (kind, reasons, columns) using (reasons, columns))
"""
_MARKED = """
    select source_offset, source_length, source_line, kind, least(source_length, {}) from {} as marked
    where file_id = %(file_id)s and not exists (
        select from import_reject where file_id = %(file_id)s and byte_offset = marked.source_offset
    )
    order by source_offset
"""
# Six columns; the file, three numbers, each behind its length; that of the bytes.
_PLACE = struct.Struct(">hiiiqiqiqi")
_ARRAY = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_INT4_OID = 23


class Why(NamedTuple):
    """Why a record was refused: every reason, beside it the column that it is about and the shape of what stood there.

    An empty column is the whole record. Millions of rejects have a few of these between them.
    """

    reasons: tuple[str, ...]
    columns: tuple[str, ...]
    shapes: tuple[str, ...] = ()

    @property
    def signatures(self) -> Iterator[Signature]:
        """One for each of its reasons."""
        return zip(self.reasons, self.columns, self.shapes or ("",) * len(self.reasons), strict=True)


class Reject(NamedTuple):
    """One record refused: where it stands (bytes of its file, and the physical line), why, and its bytes."""

    offset: int
    length: int
    line: int
    why: Why
    raw: bytes


def many(
    offsets: Iterable[int], lengths: Iterable[int], lines: Iterable[int], whys: Iterable[Why], raws: Iterable[bytes]
) -> Iterator[Reject]:
    """Rejects from their columns: there may be millions, and each by itself would take three times as long."""
    return map(tuple.__new__, repeat(Reject), zip(offsets, lengths, lines, whys, raws, strict=True))


@lru_cache(maxsize=4096)
def for_one(reason: str, column: str, shape: str) -> Why:
    """Of a record that was refused for one reason, as nearly all are."""
    return Why((reason,), (column,), (shape,))


def for_values(reasons: Sequence[str], columns: Sequence[str], values: Sequence[bytes]) -> Why:
    """Of fields refused: their bytes are without their quotes."""
    return Why(tuple(reasons), tuple(columns), tuple(map(shape_of, values)))


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


def write(db: Connection[Any], file_id: int, rejects: Sequence[Reject]) -> None:
    """COPY rejects of a file, in ascending order of their offsets, and count their signatures.

    Committed by the caller.
    """
    if not rejects:
        return
    # Most share their reason with others, as an object too, and objects are compared sooner than what they say.
    kinds = [id(why) for _, _, _, why, _ in rejects]
    firsts = dict(zip(reversed(kinds), reversed(rejects), strict=True))
    counts = Counter(kinds)
    few = _places_of_few(kinds, counts, rejects)
    alike = (
        Alike(tuple(first.why.signatures), counts[kind], first.offset, few.get(kind)) for kind, first in firsts.items()
    )
    numbers = signatures.count(db, file_id, alike)
    told = {kind: _told(first.why, numbers) for kind, first in firsts.items()}
    with db.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(binary.SIGNATURE)
        for at in range(0, len(rejects), AT_A_TIME):
            # Column by column, as `many`.
            offsets, lengths, lines, _, raws = zip(*rejects[at : at + AT_A_TIME], strict=True)
            kept = [raw[:KEPT_BYTES] for raw in raws]
            six, four, eight, file = repeat(6), repeat(4), repeat(8), repeat(file_id)
            sizes = map(len, kept)
            places = map(_PLACE.pack, six, four, file, eight, offsets, eight, lengths, eight, lines, sizes)
            reasons = map(told.__getitem__, kinds[at : at + AT_A_TIME])
            copy.write(b"".join(chain.from_iterable(zip(places, kept, reasons, strict=True))))
        copy.write(binary.TRAILER)


def _told(why: Why, numbers: Mapping[Signature, int]) -> bytes:
    """The column that rejects of one kind share."""
    elements = [binary.int4(numbers[signature]) for signature in why.signatures]
    data = _ARRAY.pack(1, 0, _INT4_OID, len(elements), 1) + b"".join(elements)
    return _LENGTH.pack(len(data)) + data


def _places_of_few(kinds: Sequence[int], counts: Mapping[int, int], rejects: Sequence[Reject]) -> dict[int, list[int]]:
    """The offsets of rejects of each kind that few of these have."""
    places: dict[int, list[int]] = {kind: [] for kind, records in counts.items() if records <= FEW}
    if places:
        for kind, each in zip(kinds, rejects, strict=True):
            if kind in places:
                places[kind].append(each.offset)
    return places


def kinds_of_marked(db: Connection[Any], name: Identifier | Composed) -> dict[int, list[Why]]:
    """Why rows of a table were marked, by their file: a few kinds for millions of rows. No file without such rows."""
    kinds: dict[int, list[Why]] = {}
    for file_id, reasons, columns in db.execute(SQL(_KINDS).format(name)):
        kinds.setdefault(file_id, []).append(Why(tuple(reasons), tuple(columns)))
    return kinds


def numbered(name: Identifier, kinds: Sequence[Why]) -> Composed:
    """A table's marked rows, each with the place of its reasons among `kinds` as `kind`."""
    told = SQL(", ").join(
        SQL("({}, {}::text[], {}::text[])").format(number, list(why.reasons), list(why.columns))
        for number, why in enumerate(kinds)
    )
    return SQL(_NUMBERED).format(name, told)


def write_marked(
    db: Connection[Any],
    reader: Connection[Any],
    sources: Slices,
    name: Identifier | Composed,
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
    written = 0
    with reader.transaction(), reader.cursor("marked") as marked, ThreadPoolExecutor(1, "import-marked") as ahead:
        # Of rows that have just come the planner knows nothing, and would look for each of them by itself.
        reader.execute("set local enable_nestloop = off")
        marked.execute(SQL(_MARKED).format(KEPT_BYTES, name), {"file_id": file_id}, binary=True)
        rows, places = tee(chain.from_iterable(iter(lambda: marked.fetchmany(AT_ONCE), [])))
        raws = sources.slices(each, map(itemgetter(0, 4), places))

        def take() -> list[Reject]:
            # Column by column, as `many`.
            if not (some := list(islice(rows, AT_ONCE))):
                return []
            offsets, lengths, lines, numbers, _ = zip(*some, strict=True)
            whys = map(kinds.__getitem__, numbers)
            return list(many(offsets, lengths, lines, whys, islice(raws, len(some))))

        following = ahead.submit(take)
        while some := following.result():
            following = ahead.submit(take)
            write(db, file_id, some)
            if not counted:
                db.execute("update import_file set rejected = rejected + %s where id = %s", (len(some), file_id))
            db.commit()
            written += len(some)
            on_step()
    return written


def forget(db: Connection[Any], file_id: int) -> None:
    """Take back a file's rejects and their signatures. Committed by the caller."""
    db.execute("delete from import_reject where file_id = %s", (file_id,))
    db.execute("delete from import_signature where file_id = %s", (file_id,))
