"""Where one record ends and the next begins: strict RFC 4180 over bytes, and finding the way back after a fault.

A quote may open only at a field's start; after the closing quote only a separator, LF, CRLF or the end may follow; an
unquoted field holds no quote. Strictness is what finds lost sync: after a fault the very next quote stands in an
impossible place. Reading then goes on at the first later physical line start from which a whole record (it may span
lines) parses strictly to the full column count with integer keys; all bytes before it are one fault. Every byte belongs
to a record, a fault or a blank line, and the result is the same however the bytes are cut into blocks.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

# A record longer than this is taken for a fault, so that an unclosed quote costs bounded time and memory.
LONGEST_RECORD = 1 << 20
# What is kept of a fault's bytes; beyond that its place in the file says where they are.
KEPT_BYTES = 1 << 16

COMMA, SEMICOLON, TAB, BAR = SEPARATORS = b",;\t|"
_QUOTE, _LF, _CR = b'"\n\r'
_KEY = re.compile(rb'"?[ \t]*\d+[ \t]*"?\Z')

Fields = tuple[bytes, ...]
# Takes records on from a place: buffer, place, the buffer's offset, line. Gives where it stopped, and the line there.
Ahead = Callable[[bytes, int, int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What a separator makes of bytes: `blankish` are the bytes that a blank line may begin with."""

    structure: re.Pattern[bytes]
    field: bytes
    blankish: frozenset[int]
    blank: re.Pattern[bytes]
    blank_end: re.Pattern[bytes]


def _patterns(separator: int) -> _Patterns:
    sep = rb"\x%02x" % separator
    return _Patterns(
        re.compile(rb'["%s\n]' % sep),
        rb'("[^"]*+(?:""[^"]*+)*+"|[^"%s\r\n]*+)' % sep,
        frozenset((separator, *b" \t\r\n")),
        re.compile(rb"[ \t%s]*+(\r?\n)" % sep),
        re.compile(rb"[ \t%s\r]*+\Z" % sep),
    )


_BY_SEPARATOR = {separator: _patterns(separator) for separator in SEPARATORS}


class Cut(Enum):
    """What stands at a position: a whole record, no record, or the beginning of something that is not all here yet."""

    RECORD = "record"
    MALFORMED = "malformed"
    MORE = "more"


def cut(buffer: bytes, start: int, *, final: bool, separator: int = COMMA) -> tuple[Cut, int, list[bytes]]:
    """Cut one record from `start`: its kind, where it stops (line end included), its fields as they stand with quotes.

    `final` says that nothing follows the buffer; `separator` is one of `SEPARATORS`.
    """
    kind, stop, fields = _cut(buffer, start, final, separator)
    if kind is Cut.MORE:
        return (Cut.MALFORMED if len(buffer) - start > LONGEST_RECORD else Cut.MORE), stop, fields
    if stop - start > LONGEST_RECORD:
        return Cut.MALFORMED, stop, fields
    return kind, stop, fields


def _cut(  # noqa: C901, PLR0911, PLR0912 - one automaton, read at one sight
    buffer: bytes, start: int, final: bool, separator: int
) -> tuple[Cut, int, list[bytes]]:
    structure = _BY_SEPARATOR[separator].structure
    fields: list[bytes] = []
    end, at = len(buffer), start
    unfinished = Cut.RECORD if final else Cut.MORE
    while True:
        if at < end and buffer[at] == _QUOTE:
            after = _after_quoted(buffer, at, final)
            if after < 0:
                return (Cut.MALFORMED if final else Cut.MORE), end, fields
            fields.append(buffer[at:after])
            if after >= end:
                return unfinished, end, fields
            byte = buffer[after]
            if byte == separator:
                at = after + 1
            elif byte == _LF:
                return Cut.RECORD, after + 1, fields
            elif byte != _CR:
                return Cut.MALFORMED, after, fields
            elif after + 1 >= end:
                return unfinished, end, fields
            elif buffer[after + 1] == _LF:
                return Cut.RECORD, after + 2, fields
            else:
                return Cut.MALFORMED, after, fields
            continue
        found = structure.search(buffer, at)
        if found is None:
            fields.append(buffer[at:end])
            return unfinished, end, fields
        stop = found.start()
        byte = buffer[stop]
        if byte == _QUOTE:
            return Cut.MALFORMED, stop, fields
        if byte == separator:
            fields.append(buffer[at:stop])
            at = stop + 1
        else:
            fields.append(buffer[at : stop - 1] if stop > at and buffer[stop - 1] == _CR else buffer[at:stop])
            return Cut.RECORD, stop + 1, fields


def _after_quoted(buffer: bytes, start: int, final: bool) -> int:
    """Behind the quote that closes the field opened at `start`; -1 where the buffer ends before that is known."""
    end = len(buffer)
    close = buffer.find(b'"', start + 1)
    while close >= 0:
        if close + 1 >= end:
            return end if final else -1
        if buffer[close + 1] != _QUOTE:
            return close + 1
        close = buffer.find(b'"', close + 2)
    return -1


def unquoted(field: bytes) -> bytes:
    """A field's bytes without its quotes, doubled ones single."""
    if field[:1] != b'"':
        return field
    inner = field[1:-1]
    return inner.replace(b'""', b'"') if b'"' in inner else inner


