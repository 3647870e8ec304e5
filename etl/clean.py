"""A record's fields become a clean row, or all the reasons why they cannot."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from etl.dates import Dated
from etl.formats import Column, Understood
from etl.guard import bare
from etl.records import Fields, unquoted
from etl.rules import Rule, Shifted, Value
from etl.steps import Notes, Refused, notes_with


@dataclass(frozen=True, slots=True)
class Row:
    """Clean values in the order of the format's columns, and what was repaired."""

    values: list[Value]
    repairs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Every reason, each beside the column it is about and the value that was refused (without its quotes)."""

    reasons: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A rule for fields of a file in another encoding. What has no letters there is read as in any other file."""

    rule: Rule
    encoding: str

    def __call__(self, raw: bytes, notes: Notes) -> Value:
        if not raw.isascii():
            with suppress(UnicodeDecodeError):
                raw = raw.decode(self.encoding).encode()
        return self.rule(raw, notes)


@dataclass(frozen=True, slots=True)
class _Constant:
    """A column of which the file says nothing."""

    value: Value

    def __call__(self, _raw: bytes, _notes: Notes) -> Value:
        return self.value


class Cleaner:
    """Cleans the records of one file."""

    def __init__(self, understood: Understood) -> None:
        self._steps = tuple(_steps(understood))
        self._guarded = understood.mended
        self._notes = notes_with(understood.actions)()  # of one row after the other: most leave it empty

    def clean(self, fields: Fields) -> Row | Refusal:
        """One record. All columns are tried, so that a row tells all its errors at once."""
        values: list[Value] = []
        notes = self._notes
        refusal: Refusal | None = None
        for name, position, rule in self._steps:
            raw = fields[position]
            if raw[:1] == b'"':
                raw = unquoted(raw)
            if self._guarded:
                raw = bare(raw)
            try:
                values.append(rule(raw, notes))
            except Refused as refused:
                if refusal is None:
                    refusal = Refusal()
                refusal.reasons.append(refused.reason)
                refusal.columns.append(name)
                refusal.values.append(raw)
        if not notes:
            return refusal or Row(values, ())
        met = tuple(notes)
        notes.clear()
        return refusal or Row(values, met)


def constant_of(understood: Understood, column: Column) -> Value:
    """The clean value of a column of which the file says nothing. Nothing that a rule notes of it is a repair."""
    return column.rule(unquoted(understood.constants[column.name]), Notes())


def _steps(understood: Understood) -> Iterator[tuple[str, int, Rule]]:
    """Each column with its place in the file and its rule."""
    for column, position in zip(understood.format.columns, understood.positions, strict=True):
        name, rule = column.name, column.rule
        if position < 0:
            # Whatever stands in the first field.
            yield name, 0, _Constant(constant_of(understood, column))
            continue
        if name == "date" and understood.date:
            rule = Dated(understood.date)
        elif by := understood.shifts.get(name, 0):
            rule = Shifted(by)
        yield name, position, rule if understood.encoding == "utf-8" else _Decoded(rule, understood.encoding)
