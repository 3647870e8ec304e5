"""Rows as COPY's binary form has them: each value behind its length, none as a length of -1.

This is how a clean row is staged, and what its hash is taken of: two rows with the same bytes are the same row.
"""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from etl.rules import Value

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NONE = b"\xff\xff\xff\xff"
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_INT8 = struct.Struct(">iq")
_INT4 = struct.Struct(">ii")
_INT2 = struct.Struct(">ih")
_LENGTH = struct.Struct(">i")
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"
# Words of 64 bits, and the odd numbers that mix them.
MASK = (1 << 64) - 1
MIX, END = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9


def int8(value: Value) -> bytes:
    """A bigint."""
    return _INT8.pack(8, value)


def int4(value: Value) -> bytes:
    """An integer."""
    return _INT4.pack(4, value)


def int2(value: Value) -> bytes:
    """A smallint."""
    return _INT2.pack(2, value)


def boolean(value: Value) -> bytes:
    """A boolean."""
    return _TRUE if value else _FALSE


def text(value: Value) -> bytes:
    """A text, or the label of an enum."""
    if value is None:
        return NONE
    data = str(value).encode()
    return _LENGTH.pack(len(data)) + data


@lru_cache(maxsize=8192)
def moment(value: Value) -> bytes:
    """A moment in ISO form, as microseconds since 2000."""
    since = datetime.fromisoformat(str(value)) - POSTGRES_EPOCH
    return int8((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def numeric(value: Value) -> bytes:
    """Decimals that are not negative, as digits to the base of 10,000. What was written behind the point is kept."""
    if value is None:
        return NONE
    whole, _, fraction = str(value).partition(".")
    digits = whole.zfill(-(-len(whole) // 4) * 4) + fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    groups = [int(digits[at : at + 4]) for at in range(0, len(digits), 4)]
    weight = -(-len(whole) // 4) - 1
    while groups and not groups[0]:
        del groups[0]
        weight -= 1
    while groups and not groups[-1]:
        del groups[-1]
    data = struct.pack(f">hhHH{len(groups)}h", len(groups), weight if groups else 0, 0, len(fraction), *groups)
    return _LENGTH.pack(len(data)) + data


ENCODERS: dict[str, Callable[[Value], bytes]] = {
    "int": int4,
    "smallint": int2,
    "boolean": boolean,
    "text": text,
    "characteristic_name": text,
    "timestamptz": moment,
    "numeric": numeric,
}


def hashed(data: bytes) -> int:
    """A hash of 64 bits over values in binary form. Stored with every row: another hash makes every row `updated`."""
    mixed = len(data) * MIX & MASK
    padded = data + bytes(-len(data) % 8)
    for word in struct.unpack(f"<{len(padded) // 8}Q", padded):
        mixed = (mixed ^ word) * MIX & MASK
        mixed ^= mixed >> 32
    mixed = (mixed ^ mixed >> 29) * END & MASK
    mixed ^= mixed >> 32
    return mixed - (1 << 64) if mixed >> 63 else mixed
