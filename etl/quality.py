"""The quality of a file by column: how many values are empty, about how many differ, the least and the most.

A text's least and most are its lengths in bytes; a moment's are told in ISO form. It is of the rows that were taken:
what is wrong with the others, their reasons say.
"""

import math
from datetime import timedelta
from typing import Any

from etl.binary import POSTGRES_EPOCH
from etl.compiled import ready
from etl.formats import Format
from etl.layout import COLUMNS

_NUMBERS = frozenset(("int", "smallint", "boolean", "timestamptz"))


class Quality:
    """Measures one file. Without machine code it stays silent."""

    def __init__(self, fmt: Format) -> None:
        self._types = COLUMNS[fmt.name]
        self._measure = ready.measure(fmt)

    def add(self, rows: memoryview) -> None:
        """Measure rows as they will be staged."""
        if self._measure is not None:
            self._measure.add(rows)

    def told(self) -> dict[str, dict[str, Any]]:
        """What was found, by column."""
        if self._measure is None:
            return {}
        told: dict[str, dict[str, Any]] = {}
        for place, (name, kind) in enumerate(self._types.items()):
            empty, least, most, filled, registers = self._measure.column(place)
            told[name] = {"empty": empty, "distinct": _distinct(registers, filled)}
            if filled and kind in _NUMBERS:
                told[name] |= {"least": _value(kind, least), "most": _value(kind, most)}
            elif filled and kind == "text":
                told[name] |= {"shortest": least, "longest": most}
        return told


def _value(kind: str, number: int) -> int | bool | str:
    if kind == "timestamptz":
        return (POSTGRES_EPOCH + timedelta(microseconds=number)).isoformat()
    return bool(number) if kind == "boolean" else number


def _distinct(registers: list[int], filled: int) -> int:
    """HyperLogLog's estimate (Flajolet et al. 2007), by linear counting where it is small."""
    size = len(registers)
    estimate = 0.7213 / (1 + 1.079 / size) * size * size / sum(2.0**-rank for rank in registers)
    if estimate <= 2.5 * size and (zeros := registers.count(0)):
        estimate = size * math.log(size / zeros)
    return min(filled, round(estimate))
