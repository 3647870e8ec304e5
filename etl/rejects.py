"""Records that could not be taken, kept whole: where they stand, every reason, their original bytes.

Each has a signature for each of its reasons, which are counted while rejects are written (`etl.signatures`).
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, NamedTuple, Protocol

from psycopg import Connection

from etl import binary, signatures
from etl.records import KEPT_BYTES
from etl.shapes import shape_of
from etl.signatures import FEW, Alike, Signature

AT_ONCE = 5_000
AT_A_TIME = 500  # that are sent: the server works on these while the next are made
_COPY = "copy import_reject (file_id, byte_offset, byte_length, line, raw, signatures) from stdin (format binary)"
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


class Batch(Protocol):
    """Rejects of one file, in ascending order of their offsets."""

    def __len__(self) -> int: ...

    def alike(self) -> Iterable[Alike]:
        """What they have in common."""
        ...

    def rows(self, file_id: int, numbers: Mapping[Signature, int], /) -> Iterable[bytes | memoryview]:
        """Their rows in COPY's binary form; `numbers` are those of their signatures."""
        ...


class Listed:
    """Rejects one by one, as they were met."""

    def __init__(self, rejects: Sequence[Reject]) -> None:
        self._rejects = rejects
        # Most share their reason with others, as an object too, and objects are compared sooner than what they say.
        self._kinds = [id(why) for _, _, _, why, _ in rejects]
        self._firsts = dict(zip(reversed(self._kinds), reversed(rejects), strict=True))

    def __len__(self) -> int:
        return len(self._rejects)

    def alike(self) -> Iterator[Alike]:
        """As `Batch`."""
        counts = Counter(self._kinds)
        few = _places_of_few(self._kinds, counts, self._rejects)
        for kind, first in self._firsts.items():
            yield Alike(tuple(first.why.signatures), counts[kind], first.offset, few.get(kind))

    def rows(self, file_id: int, numbers: Mapping[Signature, int]) -> Iterator[bytes]:
        """As `Batch`."""
        whys = {kind: told(first.why, numbers) for kind, first in self._firsts.items()}
        for at in range(0, len(self._rejects), AT_A_TIME):
            # Column by column, as `many`.
            offsets, lengths, lines, _, raws = zip(*self._rejects[at : at + AT_A_TIME], strict=True)
            kept = [raw[:KEPT_BYTES] for raw in raws]
            six, four, eight, file = repeat(6), repeat(4), repeat(8), repeat(file_id)
            sizes = map(len, kept)
            places = map(_PLACE.pack, six, four, file, eight, offsets, eight, lengths, eight, lines, sizes)
            reasons = map(whys.__getitem__, self._kinds[at : at + AT_A_TIME])
            yield b"".join(chain.from_iterable(zip(places, kept, reasons, strict=True)))


def write(db: Connection[Any], file_id: int, rejects: Sequence[Reject]) -> None:
    """COPY rejects of a file, in ascending order of their offsets, and count their signatures.

    Committed by the caller.
    """
    if rejects:
        copy(db, file_id, Listed(rejects))


def copy(db: Connection[Any], file_id: int, batch: Batch) -> None:
    """As `write`, of a batch that is not empty."""
    numbers = signatures.count(db, file_id, batch.alike())
    with db.cursor() as cursor, cursor.copy(_COPY) as pipe:
        pipe.write(binary.SIGNATURE)
        for rows in batch.rows(file_id, numbers):
            pipe.write(rows)
        pipe.write(binary.TRAILER)


def told(why: Why, numbers: Mapping[Signature, int]) -> bytes:
    """The column that rejects refused for the same share, behind its length."""
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


def forget(db: Connection[Any], file_id: int) -> None:
    """Take back a file's rejects and their signatures. Committed by the caller."""
    db.execute("delete from import_reject where file_id = %s", (file_id,))
    db.execute("delete from import_signature where file_id = %s", (file_id,))
