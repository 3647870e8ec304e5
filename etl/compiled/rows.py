"""The pass: row after row cut, checked and written, until one comes whose end cannot be known here.

A row in which something is not as it should be is set aside as *odd*: what is wrong with which column, and what could
be written of it. Those are settled in Python, by the rules, before anything else of the file is read.
"""

from backend.domain.imports import REPAIRS
from etl.compiled.faults import fault_at
from etl.compiled.machine import Bytes, Numbers, ReadOnly, Table, big_at, compiled, step
from etl.compiled.moments import put_moment
from etl.compiled.plan import HIGH, KIND, LOW, OPTIONAL, PLACE, SIZE, Kind
from etl.compiled.reasons import LEFT, MISSING, URL
from etl.compiled.scan import CONTROL, DOUBLED, NOT_ASCII, breaks_within, lines_within, scan
from etl.compiled.texts import is_email, is_url, put_text
from etl.compiled.values import (
    is_none,
    is_space,
    put_boolean,
    put_id,
    put_name,
    put_price,
    put_whole,
    trimmed_end,
    trimmed_start,
)
from etl.compiled.walk import copy_bytes
from etl.compiled.write import hashed, put_int, put_number

# What the pass counts, as places in `counts`. LINE, USED and the ends of what is odd go in and out.
LINE, USED, RECORDS, RECORD_BYTES, DUPLICATES, REPAIRED, FULL, ODD, ASIDE, REFUSED = range(10)
# Behind these the forms of values, in the order of `etl.forms.FORMS`, and each repair, in that of `REPAIRS`.
TRIM, NULL, EPOCH, ISO, BOOLEAN_FORM = range(10, 15)
REPAIRS_FROM = 15
COUNTS = REPAIRS_FROM + len(REPAIRS)

# An odd row as numbers: where it starts and ends in the buffer, its line, its repairs, what was written of it (from and
# to, aside), how many columns are odd, and the forms of its values; then each odd column: its place in the plan, what
# it came to, where its value starts and ends in the buffer, and where in the row it belongs.
ODD_START, ODD_STOP, ODD_LINE, ODD_REPAIRS, ODD_FROM, ODD_TO, ODD_COLUMNS, ODD_FORMS = range(8)
ODD_ROW = ODD_FORMS + REPAIRS_FROM - TRIM
ODD_COLUMN = COLUMN, CAME_TO, VALUE_START, VALUE_END, HOLE = tuple(range(5))
_ODD_COLUMN = len(ODD_COLUMN)
# Most odd rows are refused for one column, and for certain: where it starts and ends, its line, and four of the column.
# Of what is no row that says so, and the reason.
REFUSED_ROW, REFUSED_COLUMN = 7, 3
NO_COLUMN = -1

# What a row takes beyond its record's bytes: its lineage and hash; a column's length, or a number longer than its text.
HEAD_BYTES, COLUMN_BYTES = 64, 24

_WHOLE, _VOTES, _MOMENT, _TEXT = int(Kind.WHOLE), int(Kind.VOTES), int(Kind.MOMENT), int(Kind.TEXT)
_OPTIONAL_TEXT, _EMAIL, _BOOLEAN, _REPORTED = (
    int(Kind.OPTIONAL_TEXT),
    int(Kind.EMAIL),
    int(Kind.BOOLEAN),
    int(Kind.REPORTED),
)
_URL, _NAME, _PRICE, _ID = int(Kind.URL), int(Kind.NAME), int(Kind.PRICE), int(Kind.ID)
_CONSTANT = int(Kind.CONSTANT)
# Repairs that the pass makes itself, as bits: none is taken for a default, an odd address is kept.
_DEFAULT, _EMAIL_KEPT = REPAIRS.index("default"), REPAIRS.index("email")
DEFAULT, ODD_EMAIL = 1 << _DEFAULT, 1 << _EMAIL_KEPT
_LONGEST_NONE = 4  # null; and the shortest of true and false
_FIRST_DASH, _DASH = 4, 45  # of 2019-01-31
_ID_AT = 4  # in a row's values, behind its length: `id` is the first column


