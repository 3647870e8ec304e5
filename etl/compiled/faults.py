"""A record that cannot be read, and where reading goes on: as `etl.records` has it, as far as the buffer tells.

What it does not tell (a quote that is closed nowhere, a record beyond the limit) is `LEFT` to the plain pass.
"""

from etl.compiled.machine import ReadOnly, Table, step
from etl.compiled.plan import KIND, PLACE, Kind
from etl.compiled.reasons import FIELDS, LEFT, STRUCT
from etl.compiled.scan import next_that_speaks

_QUOTE, _LF, _CR, _SPACE, _TAB, _ZERO, _NINE = 34, 10, 13, 32, 9, 48, 57
_ID = int(Kind.ID)
_MALFORMED = -1  # in place of a count of fields


@step
def _after_quoted(buffer: ReadOnly, start: int, end: int) -> int:
    """Behind the quote that closes the field opened at `start`; `LEFT` where the buffer ends before that is known."""
    at = next_that_speaks(buffer, start + 1, end, _QUOTE)
    while at < end:
        if buffer[at] == _QUOTE:
            if at + 1 >= end:
                return LEFT
            if buffer[at + 1] != _QUOTE:
                return at + 1
            at += 1
        at = next_that_speaks(buffer, at + 1, end, _QUOTE)
    return LEFT


@step
def _cut(buffer: ReadOnly, at: int, end: int, separator: int, fields: Table) -> tuple[int, int]:
    """Cut one record strictly: where it stops, or `LEFT`; how many fields it has, or `_MALFORMED`.

    `fields` is filled with where its first ones start and end, quotes and all.
    """
    count = 0
    while True:
        start = at
        if at < end and buffer[at] == _QUOTE:
            at = _after_quoted(buffer, at, end)
            if at == LEFT or at >= end:
                return LEFT, count
            stop = at
            if buffer[at] == _CR:
                at += 1
                if at >= end:
                    return LEFT, count
                if buffer[at] != _LF:
                    return at, _MALFORMED
            elif buffer[at] != separator and buffer[at] != _LF:
                return at, _MALFORMED
        else:
            while at < end and buffer[at] != separator and buffer[at] != _LF and buffer[at] != _QUOTE:
                at += 1
            if at >= end:
                return LEFT, count
            if buffer[at] == _QUOTE:
                return at, _MALFORMED
            stop = at - 1 if buffer[at] == _LF and at > start and buffer[at - 1] == _CR else at
        if count < len(fields):
            fields[count, 0], fields[count, 1] = start, stop
        count += 1
        at += 1
        if buffer[at - 1] == _LF:
            return at, count


@step
def _is_key(buffer: ReadOnly, start: int, end: int) -> bool:
    """Whether a field as it stands may be an id: digits, in quotes or not, white space around them or not."""
    if start < end and buffer[start] == _QUOTE:
        start += 1
    if start < end and buffer[end - 1] == _QUOTE:
        end -= 1
    while start < end and (buffer[start] == _SPACE or buffer[start] == _TAB):
        start += 1
    while start < end and (buffer[end - 1] == _SPACE or buffer[end - 1] == _TAB):
        end -= 1
    for at in range(start, end):
        if buffer[at] < _ZERO or buffer[at] > _NINE:
            return False
    return start < end


@step
def _is_whole(buffer: ReadOnly, fields: Table, plan: Table) -> bool:
    """Whether all of a record's ids may be such."""
    for column in range(len(plan)):
        if plan[column, KIND] == _ID:
            place = plan[column, PLACE]
            if not _is_key(buffer, fields[place, 0], fields[place, 1]):
                return False
    return True


@step
def _next_line(buffer: ReadOnly, at: int, end: int) -> int:
    while at < end and buffer[at] != _LF:
        at += 1
    return at + 1


@step
def fault_at(
    buffer: ReadOnly, at: int, end: int, longest: int, separator: int, fields: Table, plan: Table
) -> tuple[int, int]:
    """Where the record at `at`, which could not be taken, stops as a fault, and for which reason; or `LEFT`."""
    stop, count = _cut(buffer, at, end, separator, fields)
    if stop == LEFT or stop - at > longest:
        return LEFT, LEFT
    if count != _MALFORMED:
        return (LEFT if count == len(fields) else stop), FIELDS
    start = _next_line(buffer, at, end)
    while start < end:
        stop, count = _cut(buffer, start, end, separator, fields)
        if stop == LEFT or stop - start > longest:
            return LEFT, LEFT
        if count == len(fields) and _is_whole(buffer, fields, plan):
            return start, STRUCT
        start = _next_line(buffer, start, end)
    return LEFT, LEFT
