"""Rows in COPY's binary form, read again: where their values stand, and numbers and arrays as Postgres has them.

A row of the formats that have a hash begins with its lineage and its hash, whose lengths are always the same; then come
the columns of `etl.layout`, of which those before the first text are never null and of fixed length, too.
"""

from typing import Any

from etl.compiled.machine import Bytes, ReadOnly, big_at, put_word, step, word_at
from etl.compiled.write import WORD, put_int

# Where the numbers of a lineage stand in a row, and where its hash does, each behind its length.
FILE, OFFSET, LINE, LENGTH, HASH = 6, 14, 26, 34, 42
# The first value's place, behind its length: with a hash before it, and without.
ID, ID_OF_PART = 54, 42
INT4_OID, TEXT_OID = 23, 25


@step
def int_at(row: ReadOnly, at: int) -> int:
    """Four bytes as a number with its sign."""
    return big_at(row, at, 4)


@step
def long_at(row: ReadOnly, at: int) -> int:
    """Eight bytes as a number with its sign."""
    return big_at(row, at, 8)


@step
def short_at(row: ReadOnly, at: int) -> int:
    """Two bytes as a number with its sign."""
    return big_at(row, at, 2)


@step
def behind(row: ReadOnly, at: int, values: int) -> int:
    """The place behind so many values, from the length of the first on."""
    for _ in range(values):
        length = int_at(row, at)
        at += 4 + (max(0, length))
    return at


@step
def copy_bytes(source: ReadOnly, start: int, end: int, out: Bytes, at: int) -> int:
    """Bytes as they stand; where they end. Up to a word behind them is overwritten."""
    place, length = 0, end - start
    while place < length and start + place + WORD <= len(source):
        put_word(out, at + place, word_at(source, start + place))
        place += WORD
    while place < length:
        out[at + place] = source[start + place]
        place += 1
    return at + length


@step
def put_array_head(out: Bytes, at: int, elements: int, oid: int) -> int:
    """What an array of one dimension begins with, behind its length; an empty one has none and is this alone."""
    at = put_int(out, at, 1 if elements else 0)
    at = put_int(out, at, 0)
    at = put_int(out, at, oid)
    if elements:
        at = put_int(out, at, elements)
        at = put_int(out, at, 1)
    return at


@step
def put_element(out: Bytes, at: int, value: int) -> int:
    """An int of an array."""
    return put_int(out, put_int(out, at, 4), value)


@step
def first_of(numbers: Any, wanted: int, near: int) -> int:
    """The first of ascending numbers that is not below the wanted one, sought from `near` on where it is not before."""
    low, high = 0, len(numbers)
    if near < high and (near == 0 or numbers[near - 1] < wanted):
        low, stride = near, 1
        while low + stride < high and numbers[low + stride] < wanted:
            low += stride
            stride *= 2
        high = min(high, low + stride)
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@step
def end_of_group(column: ReadOnly, first: int, number: int) -> int:
    """The place behind the rows from `first` on that have a number."""
    last = first
    while last < len(column) and column[last] == number:
        last += 1
    return last
