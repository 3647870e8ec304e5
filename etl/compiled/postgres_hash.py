"""Postgres' own hashes of arrays: so what is stored and what is delivered are compared without fetching the one.

`hash_array_extended(..., 0)` of int[] and text[]: Bob Jenkins' lookup3 over each element, mixed into one number. It is
what hash partitions are placed by, so it stays the same from one version of Postgres to the next.
Source: src/common/hashfn.c and src/backend/utils/adt/arrayfuncs.c of Postgres.
"""

from typing import Any

import numpy as np

from etl.compiled.machine import ReadOnly, compiled, step

NO_ELEMENTS = 1
_GOLDEN = 0x9E3779B9 + 3923095
_LOW = 0xFFFFFFFF


@step
def _turned(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & _LOW


@step
def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    a = ((a - c) & _LOW) ^ _turned(c, 4)
    c = (c + b) & _LOW
    b = ((b - a) & _LOW) ^ _turned(a, 6)
    a = (a + c) & _LOW
    c = ((c - b) & _LOW) ^ _turned(b, 8)
    b = (b + a) & _LOW
    a = ((a - c) & _LOW) ^ _turned(c, 16)
    c = (c + b) & _LOW
    b = ((b - a) & _LOW) ^ _turned(a, 19)
    a = (a + c) & _LOW
    c = ((c - b) & _LOW) ^ _turned(b, 4)
    b = (b + a) & _LOW
    return a, b, c


@step
def _ended(a: int, b: int, c: int) -> int:
    c = ((c ^ b) - _turned(b, 14)) & _LOW
    a = ((a ^ c) - _turned(c, 11)) & _LOW
    b = ((b ^ a) - _turned(a, 25)) & _LOW
    c = ((c ^ b) - _turned(b, 16)) & _LOW
    a = ((a ^ c) - _turned(c, 4)) & _LOW
    b = ((b ^ a) - _turned(a, 14)) & _LOW
    c = ((c ^ b) - _turned(b, 24)) & _LOW
    return (b << 32) | c


@step
def of_int(value: int) -> int:
    """The hash of an int."""
    start = (_GOLDEN + 4) & _LOW
    return _ended((start + value) & _LOW, start, start)


@step
def of_text(data: ReadOnly, at: int, size: int) -> int:
    """The hash of a text's bytes."""
    a = b = c = (_GOLDEN + size) & _LOW
    left = size
    while left >= 12:
        a, b, c = a + _word(data, at, 4), b + _word(data, at + 4, 4), c + _word(data, at + 8, 4)
        a, b, c = _mixed(a & _LOW, b & _LOW, c & _LOW)
        at += 12
        left -= 12
    a = (a + _word(data, at, min(left, 4))) & _LOW
    if left > 4:
        b = (b + _word(data, at + 4, min(left - 4, 4))) & _LOW
    if left > 8:
        # Its lowest byte is the length's.
        c = (c + (_word(data, at + 8, left - 8) << 8)) & _LOW
    return _ended(a, b, c)


@step
def _word(data: ReadOnly, at: int, size: int) -> int:
    word: Any = 0
    for place in range(size):
        word |= np.int64(data[at + place]) << (8 * place)
    return word


@step
def with_element(array: int, element: int) -> int:
    """An array's hash with one more element."""
    return np.int64(np.uint64(array) * np.uint64(31) + np.uint64(element))  # type: ignore[return-value]


@compiled("int64(int32[::1])")
def of_ints(values: Any) -> int:
    """`hash_array_extended` of an int[]."""
    result = NO_ELEMENTS
    for at in range(len(values)):
        result = with_element(result, of_int(values[at]))
    return result


@compiled("int64(uint8[::1], int64[::1])")
def of_texts(data: Any, ends: Any) -> int:
    """`hash_array_extended` of a text[], whose elements stand one behind the other in `data`."""
    result, start = NO_ELEMENTS, 0
    for at in range(len(ends)):
        result = with_element(result, of_text(data, start, ends[at] - start))
        start = ends[at]
    return result
