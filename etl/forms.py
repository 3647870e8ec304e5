"""Which forms the values of a taken row had: other ways of writing the same, counted by the names of their steps.

It is told by the bytes of the fields alone, so that the compiled pass counts the same in passing.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from etl import rules
from etl.formats import Understood
from etl.records import unquoted
from etl.rules import Rule

FORMS = ("trim", "null", "epoch", "iso", "boolean_form")
_SPACE = b" \t\r\n"
_NONE = frozenset((b"", b"null", b"NULL", b"\\N"))
_SHORTEST_WORD = 4  # true; every other form of a boolean is shorter
_DASH = 4  # where the first dash of 2019-01-31 stands
_DATES = (None, "auto", "iso", "epoch-ms")  # in which a date is one of the two forms


def _of_moment(value: bytes) -> str | None:
    return "iso" if value[_DASH : _DASH + 1] == b"-" else "epoch"


def _of_boolean(value: bytes) -> str | None:
    return "boolean_form" if len(value) < _SHORTEST_WORD else None


_OF: dict[Rule, Callable[[bytes], str | None] | None] = {
    rules.moment: _of_moment,
    rules.boolean: _of_boolean,
    rules.reported: _of_boolean,
}


class FormsOf:
    """Counts the forms of one file's rows. A constant has none, nor has a date in a form that a mapping names."""

    def __init__(self, understood: Understood) -> None:
        form_of = _OF if understood.date in _DATES else {**_OF, rules.moment: None}
        placed = zip(understood.format.columns, understood.positions, strict=True)
        self._columns = [(position, form_of.get(column.rule)) for column, position in placed if position >= 0]

    def count(self, fields: Sequence[bytes], forms: Counter[str]) -> None:
        """Add the forms of a row that was taken; its fields stand as they do in the file."""
        for position, form_of in self._columns:
            field = fields[position]
            raw = unquoted(field) if field[:1] == b'"' else field
            value = raw.strip(_SPACE)
            if len(value) != len(raw):
                forms["trim"] += 1
            if value in _NONE:
                forms["null"] += 1
            elif form_of is not None and (form := form_of(value)) is not None:
                forms[form] += 1