def is_key(field: bytes) -> bool:
    """Whether a field as it stands may be an id."""
    return _KEY.match(field) is not None


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the full column count, at `at` in `buffer`. `line` is the physical line it begins on, from 1."""

    offset: int
    length: int
    line: int
    fields: Fields
    buffer: bytes
    at: int

    @property
    def raw(self) -> bytes:
        """The record's bytes as they stand in the file, line end included."""
        return self.buffer[self.at : self.at + self.length]


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be read: `fields` for a wrong count, `struct` for quotes in impossible places."""

    offset: int
    length: int
    line: int
    reason: str
    raw: bytes


@dataclass(slots=True)
class _Lost:
    """A fault whose end is not found yet. `at_line_start` says that the carried bytes begin a line to try."""

    offset: int
    line: int
    lines: int
    length: int
    raw: bytearray
    at_line_start: bool = False

    def take(self, piece: bytes) -> None:
        self.length += len(piece)
        self.lines += piece.count(b"\n")
        if (room := KEPT_BYTES - len(self.raw)) > 0:
            self.raw += piece[:room]


class Cutter:
    """Cuts a stream of blocks. Blank lines (also rows of nothing but separators) are only counted."""

    def __init__(
        self, columns: int, keys: tuple[int, ...], *, separator: int = COMMA, offset: int = 0, line: int = 1
    ) -> None:
        self.columns = columns
        self.keys = keys
        self.offset = offset  # of the carried bytes in the file
        self.line = line
        self.blank = 0
        self.blank_bytes = 0
        self._carry = b""
        self._lost: _Lost | None = None
        self._separator = separator
        self._patterns = _BY_SEPARATOR[separator]
        between = re.escape(bytes((separator,)))
        self._match = re.compile(between.join([self._patterns.field] * columns) + rb"\r?\n").match

    def feed(  # noqa: C901, PLR0912 - the automaton of `cut`, a record at a time
        self, block: bytes, *, final: bool = False, ahead: Ahead | None = None
    ) -> Iterator[Record | Fault]:
        """The records and faults that end in this block. The last call says `final`, and may bring no bytes.

        `ahead` is asked first wherever a record may begin: what it takes is done with, and is not given here.
        """
        buffer = self._carry + block if self._carry else block
        base, at, end, blankish = self.offset, 0, len(buffer), self._patterns.blankish
        while at < end:
            if self._lost is not None:
                at, fault = self._find_way(buffer, at, final)
                if fault is None:
                    break
                yield fault
                continue
            if ahead is not None:
                at, self.line = ahead(buffer, at, base, self.line)
                if at >= end:
                    break
            if buffer[at] in blankish and (stop := self._blank_until(buffer, at, final)):
                self.blank += 1
                self.blank_bytes += stop - at
                self.line += 1
                at = stop
                continue
            found = self._match(buffer, at)
            if found is not None and found.end() - at <= LONGEST_RECORD:
                stop = found.end()
                yield Record(base + at, stop - at, self.line, found.groups(), buffer, at)
                self.line += buffer.count(b"\n", at, stop)
                at = stop
                continue
            kind, stop, fields = cut(buffer, at, final=final, separator=self._separator)
            if kind is Cut.MORE:
                break
            if kind is Cut.MALFORMED:
                self._lost = _Lost(base + at, self.line, 0, 0, bytearray())
            elif len(fields) == self.columns:
                yield Record(base + at, stop - at, self.line, tuple(fields), buffer, at)
            else:
                yield Fault(base + at, stop - at, self.line, "fields", buffer[at : min(stop, at + KEPT_BYTES)])
            if kind is Cut.RECORD:
                self.line += buffer.count(b"\n", at, stop)
                at = stop
        self._carry = buffer[at:]
        self.offset = base + at
        if final and self._lost is not None:
            yield self._found(self._lost)

    def _blank_until(self, buffer: bytes, at: int, final: bool) -> int:
        if found := self._patterns.blank.match(buffer, at):
            return found.end()
        return len(buffer) if final and self._patterns.blank_end.match(buffer, at) else 0

    def _find_way(self, buffer: bytes, at: int, final: bool) -> tuple[int, Fault | None]:
        """Try later line starts: where reading goes on and the fault, or how far the bytes are used up and None."""
        lost = self._lost
        assert lost is not None
        end = len(buffer)
        while True:
            if not lost.at_line_start:
                line_end = buffer.find(b"\n", at)
                stop = end if line_end < 0 else line_end + 1
                lost.take(buffer[at:stop])
                at = stop
                if line_end < 0:
                    return at, None
                lost.at_line_start = True
            if at >= end:
                return at, None
            kind, _, fields = cut(buffer, at, final=final, separator=self._separator)
            if kind is Cut.MORE:
                return at, None
            if kind is Cut.RECORD and self._whole(fields):
                return at, self._found(lost)
            lost.at_line_start = False

    def _whole(self, fields: list[bytes]) -> bool:
        return len(fields) == self.columns and all(is_key(fields[key]) for key in self.keys)

    def _found(self, lost: _Lost) -> Fault:
        self._lost = None
        self.line = lost.line + lost.lines
        return Fault(lost.offset, lost.length, lost.line, "struct", bytes(lost.raw))
