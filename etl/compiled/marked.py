"""Rejects of rows that were marked (`etl.marked`), thousands at a time."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import chain, islice, tee
from typing import Any

import numpy as np
from psycopg import Connection
from psycopg.sql import SQL, Composed

from etl import binary
from etl.compiled.machine import MANY, Bytes, ReadOnly, compiled
from etl.compiled.walk import copy_bytes
from etl.compiled.write import put_bytes, put_number, put_short
from etl.marked import Slices
from etl.records import KEPT_BYTES
from etl.rejects import Why, told
from etl.signatures import FEW, Alike, Signature
from etl.sources import Object

AT_ONCE = 20_000
_MOST_BYTES = 1 << 24  # that are kept of so many
_ROOM = 64  # bytes for all of a reject but what is kept of it and what it was refused for
_ROW = np.dtype([
    ("columns", ">i2"), ("_offset", ">i4"), ("offset", ">i8"), ("_length", ">i4"), ("length", ">i8"), ("_line", ">i4"),
    ("line", ">i8"), ("_kind", ">i4"), ("kind", ">i4"),
])  # fmt: skip


class Marked:
    """Such records, with the bytes that are kept, one behind the other."""

    def __init__(self, kinds: Sequence[Why], told: Any, sizes: Any, raws: bytearray) -> None:
        """`told` are rows of `_ROW`, `sizes` how many bytes are kept of each."""
        self._whys = kinds
        self._offsets, self._lengths, self._lines, self._kinds = (
            np.ascontiguousarray(told[name], np.int64) for name in ("offset", "length", "line", "kind")
        )
        self._sizes = sizes
        self._raws = raws

    def __len__(self) -> int:
        return len(self._offsets)

    def alike(self) -> Iterator[Alike]:
        """As `Batch`."""
        for kind, records in enumerate(np.bincount(self._kinds, minlength=len(self._whys)).tolist()):
            if records:
                places = self._offsets[self._kinds == kind]
                few = places.tolist() if records <= FEW else None
                yield Alike(tuple(self._whys[kind].signatures), records, int(places[0]), few)

    def rows(self, file_id: int, numbers: Mapping[Signature, int]) -> Iterator[memoryview]:
        """As `Batch`."""
        met = set(np.unique(self._kinds).tolist())
        whys = [told(why, numbers) if kind in met else b"" for kind, why in enumerate(self._whys)]
        ends = np.cumsum([0, *map(len, whys)], dtype=np.int64)
        out = np.zeros(len(self._raws) + len(self) * (_ROOM + max(map(len, whys))) + MANY, np.uint8)
        used = put_rejects(
            file_id,
            self._offsets,
            self._lengths,
            self._lines,
            self._kinds,
            self._sizes,
            np.frombuffer(self._raws, np.uint8),
            ends,
            np.frombuffer(bytearray().join(whys), np.uint8),
            out,
        )
        yield out[:used].data


def take(
    reader: Connection[Any], sources: Slices, rows: Composed, each: Object, kinds: Sequence[Why]
) -> Generator[Marked, None, None]:
    """As `etl.marked.Take`."""
    found, ahead = tee(_fetched(reader, rows))
    raws = sources.slices(each, chain.from_iterable(map(_places, ahead)))
    for some in found:
        # Some megabytes at once, however long the records are.
        parts = np.cumsum(some["length"].clip(max=KEPT_BYTES)) // _MOST_BYTES
        for part in np.split(some, np.flatnonzero(np.diff(parts)) + 1):
            kept = list(islice(raws, len(part)))
            yield Marked(kinds, part, np.fromiter(map(len, kept), np.int64, len(kept)), bytearray().join(kept))


def _places(some: Any) -> Iterator[tuple[int, int]]:
    return zip(some["offset"].tolist(), some["length"].clip(max=KEPT_BYTES).tolist(), strict=True)


def _fetched(reader: Connection[Any], rows: Composed) -> Iterator[Any]:
    """Rows of `_ROW`, some at a time."""
    with reader.cursor() as cursor, cursor.copy(SQL("copy ({}) to stdout (format binary)").format(rows)) as copy:
        head = len(binary.SIGNATURE)
        while data := b"".join(islice(copy, AT_ONCE)):
            found = data[head:]
            head = 0
            if len(found) % _ROW.itemsize:
                found = found.removesuffix(binary.TRAILER)
            if found:
                yield np.frombuffer(found, _ROW)


@compiled(
    "int64(int64, int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], uint8[::1], int64[::1], uint8[::1],"
    " uint8[::1])"
)
def put_rejects(
    file: int,
    offsets: ReadOnly,
    lengths: ReadOnly,
    lines: ReadOnly,
    kinds: ReadOnly,
    sizes: ReadOnly,
    raws: ReadOnly,
    ends: ReadOnly,
    whys: ReadOnly,
    out: Bytes,
) -> int:
    """Rows of rejects; the bytes they take. `whys` of kind n stand between the nth of their `ends` and the next."""
    end, kept = 0, 0
    for row in range(len(offsets)):
        end = put_number(out, put_short(out, end, 6), file, 4)
        end = put_number(out, end, offsets[row], 8)
        end = put_number(out, end, lengths[row], 8)
        end = put_number(out, end, lines[row], 8)
        end = put_bytes(raws, kept, kept + sizes[row], out, end)
        kept += sizes[row]
        end = copy_bytes(whys, ends[kinds[row]], ends[kinds[row] + 1], out, end)
    return end
