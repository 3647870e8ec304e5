"""One file read by the pass: its plan, and the arrays that the machine code works on."""

from collections import Counter
from typing import Any

import numpy as np

from etl import layout, records
from etl.compiled import rows
from etl.compiled.plan import plan_of
from etl.encode import Rows
from etl.formats import Understood
from etl.seen import Seen
from etl.tally import Tally


class Ahead:
    """Takes the spotless rows of a file, ahead of the plain pass. Where it stops, that takes a step."""

    def __init__(self, understood: Understood, file_id: int, seen: Seen) -> None:
        fmt = understood.format
        self._plan = plan_of(understood)
        self._fields = np.zeros((len(understood.header), 3), np.int64)
        self._head = _bytes_of(bytearray(layout.row_head(fmt, file_id)))
        self._hashed_from = layout.hashed_from(fmt)
        self._seen = _bytes_of(seen.bits)
        self._counts: Any = np.zeros(rows.COUNTS, np.int64)

    def take(self, buffer: bytes, at: int, base: int, line: int, *, out: Rows) -> tuple[int, int]:
        """Take rows from `at` on into `out`: where the pass stopped, and the line it stands on."""
        counts, data = self._counts, _bytes_of(buffer)
        counts[rows.LINE] = line
        while True:
            counts[rows.USED] = out.used
            at = rows.take_rows(
                data,
                at,
                len(buffer),
                base,
                records.LONGEST_RECORD,
                self._fields,
                self._plan,
                self._head,
                _bytes_of(out.data),
                self._hashed_from,
                self._seen,
                counts,
            )
            out.used = int(counts[rows.USED])
            if not counts[rows.FULL]:
                return at, int(counts[rows.LINE])
            out.grow(records.LONGEST_RECORD * 2)

    def settle(self, tally: Tally) -> None:
        """Add what was counted since the last time."""
        counts = [int(count) for count in self._counts]
        tally.records += counts[rows.RECORDS]
        tally.record_bytes += counts[rows.RECORD_BYTES]
        tally.duplicates += counts[rows.DUPLICATES]
        tally.repaired += counts[rows.REPAIRED]
        # What was never repaired is not listed.
        tally.repairs += Counter(default=counts[rows.DEFAULTED], email=counts[rows.EMAILS])
        self._counts[:] = 0


def _bytes_of(data: object) -> Any:
    """The same memory as an array of bytes."""
    return np.frombuffer(data, np.uint8)  # type: ignore[call-overload]
