"""Clean values become rows to stage, gathered in a buffer that both passes write to."""

import struct
from collections.abc import Sequence

from backend.domain.imports import REPAIRS
from etl import binary, layout
from etl.formats import Format
from etl.rules import Value

_PLACE = struct.Struct(">iqiiii")  # three numbers, each behind its length
_LEAST = 1 << 20


class Encoder:
    """Writes the rows of one file, a value at a time."""

    def __init__(self, fmt: Format, file_id: int) -> None:
        names = fmt.column_names
        self._columns = [(names.index(name), binary.ENCODERS[kind]) for name, kind in layout.COLUMNS[fmt.name].items()]
        self._hashed_from = layout.hashed_from(fmt)
        self._head = layout.row_head(fmt, file_id)

    def row(self, place: tuple[int, int, int], values: Sequence[Value], repairs: Sequence[str] = ()) -> bytes:
        """One row; `place` is its offset, line and length, `values` stand in the format's order."""
        parts = [encode(values[index]) for index, encode in self._columns]
        head = self._head + _PLACE.pack(8, place[0], 4, place[1], 4, place[2])
        if self._hashed_from >= 0:
            head += binary.int8(binary.hashed(b"".join(parts[self._hashed_from :])))
            parts.append(repaired(repairs))
        return head + b"".join(parts)


def bits_of(repairs: Sequence[str]) -> int:
    """Repairs as a row keeps them, a bit for each."""
    return sum(1 << REPAIRS.index(name) for name in set(repairs))


def repaired(repairs: Sequence[str]) -> bytes:
    """The repairs that a row keeps: null where nothing was repaired."""
    bits = bits_of(repairs)
    return binary.int2(bits) if bits else binary.NONE


class Rows:
    """Rows in binary form. Emptied, it keeps its memory for the next block."""

    def __init__(self, room: int = _LEAST) -> None:
        self.data = bytearray(room)
        self.used = 0

    def add(self, row: bytes) -> None:
        """Append a row."""
        if self.used + len(row) > len(self.data):
            self.grow(len(row))
        self.data[self.used : self.used + len(row)] = row
        self.used += len(row)

    def grow(self, wanted: int) -> None:
        """Make room for that many bytes more. The old buffer is left to those who still look at it."""
        larger = bytearray(max(2 * len(self.data), self.used + wanted))
        larger[: self.used] = memoryview(self.data)[: self.used]
        self.data = larger

    def written(self) -> memoryview:
        """What was gathered."""
        return memoryview(self.data)[: self.used]

    def clear(self) -> None:
        """Forget what was gathered."""
        self.used = 0
