"""One file read by the pass: its plan, the arrays that the machine code works on, its odd rows settled by the rules."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np

from backend.domain.imports import REPAIRS
from etl import binary, layout, records
from etl.compiled import rows, settled
from etl.compiled.plan import plan_of
from etl.compiled.reasons import LEFT, REASONS
from etl.encode import Rows, bits_of
from etl.formats import Understood
from etl.forms import FORMS
from etl.records import KEPT_BYTES
from etl.rejects import Reject, Why, for_one, for_values, many
from etl.seen import Seen
from etl.shapes import shape_of, shape_of_fault
from etl.steps import Notes, Refused
from etl.tally import Tally

# Room for the odd rows of one step: numbers, and what was written of them. A step ends where they are full.
_ODD_NUMBERS, _ASIDE_BYTES, _REFUSALS = 1 << 16, 1 << 22, 1 << 13
_QUOTE = 34


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
        waiting = Seen()
        self._seen, self._waiting = _bytes_of(seen.bits), _bytes_of(waiting.bits)
        self._odd: Any = np.zeros(_ODD_NUMBERS, np.int64)
        self._buffer, self._base = b"", 0
        self._refusals: Any = np.zeros((_REFUSALS, rows.REFUSED_ROW), np.int64)
        self._aside = np.zeros(_ASIDE_BYTES, np.uint8)
        self._counts: Any = np.zeros(rows.COUNTS, np.int64)
        self._names = fmt.column_names
        self._rules = [column.rule for column in fmt.columns]
        self._columns = [
            (self._names.index(name), binary.ENCODERS[kind]) for name, kind in layout.COLUMNS[fmt.name].items()
        ]
        # Behind the head: offset, line, length, and the hash where there is one.
        self._values_from = len(self._head) + 12 + 8 + 8 + (12 if self._hashed_from >= 0 else 0)
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
                self._seen,
                self._waiting,
                self._odd,
                self._refusals,
                self._aside,
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
        tally.duplicates += counts[rows.DUPLICATES]
        tally.repaired += counts[rows.REPAIRED]
        # What never was is not listed.
        tally.repairs += Counter(dict(zip(REPAIRS, counts[rows.REPAIRS_FROM :], strict=True)))
        tally.forms += Counter(dict(zip(FORMS, counts[rows.TRIM : rows.REPAIRS_FROM], strict=True)))
        self._counts[:] = 0

    def _refuse(self) -> None:
        """Rows of the buffer with one odd column, and what is no row, which are refused for certain. Many at once."""
        told = self._refusals[: self._counts[rows.REFUSED]]
        if len(told):
            are_faults = told[:, rows.REFUSED_COLUMN] == rows.NO_COLUMN
            self._refuse_alike(told[~are_faults], self._whys_of_values)
            self._refuse_alike(told[are_faults], self._whys_of_faults)
            self._counts[rows.REFUSED] = 0

    def _refuse_alike(self, told: Any, whys_of: Callable[[list[list[int]], list[bytes]], Iterable[Why]]) -> None:
        starts, _, lines, *why = told.T.tolist()
        ends = np.minimum(told[:, 1], told[:, 0] + KEPT_BYTES).tolist()
        raws = list(map(self._buffer.__getitem__, map(slice, starts, ends)))
        offsets, lengths = (self._base + told[:, 0]).tolist(), (told[:, 1] - told[:, 0]).tolist()
        self.refused += many(offsets, lengths, lines, whys_of(why, raws), raws)

    def _whys_of_values(self, told: list[list[int]], _raws: list[bytes]) -> Iterator[Why]:
        columns, reasons, starts, ends = told
        names = [self._names[index] for index, _ in self._columns]
        shapes = map(shape_of, map(_field, repeat(self._buffer), starts, ends))
        return map(for_one, map(REASONS.__getitem__, reasons), map(names.__getitem__, columns), shapes)

    def _whys_of_faults(self, told: list[list[int]], raws: list[bytes]) -> Iterator[Why]:
        reasons = list(map(REASONS.__getitem__, told[1]))
        shapes = map(shape_of_fault, reasons, raws, repeat(len(self._fields)))
        return map(for_one, reasons, repeat(""), shapes)

    def _settle_odd(self, buffer: bytes, base: int, out: Rows) -> None:
        """Ask the rules of what is odd, refuse the rows that they refuse, and put the others into `out`."""
        numbers, at = self._odd[: self._counts[rows.ODD]].tolist(), 0
        values: list[bytes] = []
        repairs: list[int] = []
        while at < len(numbers):
            end = at + rows.ODD_ROW + numbers[at + rows.ODD_COLUMNS] * len(rows.ODD_COLUMN)
            repairs.append(self._settle_row(numbers[at:end], buffer, base, values))
            at = end
        sizes = np.fromiter(map(len, values), np.int64, len(values))
        room = int(self._counts[rows.ASIDE]) + int(sizes.sum()) + len(repairs) * rows.HEAD_BYTES
        if len(out.data) - out.used < room:
            out.grow(room)
        self._counts[rows.USED] = out.used
        settled.put_settled(
            self._odd,
            len(numbers),
            self._aside,
            _bytes_of(b"".join(values)),
            sizes,
            np.array(repairs, np.int64),
            self._values_from,
            self._hashed_from,
            self._seen,
            self._waiting,
            _bytes_of(out.data),
            self._counts,
        )
        out.used = int(self._counts[rows.USED])
        self._counts[rows.ODD] = self._counts[rows.ASIDE] = 0

    def _settle_row(self, row: list[int], buffer: bytes, base: int, values: list[bytes]) -> int:
        """Add the values of a row's odd columns to `values`; its repairs as bits, or `REFUSED`."""
        start, stop, line, repairs = row[: rows.ODD_FROM]
        refused: list[tuple[int, str, bytes]] = []
        notes = Notes()
        for at in range(rows.ODD_ROW, len(row), len(rows.ODD_COLUMN)):
            column, came_to, value_start, value_end, _ = row[at : at + len(rows.ODD_COLUMN)]
            index, encode = self._columns[column]
            field, value = _field(buffer, value_start, value_end), b""
            if came_to != LEFT:
                refused.append((index, REASONS[came_to], field))
            else:
                try:
                    value = encode(self._rules[index](field, notes))
                except Refused as why:
                    refused.append((index, why.reason, field))
            values.append(value)
        if refused:
            raw = buffer[start : min(stop, start + KEPT_BYTES)]
            self.refused.append(Reject(base + start, stop - start, line, self._why(refused), raw))
            return settled.REFUSED
        return repairs | bits_of(notes)

    def _why(self, refused: list[tuple[int, str, bytes]]) -> Why:
        """Of the columns that were refused, by their places in the format: reason and value."""
        columns, reasons, fields = zip(*sorted(refused), strict=True)
        return for_values(reasons, [self._names[index] for index in columns], fields)


def _field(buffer: bytes, start: int, end: int) -> bytes:
    """A value without its quotes, as the rules know it."""
    field = buffer[start:end]
    return field.replace(b'""', b'"') if start and buffer[start - 1] == _QUOTE else field


def _bytes_of(data: object) -> Any:
    """The same memory as an array of bytes."""
    return np.frombuffer(data, np.uint8)  # type: ignore[call-overload]
