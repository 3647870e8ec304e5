"""Numbers, booleans, prices, names in their usual forms; what is certainly none is refused, all else is `LEFT`."""

import numpy as np

from backend.domain.characteristics import CharacteristicName
from etl.compiled.machine import Bytes, ReadOnly, step
from etl.compiled.reasons import BOOLEAN, ID_RANGE, INTEGER, LEFT, MISSING, RANGE
from etl.compiled.write import put_bytes, put_int, put_number, put_short

_ZERO, _NINE, _POINT, _PLUS, _MINUS = 48, 57, 46, 43, 45
_LOWER = 32  # the bit that tells a small letter from its capital
_MOST_DIGITS = 18  # of an integer that fits 64 bits
_MOST_WHOLE, _MOST_FRACTION = 12, 6  # digits of a price, before and behind its point
_GROUP = 10_000
_GROUPS = 5  # of a price: three before its point, two behind

_names = [each.value.encode() for each in CharacteristicName]
_NAMES = np.zeros((len(_names), 1 + max(map(len, _names))), np.uint8)
for _row, _name in zip(_NAMES, _names, strict=True):
    _row[0] = len(_name)
    _row[1 : 1 + len(_name)] = list(_name)


@step
def is_space(byte: int) -> bool:
    """White space, of what is no control character."""
    return byte == 32 or byte == 9 or byte == 10 or byte == 13


@step
def trimmed_start(buffer: ReadOnly, start: int, end: int) -> int:
    """Where the value begins behind its white space."""
    while start < end and is_space(buffer[start]):
        start += 1
    return start


@step
def trimmed_end(buffer: ReadOnly, start: int, end: int) -> int:
    """Where the value ends before its white space."""
    while end > start and is_space(buffer[end - 1]):
        end -= 1
    return end


@step
def is_none(buffer: ReadOnly, start: int, end: int) -> bool:
    r"""Nothing, or one of the words for it: null, NULL, \N."""
    length = end - start
    if length == 4:
        small = buffer[start] == 110 and buffer[start + 1] == 117 and buffer[start + 2] == 108
        large = buffer[start] == 78 and buffer[start + 1] == 85 and buffer[start + 2] == 76
        return (small and buffer[start + 3] == 108) or (large and buffer[start + 3] == 76)
    return length == 0 or (length == 2 and buffer[start] == 92 and buffer[start + 1] == 78)


@step
def digits(buffer: ReadOnly, start: int, end: int) -> int:
    """The number that these digits are; `LEFT` where there is none, or something else among them."""
    if not 0 < end - start <= _MOST_DIGITS:
        return LEFT
    value = 0
    for at in range(start, end):
        byte = buffer[at]
        if byte < _ZERO or byte > _NINE:
            return LEFT
        value = value * 10 + (byte - _ZERO)
    return value


@step
def all_digits(buffer: ReadOnly, start: int, end: int) -> bool:
    """Whether there are digits, and nothing else."""
    for at in range(start, end):
        if buffer[at] < _ZERO or buffer[at] > _NINE:
            return False
    return end > start


@step
def put_whole(buffer: ReadOnly, start: int, end: int, low: int, high: int, size: int, out: Bytes, at: int) -> int:
    """An integer between two bounds, as `size` bytes; a reason, or `LEFT`."""
    value = digits(buffer, start, end)
    if value >= 0:
        return put_number(out, at, value, size) if low <= value <= high else RANGE
    if is_none(buffer, start, end):
        return MISSING
    if buffer[start] == _PLUS:
        return LEFT
    first = start + 1 if buffer[start] == _MINUS else start
    if not all_digits(buffer, first, end):
        return INTEGER
    # Less than nothing or beyond 64 bits; a nought with a sign is the rules'.
    while first < end and buffer[first] == _ZERO:
        first += 1
    return RANGE if first < end else LEFT


@step
def put_id(buffer: ReadOnly, start: int, end: int, high: int, out: Bytes, at: int) -> int:
    """An id as delivered; a reason, or `LEFT`."""
    value = digits(buffer, start, end)
    if value > high:
        return ID_RANGE
    return put_whole(buffer, start, end, 1, high, 4, out, at)


@step
def put_boolean(buffer: ReadOnly, start: int, end: int, out: Bytes, at: int) -> int:
    """A boolean in one of its forms; each begins with a letter of its own, the rest is compared in small letters."""
    length = end - start
    if length == 0:
        return MISSING
    first = buffer[start]
    if length == 1 and (first == _ZERO or first == _ZERO + 1):
        return put_number(out, at, first - _ZERO, 1)
    first |= _LOWER
    second = buffer[start + 1] | _LOWER if length > 1 else 0
    third = buffer[start + 2] | _LOWER if length > 2 else 0
    fourth = buffer[start + 3] | _LOWER if length > 3 else 0
    fifth = buffer[start + 4] | _LOWER if length > 4 else 0
    # t r u e, y e s, f a l s e, n o
    if first == 116 and (length == 1 or (length == 4 and second == 114 and third == 117 and fourth == 101)):
        return put_number(out, at, 1, 1)
    if first == 121 and (length == 1 or (length == 3 and second == 101 and third == 115)):
        return put_number(out, at, 1, 1)
    if first == 102 and (
        length == 1 or (length == 5 and second == 97 and third == 108 and fourth == 115 and fifth == 101)
    ):
        return put_number(out, at, 0, 1)
    if first == 110 and (length == 1 or (length == 2 and second == 111)):
        return put_number(out, at, 0, 1)
    return MISSING if is_none(buffer, start, end) else BOOLEAN


@step
def put_name(buffer: ReadOnly, start: int, end: int, out: Bytes, at: int) -> int:
    """A characteristic's name, exactly as storefronts know it."""
    for row in range(len(_NAMES)):
        if _NAMES[row, 0] == end - start:
            place = 0
            while place < end - start and buffer[start + place] == _NAMES[row, 1 + place]:
                place += 1
            if place == end - start:
                return put_bytes(buffer, start, end, out, at)
    return LEFT


@step
def put_price(buffer: ReadOnly, start: int, end: int, out: Bytes, at: int) -> int:
    """A price without a sign, or none: digits to the base of 10,000, without zeros at either end."""
    if is_none(buffer, start, end):
        return put_int(out, at, -1)
    point = start
    while point < end and buffer[point] != _POINT:
        point += 1
    whole, fraction, scale = digits(buffer, start, point), 0, 0
    if point < end:
        fraction, scale = digits(buffer, point + 1, end), end - point - 1
    if whole < 0 or fraction < 0 or point - start > _MOST_WHOLE or scale > _MOST_FRACTION:
        return LEFT
    for _ in range(8 - scale):
        fraction *= 10
    first, last = -1, -1
    for group in range(_GROUPS):
        if _group(whole, fraction, group):
            last = group
            first = group if first < 0 else first
    count = last - first + 1 if first >= 0 else 0
    at = put_int(out, at, 8 + 2 * count)
    at = put_short(out, at, count)
    at = put_short(out, at, 2 - first if count else 0)
    at = put_short(out, put_short(out, at, 0), scale)
    for group in range(first, first + count):
        at = put_short(out, at, _group(whole, fraction, group))
    return at


@step
def _group(whole: int, fraction: int, group: int) -> int:
    """Four digits of a price: groups 0 to 2 stand before its point, 3 and 4 behind."""
    if group == 0:
        return whole // (_GROUP * _GROUP)
    if group == 1:
        return whole // _GROUP % _GROUP
    if group == 2:
        return whole % _GROUP
    return fraction // _GROUP if group == 3 else fraction % _GROUP