@step
def _put(buffer: ReadOnly, fields: Table, plan: Table, column: int, out: Bytes, at: int) -> tuple[int, int]:
    """One value in binary form: where it ends, a reason or `LEFT`; and what was repaired."""
    place, kind, high = plan[column, PLACE], plan[column, KIND], plan[column, HIGH]
    start, end, marks = fields[place, 0], fields[place, 1], fields[place, 2]
    if kind == _TEXT or kind == _OPTIONAL_TEXT:
        return put_text(buffer, start, end, marks, high, kind == _OPTIONAL_TEXT, out, at), 0
    if kind == _EMAIL:
        stop = LEFT if marks & NOT_ASCII else put_text(buffer, start, end, marks, high, False, out, at)
        odd = stop > at + 4 and not is_email(out, at + 4, stop)
        return stop, ODD_EMAIL if odd else 0
    if marks & (NOT_ASCII | DOUBLED | CONTROL):
        return LEFT, 0
    if kind == _URL:
        stop = put_text(buffer, start, end, marks, high, False, out, at)
        if stop == at + 4:
            return (stop if plan[column, LOW] == OPTIONAL else MISSING), 0
        return (stop if stop < 0 or is_url(out, at + 4, stop) else URL), 0
    start = trimmed_start(buffer, start, end)
    end = trimmed_end(buffer, start, end)
    if kind == _ID:
        return put_id(buffer, start, end, high, out, at), 0
    if kind == _WHOLE:
        return put_whole(buffer, start, end, plan[column, LOW], high, plan[column, SIZE], out, at), 0
    if kind == _MOMENT:
        return put_moment(buffer, start, end, out, at), 0
    if kind == _BOOLEAN:
        return put_boolean(buffer, start, end, out, at), 0
    if kind == _REPORTED:
        if is_none(buffer, start, end):
            return put_number(out, at, 0, 1), DEFAULT
        return put_boolean(buffer, start, end, out, at), 0
    if kind == _VOTES:
        if is_none(buffer, start, end):
            return put_number(out, at, 0, 4), DEFAULT
        return put_whole(buffer, start, end, plan[column, LOW], high, plan[column, SIZE], out, at), 0
    if kind == _NAME:
        return put_name(buffer, start, end, out, at), 0
    if kind == _PRICE:
        return put_price(buffer, start, end, out, at), 0
    return LEFT, 0


@step
def _count_forms(buffer: ReadOnly, fields: Table, plan: Table, counts: Numbers, at: int) -> None:
    """Add the forms of a row's values to the counts from `at` on, as `etl.forms` counts them."""
    for column in range(len(plan)):
        # A constant's place, -1, is that of the last field, which counts once.
        place = plan[column, PLACE]
        start, end = fields[place, 0], fields[place, 1]
        if start < end and (is_space(buffer[start]) or is_space(buffer[end - 1])):
            counts[at] += place >= 0
            start = trimmed_start(buffer, start, end)
            end = trimmed_end(buffer, start, end)
        if end - start <= _LONGEST_NONE and is_none(buffer, start, end):
            counts[at + NULL - TRIM] += place >= 0
            continue
        kind = plan[column, KIND]
        if kind == _MOMENT:
            form = ISO if end - start > _FIRST_DASH and buffer[start + _FIRST_DASH] == _DASH else EPOCH
            counts[at + form - TRIM] += 1
        elif (kind == _BOOLEAN or kind == _REPORTED) and end - start < _LONGEST_NONE:
            counts[at + BOOLEAN_FORM - TRIM] += 1


@step
def id_at(row: Bytes, values: int) -> int:
    """The id of a row whose values begin there."""
    return big_at(row, values + _ID_AT, 4)


@step
def add(seen: Bytes, number: int) -> bool:
    """Remember an id; false where it was met before."""
    bit = 1 << (number & 7)
    if seen[number >> 3] & bit:
        return False
    seen[number >> 3] |= bit
    return True


@step
def put_end(out: Bytes, values: int, hashed_at: int, end: int, repairs: int) -> int:
    """The hash of a row, before its values, and what was repaired, behind them; where it ends."""
    put_number(out, values - 12, hashed(out, hashed_at, end), 8)
    return put_number(out, end, repairs, 2) if repairs else put_int(out, end, -1)


