"""Dates: epoch milliseconds, and ISO dates of the common forms, as microseconds since 2000 in UTC."""

from datetime import UTC, datetime

from etl.binary import POSTGRES_EPOCH
from etl.compiled.machine import Bytes, ReadOnly, step
from etl.compiled.reasons import DATE, DATE_RANGE, LEFT, MISSING
from etl.compiled.values import all_digits, digits, is_none
from etl.compiled.write import put_number
from etl.rules import EARLIEST, LATEST

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS_TO_1970 = 719_468  # from the first of March of the year 0
_MINUTE, _DAY = 60_000_000, 86_400_000_000  # in microseconds
_SHIFT = int((POSTGRES_EPOCH - _UNIX_EPOCH).total_seconds()) * 1_000_000
_EARLIEST = int((EARLIEST - _UNIX_EPOCH).total_seconds()) * 1_000_000
_LATEST = int((LATEST - _UNIX_EPOCH).total_seconds()) * 1_000_000
_MOST_DIGITS = 14  # of milliseconds
_DATE, _TIME = 10, 19  # 2019-01-31, 2019-01-31T12:00:00
_DASH, _COLON, _POINT, _PLUS = 45, 58, 46, 43
_SPACE, _T, _Z = 32, 84, 90


@step
def put_moment(buffer: ReadOnly, start: int, end: int, out: Bytes, at: int) -> int:
    """A moment that no rule has a word about; where it ends, a reason, or `LEFT`."""
    number = digits(buffer, start, end)
    if number >= 0 or all_digits(buffer, start, end):
        micros = number * 1_000 if end - start <= _MOST_DIGITS else _LATEST
    elif _begins_as_date(buffer, start, end):
        micros = _from_iso(buffer, start, end)
        if micros < 0:
            return DATE if end - start == _DATE else LEFT
        micros -= _DAYS_TO_1970 * _DAY
    else:
        return MISSING if is_none(buffer, start, end) else DATE
    if micros < _EARLIEST or micros >= _LATEST:
        return DATE_RANGE
    return put_number(out, at, micros - _SHIFT, 8)


@step
def _begins_as_date(buffer: ReadOnly, start: int, end: int) -> bool:
    """Whether it begins as 2019-01-31 does."""
    return (
        end - start >= _DATE
        and buffer[start + 4] == _DASH
        and buffer[start + 7] == _DASH
        and all_digits(buffer, start, start + 4)
        and all_digits(buffer, start + 5, start + 7)
        and all_digits(buffer, start + 8, start + 10)
    )


@step
def _from_iso(buffer: ReadOnly, start: int, end: int) -> int:
    """Microseconds since March of the year 0 of what begins as a date; `LEFT` for no day at all, or a rarer form."""
    days = _days(
        digits(buffer, start, start + 4), digits(buffer, start + 5, start + 7), digits(buffer, start + 8, start + 10)
    )
    if days < 0:
        return LEFT
    if end - start == _DATE:
        return days * _DAY
    separator = buffer[start + _DATE]
    if end - start < _TIME or (separator != _T and separator != _SPACE):
        return LEFT
    if buffer[start + 13] != _COLON or buffer[start + 16] != _COLON:
        return LEFT
    hour = digits(buffer, start + 11, start + 13)
    minute = digits(buffer, start + 14, start + 16)
    second = digits(buffer, start + 17, start + 19)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return LEFT
    zone, ahead = _zone(buffer, start + _TIME, end)
    micros = _fraction(buffer, start + _TIME, zone)
    if micros < 0:
        return LEFT
    return ((days * 24 + hour) * 60 + minute - ahead) * _MINUTE + second * 1_000_000 + micros


@step
def _zone(buffer: ReadOnly, start: int, end: int) -> tuple[int, int]:
    """Where a zone begins, and how many minutes it is ahead of UTC: Z, +02:00, or nothing."""
    if end > start and buffer[end - 1] == _Z:
        return end - 1, 0
    sign = buffer[end - 6] if end - start >= 6 else 0
    if (sign == _PLUS or sign == _DASH) and buffer[end - 3] == _COLON:
        hours, minutes = digits(buffer, end - 5, end - 3), digits(buffer, end - 2, end)
        if 0 <= hours <= 23 and 0 <= minutes <= 59:
            ahead = hours * 60 + minutes
            return end - 6, ahead if sign == _PLUS else -ahead
    return end, 0


@step
def _fraction(buffer: ReadOnly, start: int, end: int) -> int:
    """Milliseconds or microseconds behind a point, as microseconds."""
    if start == end:
        return 0
    count = end - start - 1
    if buffer[start] != _POINT or (count != 3 and count != 6):
        return LEFT
    value = digits(buffer, start + 1, end)
    return value * 1_000 if count == 3 and value >= 0 else value


@step
def _days(year: int, month: int, day: int) -> int:
    """Days since March of the year 0; `LEFT` for a day that is in no calendar."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return LEFT
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month == 2:
        longest = 29 if leap else 28
    elif month == 4 or month == 6 or month == 9 or month == 11:
        longest = 30
    if day > longest:
        return LEFT
    # Counted from March on, so that the leap day is a year's last.
    counted = year - 1 if month <= 2 else year
    month_from_march = (month + 9) % 12
    since_march = (153 * month_from_march + 2) // 5 + day - 1
    return counted * 365 + counted // 4 - counted // 100 + counted // 400 + since_march
