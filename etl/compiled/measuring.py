"""One file measured: the arrays that the machine code works on."""

from typing import Any

import numpy as np

from etl.compiled import measure
from etl.compiled.walk import ID, ID_OF_PART
from etl.formats import Format
from etl.layout import COLUMNS, hashed_from

_KINDS = {
    "int": measure.NUMBER,
    "smallint": measure.NUMBER,
    "boolean": measure.NUMBER,
    "timestamptz": measure.NUMBER,
    "text": measure.TEXT,
    "characteristic_name": measure.TEXT,
    "numeric": measure.OTHER,
}


class Measure:
    """Measures the rows of a file, block after block."""

    def __init__(self, fmt: Format) -> None:
        kinds = [_KINDS[kind] for kind in COLUMNS[fmt.name].values()]
        hashes = hashed_from(fmt) >= 0
        self._first = (ID if hashes else ID_OF_PART) - 4
        self._behind = 1 if hashes else 0  # the repairs
        self._kinds: Any = np.array(kinds, np.int64)
        self._kept: Any = np.zeros((len(kinds), measure.KEPT), np.int64)
        self._registers: Any = np.zeros((len(kinds), measure.REGISTERS), np.uint8)

    def add(self, rows: memoryview) -> None:
        """Measure rows."""
        if len(rows):
            data: Any = np.frombuffer(rows, np.uint8)
            measure.measure_rows(data, len(rows), self._first, self._kinds, self._kept, self._registers, self._behind)

    def column(self, place: int) -> tuple[int, int, int, int, list[int]]:
        """Empty ones, the least, the most, how many are not empty, and the registers of what differs."""
        empty, least, most, filled = self._kept[place].tolist()
        return empty, least, most, filled, self._registers[place].tolist()
