"""How a file begins: how its bytes are written and what its header says, before anything of it is taken."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from etl import dialect, repair
from etl.formats import ENCODINGS, NotOursError, NotUnderstoodError, Understood, by_name
from etl.mapping import NO_MAPPING, Mapping
from etl.records import LONGEST_RECORD, SEPARATORS, Cut, Cutter, cut, is_key, unquoted
from etl.sources import BLOCK, Object, Sources

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NAMES = {44: "commas", 59: "semicolons", 9: "tabs", 124: "bars"}


@dataclass(frozen=True, slots=True)
class Opening:
    """How a file begins: what it is, and where its first record stands. Without a header that is its first line."""

    understood: Understood
    offset: int
    line: int
    blank: int
    blank_bytes: int
    headed: bool = True

    def cutter(self) -> Cutter:
        """What cuts the bytes from the first record on into records."""
        understood = self.understood
        return Cutter(
            len(understood.header),
            understood.keys,
            separator=understood.separator,
            offset=self.offset,
            line=self.line,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """A file's first bytes, a megabyte or all of them, and where its first line stands behind BOM and blank lines."""

    name: str
    data: bytes
    begin: int
    at: int
    blank: int

    @property
    def whole(self) -> bool:
        """Whether these are all the bytes that the file has."""
        return len(self.data) <= LONGEST_RECORD

    @property
    def encoding(self) -> str:
        """The encoding that its letters speak for."""
        return "utf-8" if self.begin else dialect.encoding_of(self.data[self.at :])

    def opening(self, understood: Understood, offset: int, *, headed: bool) -> Opening:
        """The opening of a file whose first record stands at `offset`."""
        line = 1 + self.data.count(b"\n", 0, offset)
        understood = replace(understood, bom=self.begin > 0)
        return Opening(understood, offset, line, self.blank, self.at - self.begin, headed)


def head_of(sources: Sources, each: Object, block: int = BLOCK) -> Head:
    """Read a file's first bytes, in pieces of `block`.

    Raise `NotOursError` where there are none, `NotUnderstoodError` for UTF-16.
    """
    data = b""
    for piece in sources.blocks(each, block):
        data += piece
        if len(data) > LONGEST_RECORD:
            break
    if not data:
        raise NotOursError("It is empty.")
    if data.startswith(_UTF16):
        raise NotUnderstoodError("It is in UTF-16, which is not read: save it as UTF-8.")
    begin = len(_BOM) if data.startswith(_BOM) else 0
    at, blank = begin, 0
    while (end := data.find(b"\n", at)) >= 0 and not data[at:end].strip():
        at, blank = end + 1, blank + 1
    return Head(each.name, data, begin, at, blank)


def open_file(sources: Sources, each: Object, mapping: Mapping = NO_MAPPING) -> Opening:
    """Read the header; raise `NotOursError` for none of the ten files, `NotUnderstoodError` for a broken one."""
    return open_head(head_of(sources, each), mapping)


def open_head(head: Head, mapping: Mapping) -> Opening:
    """The opening of a file by its own header, which is tried with each separator in turn."""
    encoding = head.encoding
    refusals: list[tuple[int, Exception]] = []
    for separator, names, stop in _headers(head, encoding):
        try:
            understood = mapping.understand(names, head.name)
        except (NotOursError, NotUnderstoodError) as error:
            refusals.append((len(names), error))
            continue
        part = mapping.part_for(head.name, names)
        if part and part.separator not in (None, separator):
            wrong = f"It is separated by {_NAMES[separator]}, where the mapping says {_NAMES[part.separator]}."
            refusals.append((len(names), NotUnderstoodError(wrong)))
            continue
        _demand_same_separator(head, separator, stop, len(names))
        said = part.encoding if part else None
        return head.opening(replace(understood, separator=separator, encoding=said or encoding), stop, headed=True)
    if refusals:
        # That of the separator which finds the most columns; of several, the first.
        raise max(refusals, key=lambda refusal: refusal[0])[1]
    if by_name(head.name) is None:
        raise NotOursError("It does not begin with a header of columns.")
    raise NotUnderstoodError("Its header cannot be read: a quote stands in an impossible place.")


def header_of(head: Head) -> list[str]:
    """The columns that a file's first line names, by the separator that finds the most; none where it cannot be cut."""
    return max((names for _, names, _ in _headers(head, head.encoding)), key=len, default=[])


def understood_again(told: dict[str, Any], file_name: str, mapping: Mapping) -> Understood:
    """How a file was understood, from what was told of it (`Understood.told`); raise as `open_file` does."""
    understood = mapping.understand(told["header"], file_name)
    encoding = next((name for name, word in ENCODINGS.items() if told["encoding"].startswith(word)), "utf-8")
    return replace(understood, separator=ord(told["separator"]), encoding=encoding)


def open_part(head: Head, sibling: Understood, sibling_name: str) -> Opening | None:
    """The opening of a part that has no header, by that of its sibling; None where its first record does not fit."""
    kind, _, fields = cut(head.data, head.at, final=head.whole, separator=sibling.separator)
    fits = kind is Cut.RECORD and len(fields) == len(sibling.header)
    if not fits or not all(is_key(fields[key]) for key in sibling.keys):
        return None
    # A mapping may have named the encoding.
    encoding = sibling.encoding if sibling.mapping else head.encoding
    understood = replace(sibling, header_of=sibling_name, encoding=encoding)
    return head.opening(understood, head.at, headed=False)


def _headers(head: Head, encoding: str) -> Iterator[tuple[int, list[str], int]]:
    """The first line cut with each separator: its names, and where it stops."""
    for separator in SEPARATORS:
        kind, stop, fields = cut(head.data, head.at, final=head.whole, separator=separator)
        if kind is Cut.RECORD:
            yield separator, [_text(unquoted(field), encoding) for field in fields], stop


def _text(name: bytes, encoding: str) -> str:
    try:
        return name.decode(encoding).strip()
    except UnicodeDecodeError:
        return (repair.decode(name) or name.decode("utf-8", "replace")).strip()


def _demand_same_separator(head: Head, separator: int, at: int, columns: int) -> None:
    used = dialect.separator_of_records(head.data, at, separator, columns, final=head.whole)
    if used != separator:
        raise NotUnderstoodError(
            f"Its header is separated by {_NAMES[separator]}, its records by {_NAMES[used]}: make them the same."
        )
