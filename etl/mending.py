"""Rejects of one file as CSV to mend and load: its own columns in its own order, then ours, which say what was wrong.

Values are the original bytes, guarded against spreadsheets (`etl.guard`): what comes out goes in again as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from etl.guard import bare, guard, is_ours
from etl.records import Cut, cut, unquoted

COLUMNS = ("atelier_reject", "atelier_reasons", "atelier_line", "atelier_offset", "atelier_length", "atelier_record")


class MendingTable:
    """The rejects of one file, a line each. `file` is its row; how it was understood says its columns.

    Of a file that was read before its columns were kept there is `atelier_record` alone.
    """

    def __init__(self, file: Mapping[str, Any]) -> None:
        understood: Mapping[str, Any] = file["understood"] or {}
        header = tuple(understood.get("header", ()))
        self._width = len(header)
        self._guarded = any(map(is_ours, header))
        self._places = [place for place, name in enumerate(header) if not is_ours(name)]
        self._header = [header[place] for place in self._places]
        self._separator = str(understood.get("separator") or ",").encode()

    def header(self) -> bytes:
        """The first line."""
        return self._line(name.encode() for name in (*self._header, *COLUMNS))

    def row(self, reject: Mapping[str, Any]) -> bytes:
        """A reject, all of whose bytes that are to be had stand in its `raw`.

        A record of the full count is its values. Of any other what could be cut stands in its columns, and the whole of
        it as it was in `atelier_record`.
        """
        raw = bytes(reject["raw"])
        fields, whole = self._cut(raw, complete=len(raw) == reject["byte_length"])
        told = (
            str(reject["id"]),
            reasons_in_words(reject["reasons"], reject["columns"]),
            str(reject["line"]),
            str(reject["byte_offset"]),
            str(reject["byte_length"]),
        )
        values = [guard(fields[place] if place < len(fields) else b"") for place in self._places]
        return self._line((*values, *(text.encode() for text in told), b"" if whole else guard(raw)))

    def values(self, raw: bytes) -> dict[str, bytes]:
        """A record's values by the names of its columns, as far as it can be cut."""
        fields, _ = self._cut(raw, complete=True)
        return {
            name: fields[place] for name, place in zip(self._header, self._places, strict=True) if place < len(fields)
        }

    def _cut(self, raw: bytes, *, complete: bool) -> tuple[list[bytes], bool]:
        kind, _, found = cut(raw, 0, final=True, separator=self._separator[0])
        if not complete and kind is Cut.RECORD:
            del found[-1]  # its end is not here
        fields = [unquoted(field) for field in found]
        if self._guarded:
            fields = [bare(field) for field in fields]
        return fields, complete and kind is Cut.RECORD and len(fields) == self._width

    def _line(self, values: Iterable[bytes]) -> bytes:
        return self._separator.join(b'"' + value.replace(b'"', b'""') + b'"' for value in values) + b"\n"


def reasons_in_words(reasons: Sequence[str], columns: Sequence[str]) -> str:
    """`rating: range; date: date_range`."""
    pairs = zip(reasons, columns, strict=True)
    return "; ".join(f"{column}: {reason}" if column else reason for reason, column in pairs)
