"""A record's fields become a clean row, or all the reasons why they cannot."""

from dataclasses import dataclass, field

from etl.formats import Understood
from etl.guard import bare
from etl.records import Fields, unquoted
from etl.rules import Refused, Value


@dataclass(frozen=True, slots=True)
class Row:
    """Clean values in the order of the format's columns, and what was repaired."""

    values: list[Value]
    repairs: list[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Every reason, each beside the column it is about and the value that was refused (without its quotes)."""

    reasons: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)


class Cleaner:
    """Cleans the records of one file."""

    def __init__(self, understood: Understood) -> None:
        columns = understood.format.columns
        self._guarded = understood.mended
        self._steps = tuple(
            (column.name, position, column.rule) for column, position in zip(columns, understood.positions, strict=True)
        )

    def clean(self, fields: Fields) -> Row | Refusal:
        """One record. All columns are tried, so that a row tells all its errors at once."""
        values: list[Value] = []
        repairs: list[str] = []
        refusal: Refusal | None = None
        for name, position, rule in self._steps:
            raw = fields[position]
            if raw[:1] == b'"':
                raw = unquoted(raw)
            if self._guarded:
                raw = bare(raw)
            try:
                values.append(rule(raw, repairs))
            except Refused as refused:
                if refusal is None:
                    refusal = Refusal()
                refusal.reasons.append(refused.reason)
                refusal.columns.append(name)
                refusal.values.append(raw)
        return refusal or Row(values, repairs)
