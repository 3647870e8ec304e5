"""Numbers and bytes as COPY's binary form has them: a length of four bytes, then the value, most significant first."""

from typing import Any

import numpy as np

from etl import binary
from etl.compiled.machine import MANY, Bytes, ReadOnly, copy_many, put_big, put_word, step, word_at

WORD = 8  # bytes
# numba would make a fraction of a number with a sign and one without.
_HALF: Any = np.uint64(32)
_MIX: Any = np.uint64(binary.MIX)
_END: Any = np.uint64(binary.END)
_END_SHIFT: Any = np.uint64(29)
_NOTHING: Any = np.uint64(0)


@step
def put_int(out: Bytes, at: int, value: int) -> int:
    """Four bytes, without a length; where they end."""
    put_big(out, at, value, 4)
    return at + 4


@step
def put_short(out: Bytes, at: int, value: int) -> int:
    """Two bytes, without a length; where they end."""
    put_big(out, at, value, 2)
    return at + 2


@step
def put_number(out: Bytes, at: int, value: int, size: int) -> int:
    """A whole number of 1, 2, 4 or 8 bytes behind its length; where it ends."""
    put_big(out, at, size, 4)
    if size == 4:
        put_big(out, at + 4, value, 4)
    elif size == 8:
        put_big(out, at + 4, value, 8)
    elif size == 2:
        put_big(out, at + 4, value, 2)
    else:
        put_big(out, at + 4, value, 1)
    return at + 4 + size


@step
def put_bytes(buffer: ReadOnly, start: int, end: int, out: Bytes, at: int) -> int:
    """Bytes behind their length; where they end. What stands close behind them is overwritten."""
    at = put_int(out, at, end - start)
    place, length = 0, end - start
    while place < length and start + place + MANY <= len(buffer):
        copy_many(buffer, start + place, out, at + place)
        place += MANY
    while place < length:
        out[at + place] = buffer[start + place]
        place += 1
    return at + length


@step
def hashed(out: Bytes, start: int, end: int) -> int:
    """The same hash as `etl.binary.hashed`. Behind `end` there is room for a word, which is overwritten."""
    put_word(out, end, _NOTHING)
    mixed: Any = np.uint64(end - start) * _MIX
    at = start
    while at < end:
        mixed = (mixed ^ word_at(out, at)) * _MIX
        mixed ^= mixed >> _HALF
        at += WORD
    mixed = (mixed ^ (mixed >> _END_SHIFT)) * _END
    mixed ^= mixed >> _HALF
    return np.int64(mixed)  # type: ignore[return-value] # it is an int to numba