@compiled(
    "int64(Array(uint8, 1, 'C', readonly=True), int64, int64, int64, int64, int64, int64[:, ::1], int64[:, ::1],"
    " uint8[::1], uint8[::1], uint8[::1], int64, uint8[::1], uint8[::1], int64[::1], int64[:, ::1], uint8[::1],"
    " int64[::1])"
)
def take_rows(
    buffer: ReadOnly,
    at: int,
    end: int,
    base: int,
    longest: int,
    separator: int,
    fields: Table,
    plan: Table,
    constants: Bytes,
    head: ReadOnly,
    out: Bytes,
    hashed_from: int,
    seen: Bytes,
    waiting: Bytes,
    odd: Numbers,
    refusals: Table,
    aside: Bytes,
    counts: Numbers,
) -> int:
    """Take rows from `at` on and write them to `out`; where it stopped: at the end, or at what is not for this pass.

    `base` is the file's offset of the buffer's first byte, `longest` what a record may be long, `constants` what the
    plan takes from there, `head` a row's bytes before its offset. `hashed_from` is the first hashed column, or -1 where
    rows have no hash. `seen` are the ids that were taken, `waiting` those of odd rows: the pass stops before a row
    whose id waits, because the first one has it. Odd rows are told in `odd`, and `aside` holds what was written of
    them, but for those in `refusals`. `counts` as named above; `FULL` is set where it stopped for want of room, and
    does not stand at a fault.
    """
    line, used = counts[LINE], counts[USED]
    room = HEAD_BYTES + COLUMN_BYTES * len(plan) + len(constants)
    counts[FULL] = 0
    while at < end:
        byte = buffer[at]
        # White space or a separator may begin a blank line.
        if byte == separator or byte == 32 or byte == 9 or byte == 10 or byte == 13:
            break
        stop = scan(buffer, at, end, separator, fields)
        if stop == LEFT:
            stop, reason = fault_at(buffer, at, end, longest, separator, fields, plan)
            if stop == LEFT:
                break
            if counts[REFUSED] == len(refusals):
                counts[FULL] = 1
                break
            refusal = refusals[counts[REFUSED]]
            refusal[0], refusal[1], refusal[2], refusal[3], refusal[4] = at, stop, line, NO_COLUMN, reason
            counts[REFUSED] += 1
            counts[RECORDS] += 1
            counts[RECORD_BYTES] += stop - at
            line += lines_within(buffer, at, stop)
            at = stop
            continue
        if stop - at > longest:
            break
        mark = counts[ODD] + ODD_ROW
        if (
            len(out) - used < room + stop - at
            or len(aside) - counts[ASIDE] < room + stop - at
            or len(odd) - mark < _ODD_COLUMN * len(plan)
            or counts[REFUSED] == len(refusals)
        ):
            counts[FULL] = 1
            break
        for place in range(len(head)):
            out[used + place] = head[place]
        place = put_number(out, used + len(head), base + at, 8)
        place = put_number(out, put_number(out, place, line, 4), stop - at, 4)
        values = place if hashed_from < 0 else place + 12
        repairs = 0
        refused, known = False, True
        place, hashed_at = values, values
        for column in range(len(plan)):
            if column == hashed_from:
                hashed_at = place
            put, repaired = _put(buffer, fields, plan, column, out, place)
            if put >= 0:
                place = put
                repairs |= repaired
                continue
            # Here, because asking before each value takes a tenth longer.
            if plan[column, KIND] == _CONSTANT:
                place = copy_bytes(constants, plan[column, LOW], plan[column, HIGH], out, place)
                continue
            odd[mark + COLUMN] = column
            odd[mark + CAME_TO] = put
            odd[mark + VALUE_START] = fields[plan[column, PLACE], 0]
            odd[mark + VALUE_END] = fields[plan[column, PLACE], 1]
            odd[mark + HOLE] = place - used
            mark += _ODD_COLUMN
            refused = refused or put != LEFT
            known = known and column != 0
        number = id_at(out, values) if known else 0
        if known and waiting[number >> 3] & (1 << (number & 7)):
            counts[FULL] = 1
            break
        counts[RECORDS] += 1
        counts[RECORD_BYTES] += stop - at
        columns = (mark - counts[ODD] - ODD_ROW) // _ODD_COLUMN
        if columns == 1 and refused:
            refusal, mark = refusals[counts[REFUSED]], counts[ODD] + ODD_ROW
            refusal[0], refusal[1], refusal[2] = at, stop, line
            for each in range(HOLE):
                refusal[REFUSED_COLUMN + each] = odd[mark + each]
            counts[REFUSED] += 1
        elif columns:
            mark, row = counts[ODD], counts[ASIDE]
            odd[mark + ODD_START] = at
            odd[mark + ODD_STOP] = stop
            odd[mark + ODD_LINE] = line
            odd[mark + ODD_REPAIRS] = repairs
            odd[mark + ODD_FROM] = row
            odd[mark + ODD_COLUMNS] = columns
            if not refused:
                for form in range(REPAIRS_FROM - TRIM):
                    odd[mark + ODD_FORMS + form] = 0
                _count_forms(buffer, fields, plan, odd, mark + ODD_FORMS)
                for byte_at in range(used, place):
                    aside[row] = out[byte_at]
                    row += 1
                if known:
                    waiting[number >> 3] |= 1 << (number & 7)
            odd[mark + ODD_TO] = row
            counts[ODD] = mark + ODD_ROW + _ODD_COLUMN * columns
            counts[ASIDE] = row
        elif add(seen, number):
            if hashed_from >= 0:
                place = put_end(out, values, hashed_at, place, repairs)
            counts[REPAIRED] += repairs != 0
            counts[REPAIRS_FROM + _DEFAULT] += (repairs & DEFAULT) != 0
            counts[REPAIRS_FROM + _EMAIL_KEPT] += (repairs & ODD_EMAIL) != 0
            _count_forms(buffer, fields, plan, counts, TRIM)
            used = place
        else:
            counts[DUPLICATES] += 1
        line += 1 + breaks_within(buffer, fields)
        at = stop
        if columns and not (refused or known):
            counts[FULL] = 1
            break
    counts[LINE], counts[USED] = line, used
    return at
