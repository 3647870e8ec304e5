"""The pass: row after row cut, checked and written, until one comes that is not as it should be."""

from etl.compiled.machine import Bytes, Numbers, ReadOnly, Table, compiled, step
from etl.compiled.moments import put_moment
from etl.compiled.plan import HIGH, KIND, LOW, PLACE, SIZE, Kind
from etl.compiled.scan import DOUBLED, LEFT, NOT_ASCII, breaks_within, scan
from etl.compiled.texts import is_email, is_url, put_text
from etl.compiled.values import is_none, put_boolean, put_name, put_price, put_whole, trimmed_end, trimmed_start
from etl.compiled.write import hashed, put_number

# What the pass counts, as places in `counts`. LINE and USED go in and out.
LINE, USED, RECORDS, RECORD_BYTES, DUPLICATES, REPAIRED, DEFAULTED, EMAILS, FULL = range(9)
COUNTS = 9

# What a row takes beyond its record's bytes: its lineage and hash; a column's length, or a number longer than its text.
HEAD_BYTES, COLUMN_BYTES = 64, 24

_WHOLE, _VOTES, _MOMENT, _TEXT = int(Kind.WHOLE), int(Kind.VOTES), int(Kind.MOMENT), int(Kind.TEXT)
_OPTIONAL_TEXT, _EMAIL, _BOOLEAN, _REPORTED = (
    int(Kind.OPTIONAL_TEXT),
    int(Kind.EMAIL),
    int(Kind.BOOLEAN),
    int(Kind.REPORTED),
)
_URL, _NAME, _PRICE = int(Kind.URL), int(Kind.NAME), int(Kind.PRICE)
# Repairs that the pass makes itself, as bits: none is taken for a default, an odd address is kept.
_DEFAULT, _ODD_EMAIL = 1, 2
_ID_AT = 4  # in a row's values, behind its length: `id` is the first column


@step
def _put(buffer: ReadOnly, fields: Table, plan: Table, column: int, out: Bytes, at: int) -> tuple[int, int]:
    """One value in binary form: where it ends or `LEFT`, and what was repaired."""
    place, kind, high = plan[column, PLACE], plan[column, KIND], plan[column, HIGH]
    start, end, marks = fields[place, 0], fields[place, 1], fields[place, 2]
    if kind == _TEXT or kind == _OPTIONAL_TEXT:
        return put_text(buffer, start, end, marks, high, kind == _OPTIONAL_TEXT, out, at), 0
    if kind == _EMAIL:
        stop = LEFT if marks & NOT_ASCII else put_text(buffer, start, end, marks, high, False, out, at)
        odd = stop > at + 4 and not is_email(out, at + 4, stop)
        return stop, _ODD_EMAIL if odd else 0
    if marks & (NOT_ASCII | DOUBLED):
        return LEFT, 0
    if kind == _URL:
        stop = put_text(buffer, start, end, marks, high, False, out, at)
        return (stop if stop >= 0 and is_url(out, at + 4, stop) else LEFT), 0
    start = trimmed_start(buffer, start, end)
    end = trimmed_end(buffer, start, end)
    if kind == _WHOLE:
        return put_whole(buffer, start, end, plan[column, LOW], high, plan[column, SIZE], out, at), 0
    if kind == _MOMENT:
        return put_moment(buffer, start, end, out, at), 0
    if kind == _BOOLEAN:
        return put_boolean(buffer, start, end, out, at), 0
    if kind == _REPORTED:
        if is_none(buffer, start, end):
            return put_number(out, at, 0, 1), _DEFAULT
        return put_boolean(buffer, start, end, out, at), 0
    if kind == _VOTES:
        if is_none(buffer, start, end):
            return put_number(out, at, 0, 4), _DEFAULT
        return put_whole(buffer, start, end, plan[column, LOW], high, plan[column, SIZE], out, at), 0
    if kind == _NAME:
        return put_name(buffer, start, end, out, at), 0
    if kind == _PRICE:
        return put_price(buffer, start, end, out, at), 0
    return LEFT, 0


@step
def _add(seen: Bytes, out: Bytes, at: int) -> bool:
    """Remember the id that stands here; false where it was met before."""
    number = 0
    for place in range(4):
        number = number * 256 + out[at + place]
    bit = 1 << (number & 7)
    if seen[number >> 3] & bit:
        return False
    seen[number >> 3] |= bit
    return True


@compiled(
    "int64(Array(uint8, 1, 'C', readonly=True), int64, int64, int64, int64, int64[:, ::1], int64[:, ::1],"
    " uint8[::1], uint8[::1], int64, uint8[::1], int64[::1])"
)
def take_rows(
    buffer: ReadOnly,
    at: int,
    end: int,
    base: int,
    longest: int,
    fields: Table,
    plan: Table,
    head: ReadOnly,
    out: Bytes,
    hashed_from: int,
    seen: Bytes,
    counts: Numbers,
) -> int:
    """Take rows from `at` on and write them to `out`; where it stopped: at the end, or at what is not for this pass.

    `base` is the file's offset of the buffer's first byte, `longest` what a record may be long, `head` a row's bytes
    before its offset. `hashed_from` is the first hashed column, or -1 where rows have no hash. `counts` as named above.
    """
    line, used = counts[LINE], counts[USED]
    room = HEAD_BYTES + COLUMN_BYTES * len(plan)
    counts[FULL] = 0
    while at < end:
        byte = buffer[at]
        # White space or a comma may begin a blank line.
        if byte == 44 or byte == 32 or byte == 9 or byte == 10 or byte == 13:
            break
        stop = scan(buffer, at, end, fields)
        if stop == LEFT or stop - at > longest:
            break
        if len(out) - used < room + stop - at:
            counts[FULL] = 1
            break
        for place in range(len(head)):
            out[used + place] = head[place]
        place = put_number(out, used + len(head), base + at, 8)
        place = put_number(out, put_number(out, place, line, 4), stop - at, 4)
        values = place if hashed_from < 0 else place + 12
        repairs = 0
        place, hashed_at = values, values
        for column in range(len(plan)):
            if column == hashed_from:
                hashed_at = place
            place, repaired = _put(buffer, fields, plan, column, out, place)
            if place == LEFT:
                break
            repairs |= repaired
        if place == LEFT:
            break
        if hashed_from >= 0:
            put_number(out, values - 12, hashed(out, hashed_at, place), 8)
        counts[RECORDS] += 1
        counts[RECORD_BYTES] += stop - at
        if _add(seen, out, values + _ID_AT):
            counts[REPAIRED] += repairs != 0
            counts[DEFAULTED] += (repairs & _DEFAULT) != 0
            counts[EMAILS] += (repairs & _ODD_EMAIL) != 0
            used = place
        else:
            counts[DUPLICATES] += 1
        line += 1 + breaks_within(buffer, fields)
        at = stop
    counts[LINE], counts[USED] = line, used
    return at
