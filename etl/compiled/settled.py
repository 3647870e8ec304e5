"""Odd rows made whole: what the rules came to is put where it belongs, and the row goes to the others."""

from etl.compiled.machine import Bytes, Numbers, ReadOnly, compiled, step
from etl.compiled.rows import (
    COLUMN,
    COUNTS,
    DUPLICATES,
    HOLE,
    ODD_COLUMN,
    ODD_COLUMNS,
    ODD_FORMS,
    ODD_FROM,
    ODD_ROW,
    ODD_TO,
    REPAIRED,
    REPAIRS_FROM,
    TRIM,
    USED,
    add,
    id_at,
    put_end,
)
from etl.compiled.walk import behind, copy_bytes

REFUSED = -1  # in place of a row's repairs
_ODD_COLUMN = len(ODD_COLUMN)
_FORMS = REPAIRS_FROM - TRIM


@step
def _keep(
    odd: Numbers,
    at: int,
    repairs: int,
    end: int,
    values_from: int,
    hashed_from: int,
    seen: Bytes,
    out: Bytes,
    counts: Numbers,
) -> None:
    """Take the row between what is used of `out` and `end`, unless its id was met before."""
    values = counts[USED] + values_from
    if not add(seen, id_at(out, values)):
        counts[DUPLICATES] += 1
        return
    if hashed_from >= 0:
        end = put_end(out, values, behind(out, values, hashed_from), end, repairs)
    counts[USED] = end
    counts[REPAIRED] += repairs != 0
    for name in range(COUNTS - REPAIRS_FROM):
        counts[REPAIRS_FROM + name] += (repairs >> name) & 1
    for form in range(_FORMS):
        counts[TRIM + form] += odd[at + ODD_FORMS + form]


@compiled(
    "void(int64[::1], int64, uint8[::1], Array(uint8, 1, 'C', readonly=True), int64[::1], int64[::1], int64, int64,"
    " uint8[::1], uint8[::1], uint8[::1], int64[::1])",
    short=True,
)
def put_settled(
    odd: Numbers,
    end: int,
    aside: Bytes,
    values: ReadOnly,
    sizes: Numbers,
    repairs: Numbers,
    values_from: int,
    hashed_from: int,
    seen: Bytes,
    waiting: Bytes,
    out: Bytes,
    counts: Numbers,
) -> None:
    """Put the odd rows that are told up to `end` into `out`, but for those that were refused.

    `values` are the missing ones side by side, each with its length before it; `sizes` has the bytes of each, one for
    each odd column; `repairs` the bits of each row, or `REFUSED`; `values_from` is where values begin in a row. All
    else is as in `rows.take_rows`. No id waits any more.
    """
    at = number = column = read = 0
    while at < end:
        begin, stop, columns = odd[at + ODD_FROM], odd[at + ODD_TO], odd[at + ODD_COLUMNS]
        if begin < stop and odd[at + ODD_ROW + COLUMN] != 0:
            # Its id is no odd one, and waits.
            waits = id_at(aside, begin + values_from)
            waiting[waits >> 3] &= ~(1 << (waits & 7))
        place, done = counts[USED], begin
        for each in range(columns):
            if repairs[number] != REFUSED:
                hole = begin + odd[at + ODD_ROW + _ODD_COLUMN * each + HOLE]
                place = copy_bytes(aside, done, hole, out, place)
                place = copy_bytes(values, read, read + sizes[column + each], out, place)
                done = hole
            read += sizes[column + each]
        if repairs[number] != REFUSED:
            place = copy_bytes(aside, done, stop, out, place)
            _keep(odd, at, repairs[number], place, values_from, hashed_from, seen, out, counts)
        column += columns
        number += 1
        at += ODD_ROW + _ODD_COLUMN * columns
