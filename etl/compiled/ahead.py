"""One file read by the pass: its plan, the arrays that the machine code works on, its odd rows settled by the rules."""

from collections import Counter
from typing import Any

import numpy as np

from etl import binary, layout, records
from etl.compiled import rows
from etl.compiled.plan import plan_of
from etl.compiled.reasons import LEFT, REASONS
from etl.encode import Rows, repaired
from etl.formats import Understood
from etl.forms import FORMS
from etl.records import KEPT_BYTES
from etl.rejects import Reject, Why, for_one, for_values
from etl.seen import Seen
from etl.shapes import shape_of
from etl.steps import Notes, Refused
from etl.tally import Tally

# Room for the odd rows of one step: numbers, and what was written of them. A step ends where they are full.
_ODD_NUMBERS, _ASIDE_BYTES, _REFUSALS = 1 << 16, 1 << 22, 1 << 13
_QUOTE = 34
_EIGHT = (8).to_bytes(4, "big")
_OWN_REPAIRS = ((rows.DEFAULT, "default"), (rows.ODD_EMAIL, "email"))


class Ahead:
    """Takes the rows of a file whose ends are certain, ahead of the plain pass. Where it stops, that takes a step."""

    def __init__(self, understood: Understood, file_id: int, seen: Seen) -> None:
        fmt = understood.format
        self._plan, constants = plan_of(understood)
        self._constants = _bytes_of(bytearray(constants))
        self._separator = understood.separator
        self._fields = np.zeros((len(understood.header), 3), np.int64)
        # What one row may take, and more.
        self._room = 2 * records.LONGEST_RECORD + len(constants)
        self._head = _bytes_of(bytearray(layout.row_head(fmt, file_id)))
        self._hashed_from = layout.hashed_from(fmt)
        self._seen = seen
        self._waiting = Seen()
        self._odd: Any = np.zeros(_ODD_NUMBERS, np.int64)
        self._buffer, self._base = b"", 0
        self._refusals: Any = np.zeros((_REFUSALS, rows.REFUSED_ROW), np.int64)
        self._aside = bytearray(_ASIDE_BYTES)
        self._counts: Any = np.zeros(rows.COUNTS, np.int64)
        self._repairs: Counter[str] = Counter()
        self._repaired = 0
        self._duplicates = 0
        self._names = fmt.column_names
        self._rules = [column.rule for column in fmt.columns]
        self._columns = [
            (self._names.index(name), binary.ENCODERS[kind]) for name, kind in layout.COLUMNS[fmt.name].items()
        ]
        # Behind the head: offset, line, length, and the hash where there is one; then the length of the id.
        self._id_at = len(self._head) + 12 + 8 + 8 + (12 if self._hashed_from >= 0 else 0) + 4
        self.refused: list[Reject] = []

    def take(self, buffer: bytes, at: int, base: int, line: int, *, out: Rows) -> tuple[int, int]:
        """Take rows from `at` on into `out`: where the pass stopped, and the line it stands on.

        What was refused meanwhile is added to `refused`, some of it not before the next buffer or `settle`.
        """
        counts, data = self._counts, _bytes_of(buffer)
        if buffer is not self._buffer:
            self._refuse()
            self._buffer, self._base = buffer, base
        counts[rows.LINE] = line
        while True:
            counts[rows.USED] = out.used
            at = rows.take_rows(
                data,
                at,
                len(buffer),
                base,
                records.LONGEST_RECORD,
                self._separator,
                self._fields,
                self._plan,
                self._constants,
                self._head,
                _bytes_of(out.data),
                self._hashed_from,
                _bytes_of(self._seen.bits),
                _bytes_of(self._waiting.bits),
                self._odd,
                self._refusals,
                _bytes_of(self._aside),
                counts,
            )
            out.used = int(counts[rows.USED])
            if counts[rows.ODD]:
                self._settle_odd(buffer, base, out)
            if counts[rows.REFUSED] == _REFUSALS:
                self._refuse()
            if not counts[rows.FULL]:
                return at, int(counts[rows.LINE])
            if len(out.data) - out.used < self._room:
                out.grow(self._room)

    def settle(self, tally: Tally) -> None:
        """Add what was counted since the last time."""
        self._refuse()
        self._buffer = b""
        counts = [int(count) for count in self._counts]
        tally.records += counts[rows.RECORDS]
        tally.record_bytes += counts[rows.RECORD_BYTES]
        tally.duplicates += counts[rows.DUPLICATES] + self._duplicates
        tally.repaired += counts[rows.REPAIRED] + self._repaired
        # What was never repaired is not listed.
        tally.repairs += Counter(default=counts[rows.DEFAULTED], email=counts[rows.EMAILS]) + self._repairs
        tally.forms += Counter(dict(zip(FORMS, counts[rows.TRIM :], strict=True)))
        self._counts[:] = 0
        self._repairs.clear()
        self._repaired = self._duplicates = 0

    def _settle_odd(self, buffer: bytes, base: int, out: Rows) -> None:
        numbers, at = self._odd[: self._counts[rows.ODD]].tolist(), 0
        while at < len(numbers):
            end = at + rows.ODD_ROW + numbers[at + rows.ODD_COLUMNS] * len(rows.ODD_COLUMN)
            self._settle_row(numbers[at:end], buffer, base, out)
            at = end
        self._counts[rows.ODD] = self._counts[rows.ASIDE] = 0

    def _refuse(self) -> None:
        """Rows of the buffer with one odd column, which are refused for certain: as most are. Many at once."""
        buffer, base = self._buffer, self._base
        told = self._refusals[: self._counts[rows.REFUSED]].T.tolist()
        starts, stops, lines, columns, reasons, value_starts, value_ends = told
        names = [self._names[index] for index, _ in self._columns]
        self.refused += [
            Reject(
                base + start,
                stop - start,
                line,
                for_one(REASONS[reason], names[column], shape_of(_field(buffer, value_start, value_end))),
                buffer[start : min(stop, start + KEPT_BYTES)],
            )
            for start, stop, line, column, reason, value_start, value_end in zip(
                starts, stops, lines, columns, reasons, value_starts, value_ends, strict=True
            )
        ]
        self._counts[rows.REFUSED] = 0

    def _settle_row(self, row: list[int], buffer: bytes, base: int, out: Rows) -> None:
        start, stop, line, own_repairs, begin, end = row[: rows.ODD_COLUMNS]
        refused: list[tuple[int, str, bytes]] = []
        written: list[tuple[int, bytes]] = []
        repairs = Notes()
        for at in range(rows.ODD_ROW, len(row), len(rows.ODD_COLUMN)):
            column, came_to, value_start, value_end, hole = row[at : at + len(rows.ODD_COLUMN)]
            index, encode = self._columns[column]
            field = _field(buffer, value_start, value_end)
            if came_to != LEFT:
                refused.append((index, REASONS[came_to], field))
                continue
            try:
                written.append((hole, encode(self._rules[index](field, repairs))))
            except Refused as why:
                refused.append((index, why.reason, field))
        if begin < end and row[rows.ODD_ROW + rows.COLUMN] != 0:
            # Its id is no odd one, and waits.
            self._waiting.discard(int.from_bytes(self._aside[begin + self._id_at : begin + self._id_at + 4], "big"))
        if refused:
            raw = buffer[start : min(stop, start + KEPT_BYTES)]
            self.refused.append(Reject(base + start, stop - start, line, self._why(refused), raw))
            return
        repairs += [name for bit, name in _OWN_REPAIRS if own_repairs & bit]
        if self._finish(bytes(self._aside[begin:end]), written, repairs, out):
            for form, count in enumerate(row[rows.ODD_FORMS : rows.ODD_ROW], rows.TRIM):
                if count:
                    self._counts[form] += count

    def _why(self, refused: list[tuple[int, str, bytes]]) -> Why:
        """Of the columns that were refused, by their places in the format: reason and value."""
        columns, reasons, fields = zip(*sorted(refused), strict=True)
        return for_values(reasons, [self._names[index] for index in columns], fields)

    def _finish(self, row: bytes, written: list[tuple[int, bytes]], repairs: list[str], out: Rows) -> bool:
        """Put the missing values into a row and add it; false where its id was met before."""
        parts, done = [], 0
        for hole, value in written:
            parts += [row[done:hole], value]
            done = hole
        whole = bytearray(b"".join([*parts, row[done:]]))
        if not self._seen.add(int.from_bytes(whole[self._id_at : self._id_at + 4], "big")):
            self._duplicates += 1
            return False
        if repairs:
            self._repaired += 1
            self._repairs.update(set(repairs))
        if self._hashed_from >= 0:
            start = values = self._id_at - 4
            for _ in range(self._hashed_from):
                start += 4 + max(0, int.from_bytes(whole[start : start + 4], "big", signed=True))
            end = len(whole)
            whole += bytes(8)
            hashed = rows.hash_of(_bytes_of(whole), start, end)
            del whole[end:]
            whole[values - 8 : values] = hashed.to_bytes(8, "big", signed=True)
            whole[values - 12 : values - 8] = _EIGHT
            whole += repaired(repairs)
        out.add(bytes(whole))
        return True


def _field(buffer: bytes, start: int, end: int) -> bytes:
    """A value without its quotes, as the rules know it."""
    field = buffer[start:end]
    return field.replace(b'""', b'"') if start and buffer[start - 1] == _QUOTE else field


def _bytes_of(data: object) -> Any:
    """The same memory as an array of bytes."""
    return np.frombuffer(data, np.uint8)  # type: ignore[call-overload]
