"""One rejected record tried again: cut from its kept bytes, mended by a named repair, cleaned by the usual rules."""

from dataclasses import dataclass

from etl.clean import Cleaner, Refusal, Row
from etl.formats import Understood
from etl.guard import bare, guard
from etl.records import Cut, cut, unquoted
from etl.remedies import Remedy
from etl.shapes import shape_of_fault


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a record. `before` and `after` are what was mended; `after` is None where nothing could be.

    `shape` is the record's where it could not be cut.
    """

    outcome: Row | Refusal
    shape: str | None
    before: bytes
    after: bytes | None


class Retrier:
    """Tries records of one file with one repair. `column` is what it is for, empty where it is for whole records."""

    def __init__(self, understood: Understood, remedy: Remedy, column: str) -> None:
        self._understood = understood
        self._remedy = remedy
        self._width = len(understood.header)
        self._cleaner = Cleaner(understood)
        names = understood.format.column_names
        self._place = understood.positions[names.index(column)] if column in names else -1

    def try_again(self, raw: bytes) -> Tried:
        """A record's bytes as they stand in the file, whole."""
        kind, _, found = cut(raw, 0, final=True, separator=self._understood.separator)
        if kind is not Cut.RECORD:
            return self._fault("struct", raw)
        fields = [unquoted(field) for field in found]
        if self._remedy.fields is not None:
            mended = self._remedy.fields(fields, self._width)
            before, after = raw, b",".join(map(_quoted, mended)) if mended is not None else None
            fields = mended if mended is not None else fields
        else:
            before, after = self._mend_value(fields)
        if len(fields) != self._width:
            return self._fault("fields", raw)
        return Tried(self._cleaner.clean(tuple(map(_quoted, fields))), None, before, after)

    def _mend_value(self, fields: list[bytes]) -> tuple[bytes, bytes | None]:
        if self._remedy.value is None or not 0 <= self._place < len(fields):
            return b"", None
        before = fields[self._place]
        guarded = self._understood.mended
        before = bare(before) if guarded else before
        after = self._remedy.value(before)
        if after is not None:
            fields[self._place] = guard(after) if guarded else after
        return before, after

    def _fault(self, reason: str, raw: bytes) -> Tried:
        return Tried(Refusal([reason], [""], [b""]), shape_of_fault(reason, raw, self._width), raw, None)


def _quoted(field: bytes) -> bytes:
    return b'"' + field.replace(b'"', b'""') + b'"'
