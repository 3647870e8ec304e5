"""Rows put together from prepared pieces and numbers, by machine code: about 1 GB a second."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from etl.compiled.machine import Bytes, Table, compiled, step

Array = np.ndarray[Any, Any]
_DIGITS = 20  # of the longest number


class Pool:
    """Pieces of text, known by their numbers."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._starts = [0]
        self.bytes: Array
        self.starts: Array

    def add(self, pieces: Iterable[bytes]) -> tuple[int, int]:
        """Add pieces; the number of the first, and how many there are."""
        first = len(self._starts) - 1
        for piece in pieces:
            self._data += piece
            self._starts.append(len(self._data))
        return first, len(self._starts) - 1 - first

    def close(self) -> "Pool":
        """Ready for use."""
        self.bytes = np.frombuffer(bytes(self._data), np.uint8)
        self.starts = np.array(self._starts, np.int64)
        return self

    def lengths(self, numbers: Array) -> Array:
        lengths: Array = self.starts[numbers + 1] - self.starts[numbers]
        return lengths


class Layout:
    """The columns of a matrix of parts: `n` a number, `t` a piece of text; each followed by its byte, if any."""

    def __init__(self, described: str) -> None:
        words = described.split(" ")
        self.numbers = np.array([word[0] == "n" for word in words])
        self.behind = np.array([ord(word[1]) if len(word) > 1 else 0 for word in words], np.uint8)
        self.behind[-1] = ord("\n")

    def rows(self, pool: Pool, parts: Array, out: Array) -> tuple[Array, Array]:
        """The bytes of the rows, and where each of them ends. `out` is grown and handed back where it is too small."""
        texts = parts[:, ~self.numbers]
        size = int(pool.lengths(texts).sum()) + parts.shape[0] * int(self.numbers.sum() * _DIGITS + len(self.behind))
        if size > len(out):
            out = np.empty(size, np.uint8)
        ends = np.empty(parts.shape[0], np.int64)
        _assemble(pool.bytes, pool.starts, parts, self.numbers, self.behind, out, ends)
        return out, ends


@step
def _put_number(out: Bytes, at: int, value: int) -> int:
    digits, rest = 1, value // 10
    while rest > 0:
        digits += 1
        rest //= 10
    for place in range(at + digits - 1, at - 1, -1):
        out[place] = 48 + value % 10
        value //= 10
    return at + digits


@compiled("void(Array(uint8, 1, 'C', readonly=True), i8[::1], i8[:, ::1], b1[::1], u1[::1], u1[::1], i8[::1])")
def _assemble(pool: Table, starts: Table, parts: Table, numbers: Table, behind: Table, out: Table, ends: Table) -> None:
    at = 0
    for row in range(parts.shape[0]):
        for column in range(parts.shape[1]):
            part = parts[row, column]
            if numbers[column]:
                at = _put_number(out, at, part)
            else:
                begin = starts[part]
                size = starts[part + 1] - begin
                for place in range(size):
                    out[at + place] = pool[begin + place]
                at += size
            if behind[column] != 0:
                out[at] = behind[column]
                at += 1
        ends[row] = at
