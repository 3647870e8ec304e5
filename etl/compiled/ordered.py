"""Rows that come nearly in order: the few that do not wait apart, and are put in between when all are there.

To sort all of them would be to write all of them twice.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from etl.compiled.machine import Numbers, ReadOnly, compiled, step
from etl.spill import AT_ONCE, PAGE, Spill, reserve

FEW = 16  # one row of so many may be out of order; where more are, or more than are sorted at once, all are sorted
_SOUGHT = 1 << 10  # late rows whose places are sought at once: each is on pages of its own
_MOVED = 1 << 21  # rows that are moved at once
_AHEAD = (1, 2, 4, 8, 16)  # rows behind a row that tell whether it stands too high


@step
def _key(first: int, second: int) -> int:
    return (np.int64(first) << 32) | second  # type: ignore[return-value] # it is an int to numba


@compiled("int64(int32[::1], int32[::1], int64[::1], boolean[::1])")
def out_of_order(first: ReadOnly, second: ReadOnly, last: Numbers, found: Numbers) -> int:
    """Mark the rows without which the others are in order; how many.

    `last` has the key of the last row that was in order. A row that stands too high would put all behind it out of
    order: it is marked where most of those would be in order without it, as are the last rows of a block.
    """
    count = 0
    for at in range(len(first)):
        key = _key(first[at], second[at])
        out = key < last[0]
        if not out:
            told, against = 0, 0
            for ahead in _AHEAD:
                if at + ahead < len(first):
                    told += 1
                    other = _key(first[at + ahead], second[at + ahead])
                    if last[0] <= other < key:
                        against += 1
            out = 2 * against >= told
        if out:
            found[at] = True
            count += 1
        else:
            last[0] = key
    return count


@compiled("void(int32[::1], int32[::1], int64, int32[::1], int32[::1], int64[::1])")
def places_among(
    first: ReadOnly, second: ReadOnly, rows: int, late_first: ReadOnly, late_second: ReadOnly, places: Numbers
) -> None:
    """For each late row, of the first `rows`, which are in order, the first whose key is larger."""
    for late in range(len(late_first)):
        key = _key(late_first[late], late_second[late])
        low, high = 0, rows
        while low < high:
            middle = (low + high) >> 1
            if _key(first[middle], second[middle]) <= key:
                low = middle + 1
            else:
                high = middle
        places[late] = low


@compiled(*(f"void({kind}[::1], int64[::1], {kind}[::1], int64[::1], int64)" for kind in ("int64", "int32", "uint8")))
def put_between(column: Numbers, places: ReadOnly, values: ReadOnly, left: Numbers, most: int) -> None:
    """Move rows of a column apart and put each value before the one at its place; `places` ascend.

    It goes from the end on, over `most` rows at a time: `left` has how many rows and how many values are left.
    """
    row, late = left[0], left[1]
    end = max(0, row - most)
    while late > 0 and (row > end or end == 0):
        if row > places[late - 1]:
            column[row + late - 1] = column[row - 1]
            row -= 1
        else:
            column[row + late - 1] = values[late - 1]
            late -= 1
    left[0], left[1] = row, late


class Ordered(Spill):
    """A spill in the order of two columns, numbers of 32 bits that are not negative, once it is put `in_order`."""

    def __init__(self, columns: Mapping[str, str], by: tuple[str, str]) -> None:
        super().__init__(columns)
        self._by = by
        self._late = Spill(columns)
        self._last: Any = np.full(1, -1, np.int64)

    def add(self, **columns: Any) -> None:
        """As `Spill` does."""
        first, second = (np.ascontiguousarray(columns[name], np.int32) for name in self._by)
        late = np.zeros(len(first), np.bool_)
        if out_of_order(first, second, self._last, late):
            self._late.add(**{name: values[late] for name, values in columns.items()})
            columns = {name: values[~late] for name, values in columns.items()}
        super().add(**columns)

    def put_in_order(self) -> None:
        """All rows are added."""
        if self._late.rows > min(self.rows // FEW, AT_ONCE):
            for start in range(0, self._late.rows, PAGE):
                super().add(**{name: self._late.array(name)[start : start + PAGE] for name in self._types})
            self.sort(self._by)
        elif self._late.rows:
            self._put_between()

    def _put_between(self) -> None:
        late = {name: self._late.array(name) for name in self._types}
        first, second = self._by
        order = np.lexsort((late[second], late[first]))
        places = np.zeros(len(order), np.int64)
        keys = self.array(first), self.array(second)
        for start in range(0, len(order), _SOUGHT):
            some = order[start : start + _SOUGHT]
            places_among(*keys, self.rows, late[first][some], late[second][some], places[start : start + _SOUGHT])
            self.forget(self.rows)
        rows, self.rows = self.rows, self.rows + len(order)
        for name, kind in self._types.items():
            reserve(self._files[name], self.rows * np.dtype(kind).itemsize)
            column, values, left = self.array(name), late[name][order], np.array([rows, len(order)])
            while left[1]:
                put_between(column, places, values, left, _MOVED)
                self.forget(self.rows)

    def close(self) -> None:
        """As `Spill` does."""
        super().close()
        self._late.close()
