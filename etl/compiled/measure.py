"""What the columns of a file hold, measured on rows in binary form: empty, different, least, most."""

from typing import Any

import numpy as np

from etl.compiled.machine import Numbers, ReadOnly, Table, compiled, lowest, step, word_at
from etl.compiled.walk import int_at, long_at, short_at

REGISTERS = 1024  # of a column: how many values differ is told within 3 %
_REGISTER_BITS = 10
# How a value is measured: by its size as a number, or as text by how long it is.
NUMBER, TEXT, OTHER = range(3)
# What is kept of a column.
EMPTY, LEAST, MOST, FILLED = range(4)
KEPT = 4

_MIX: Any = np.uint64(0x9E3779B97F4A7C15)
_END: Any = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT: Any = np.uint64(31)
_TOP: Any = np.uint64(64 - _REGISTER_BITS)
_MOST_RANK: Any = np.uint64(1 << (63 - _REGISTER_BITS))


@step
def _hash(rows: ReadOnly, at: int, length: int) -> int:
    """Of a long value its beginning, its end and its length: what differs only between is taken for the same."""
    word: Any = np.uint64(length)
    if length >= 8:
        word = (word ^ word_at(rows, at)) * _MIX
        word ^= word >> _SHIFT
        word = (word ^ word_at(rows, at + length - 8)) * _END
    else:
        for place in range(length):
            word = (word ^ np.uint64(rows[at + place])) * _MIX
            word ^= word >> _SHIFT
    word ^= word >> _SHIFT
    word *= _MIX
    return word ^ (word >> _SHIFT)


@compiled("void(uint8[::1], int64, int64, int64[::1], int64[:, ::1], uint8[:, ::1], int64)")
def measure_rows(
    rows: ReadOnly, used: int, first: int, kinds: Numbers, kept: Table, registers: Table, behind: int
) -> None:
    """Measure rows whose columns begin at `first`; so many more values stand `behind` them in each row."""
    at = 0
    while at < used:
        at += first
        for column in range(len(kinds)):
            length = int_at(rows, at)
            at += 4
            if length <= 0:
                kept[column, EMPTY] += 1
                continue
            kind = kinds[column]
            if kind != OTHER:
                value: Any = length
                if kind == NUMBER:
                    if length == 4:
                        value = int_at(rows, at)
                    elif length == 8:
                        value = long_at(rows, at)
                    elif length == 2:
                        value = short_at(rows, at)
                    else:
                        value = np.int64(rows[at])
                if kept[column, FILLED] == 0 or value < kept[column, LEAST]:
                    kept[column, LEAST] = value
                if kept[column, FILLED] == 0 or value > kept[column, MOST]:
                    kept[column, MOST] = value
            kept[column, FILLED] += 1
            hashed: Any = np.uint64(_hash(rows, at, length))
            register = hashed >> _TOP
            rank = lowest(hashed | _MOST_RANK) + 1
            registers[column, register] = max(registers[column, register], rank)
            at += length
        for _ in range(behind):
            length = int_at(rows, at)
            at += 4 + (max(0, length))
