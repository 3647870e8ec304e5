"""A record's fields become a clean row, or all the reasons why they cannot."""

from dataclasses import dataclass, field
from hashlib import blake2b

from etl.formats import Understood
from etl.records import Fields, unquoted
from etl.rules import Refused, Value

_ONE_HASH = 8  # bytes: a Postgres bigint


@dataclass(frozen=True, slots=True)
class Row:
    """Clean values in the order of the format's columns, what was repaired, and the hash of what counts as a change."""

    values: list[Value]
    repairs: list[str]
    hash: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Every reason, each beside the column it is about."""

    reasons: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


class Cleaner:
    """Cleans the records of one file."""

    def __init__(self, understood: Understood) -> None:
        columns = understood.format.columns
        self._steps = tuple(
            (column.name, position, column.rule) for column, position in zip(columns, understood.positions, strict=True)
        )
        names = understood.format.column_names
        self._hashed = tuple(names.index(name) for name in understood.format.hashed)

    def clean(self, fields: Fields) -> Row | Refusal:
        """One record. All columns are tried, so that a row tells all its errors at once."""
        values: list[Value] = []
        repairs: list[str] = []
        refusal: Refusal | None = None
        for name, position, rule in self._steps:
            raw = fields[position]
            if raw[:1] == b'"':
                raw = unquoted(raw)
            try:
                values.append(rule(raw, repairs))
            except Refused as refused:
                if refusal is None:
                    refusal = Refusal()
                refusal.reasons.append(refused.reason)
                refusal.columns.append(name)
        return refusal or Row(values, repairs, self._hash(values))

    def _hash(self, values: list[Value]) -> int | None:
        if not self._hashed:
            return None
        text = "\x1f".join(["\x00" if values[index] is None else str(values[index]) for index in self._hashed])
        return int.from_bytes(blake2b(text.encode(), digest_size=_ONE_HASH).digest(), "big", signed=True)
