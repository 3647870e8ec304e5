"""A mapping: what a person says of files with another header than ours. Plain data, checked whole before it is used.

Each part of it is for one format: which column is which of ours, which values are constant, which form dates have, what
is added to ids, and which rules repair, warn or reject. Files that no part fits are understood as without it.
"""

import json
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from backend.domain.errors import FieldError, Invalid
from etl import formats
from etl.dates import FORMS
from etl.formats import ENCODINGS, FORMATS, Format, Understood, placed, plain_name
from etl.records import SEPARATORS, unquoted
from etl.rules import FIRST_BORN_HERE, Rule, steps_of
from etl.steps import CONFIGURABLE, STEPS, Action, Notes, Refused

_FORMATS = {each.name: each for each in FORMATS}
_KEYS = ("files", "header", "columns", "constants", "date", "add", "rules", "separator", "encoding")
_MEANINGS = {step.name: step.meaning for step in STEPS}


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of the files of one format. Without `files` (globs) and `header` it is for those it fits."""

    format: Format
    files: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, bytes] = field(default_factory=dict)
    date: str | None = None
    add: dict[str, int] = field(default_factory=dict)
    rules: dict[str, Action] = field(default_factory=dict)
    separator: int | None = None
    encoding: str | None = None

    def is_for(self, file_name: str, header: Sequence[str]) -> bool:
        """Whether it speaks of a file of this name and header."""
        if self.files and not any(_matches(file_name, glob) for glob in self.files):
            return False
        demanded = self.header if self.files or self.header else self.columns.values()
        plain = {plain_name(name) for name in header}
        return all(plain_name(name) in plain for name in demanded)

    def understand(self, header: Sequence[str]) -> Understood:
        """A file of this header; raise `NotUnderstoodError` where a column is missing."""
        names = [name for name in self.format.column_names if name not in self.constants]
        understood = placed(self.format, header, {name: self.columns.get(name, name) for name in names})
        return replace(understood, constants=self.constants, date=self.date, shifts=self.add, actions=self.rules)


@dataclass(frozen=True, slots=True)
class Mapping:
    """The parts of a mapping; the first that is for a file holds."""

    name: str = ""
    parts: tuple[Part, ...] = ()

    def part_for(self, file_name: str, header: Sequence[str]) -> Part | None:
        """The part that speaks of a file, if any."""
        return next((part for part in self.parts if part.is_for(file_name, header)), None)

    def understand(self, header: Sequence[str], file_name: str) -> Understood:
        """Find how a file is read; raise `NotOursError` or `NotUnderstoodError`."""
        part = self.part_for(file_name, header)
        if part is None:
            return formats.understand(header, file_name)
        return replace(part.understand(header), mapping=self.name)


NO_MAPPING = Mapping()


def _matches(file_name: str, glob: str) -> bool:
    name = file_name.lower().removesuffix(".gz").removesuffix(".zst")
    whole = name if "/" in glob else name.rsplit("/", 1)[-1]
    return fnmatchcase(whole, glob.lower()) or fnmatchcase(file_name.lower(), glob.lower())


def parse(text: str) -> dict[str, Any]:
    """A mapping's definition from TOML, as data that JSON can hold; `Invalid` where it is no TOML."""
    try:
        definition = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"The mapping is not TOML: {error}.") from error
    plain: dict[str, Any] = json.loads(json.dumps(definition, default=str))
    return plain


def from_dict(definition: object, name: str = "") -> Mapping:
    """A mapping from its definition; raise `Invalid` with every error at once, each naming its field and the mend."""
    reader = _Reader()
    parts = reader.parts(definition)
    if _holds_nul(definition):
        reader.wrong("mapping", "A NUL stands in it: take it out.")
    if reader.errors:
        count = len(reader.errors)
        raise Invalid(
            f"The mapping cannot be used: {count} {'error' if count == 1 else 'errors'}.", errors=tuple(reader.errors)
        )
    return Mapping(name, tuple(parts))


def from_options(options: Table[str, Any]) -> Mapping:
    """The mapping that a run was asked for with; one that says nothing where there is none."""
    asked = options.get("mapping")
    return from_dict(asked.get("definition"), str(asked.get("name") or "")) if asked else NO_MAPPING


def _holds_nul(said: object) -> bool:
    """Whether a NUL, which no database keeps, stands anywhere in a definition."""
    if isinstance(said, dict):
        return any(_holds_nul(each) for pair in said.items() for each in pair)
    if isinstance(said, list):
        return any(_holds_nul(each) for each in said)
    return isinstance(said, str) and "\x00" in said


def _nearest(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"nearest: {close[0]}" if close else f"there are: {', '.join(known)}"


class _Reader:
    """Reads a definition and gathers what is wrong with it."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, where: str, message: str) -> None:
        self.errors.append(FieldError(where or "mapping", message))

    def parts(self, definition: object) -> list[Part]:
        if not isinstance(definition, dict) or not definition:
            self.wrong("mapping", f"It needs a table for a format, like [reviews]; {_nearest('', tuple(_FORMATS))}.")
            return []
        found: list[Part] = []
        for name, said in definition.items():
            fmt = _FORMATS.get(name)
            if fmt is None:
                self.wrong(name, f"There is no such format; {_nearest(name, tuple(_FORMATS))}.")
                continue
            several = said if isinstance(said, list) and said else [said]
            for number, each in enumerate(several):
                where = f"{name}[{number}]" if isinstance(said, list) else name
                if isinstance(each, dict) and each:
                    found.append(self.part(fmt, where, each))
                else:
                    self.wrong(where, f"It must be a table that holds something of {', '.join(_KEYS)}.")
        return found

    def part(self, fmt: Format, where: str, said: dict[str, Any]) -> Part:
        for key in said:
            if key not in _KEYS:
                self.wrong(f"{where}.{key}", f"There is no such key; {_nearest(key, _KEYS)}.")
        columns = self.table(fmt.column_names, f"{where}.columns", said.get("columns", {}))
        constants = self.table(fmt.column_names, f"{where}.constants", said.get("constants", {}))
        for name in columns:
            if not isinstance(columns[name], str) or not plain_name(columns[name]):
                self.wrong(f"{where}.columns.{name}", "It must be the name of a column in the file.")
                columns[name] = ""
            if name in constants:
                self.wrong(f"{where}.constants.{name}", "It stands under columns too: leave one of them out.")
        if constants.pop("id", None) is not None:
            self.wrong(f"{where}.constants.id", "Every row needs an id of its own: name its column under columns.")
        rules = {each.name: each.rule for each in fmt.columns}
        return Part(
            fmt,
            self.words(f"{where}.files", said.get("files", ())),
            self.words(f"{where}.header", said.get("header", ())),
            columns,
            {name: self.constant(f"{where}.constants.{name}", rules[name], value) for name, value in constants.items()},
            self.date(fmt, f"{where}.date", said.get("date")),
            self.added(fmt, f"{where}.add", said.get("add", {}), constants),
            self.actions(fmt, f"{where}.rules", said.get("rules", {})),
            self.separator(f"{where}.separator", said.get("separator")),
            self.one_of(f"{where}.encoding", said.get("encoding"), tuple(ENCODINGS)),
        )

    def table(self, known: Sequence[str], where: str, said: object) -> dict[str, Any]:
        """A table by our names; what is none of them is wrong."""
        if not isinstance(said, dict):
            self.wrong(where, "It must be a table.")
            return {}
        for name in said:
            if name not in known:
                self.wrong(f"{where}.{name}", f"There is no such name; {_nearest(name, known)}.")
        return {name: value for name, value in said.items() if name in known}

    def words(self, where: str, said: object) -> tuple[str, ...]:
        each = (said,) if isinstance(said, str) else said
        if isinstance(each, list | tuple) and all(isinstance(word, str) and word.strip() for word in each):
            return tuple(str(word) for word in each)
        self.wrong(where, "It must be a text or a list of texts.")
        return ()

    def one_of(self, where: str, said: object, known: Sequence[str]) -> str | None:
        if said is None or (isinstance(said, str) and said in known):
            return said
        self.wrong(where, f"{said} is not known; {_nearest(str(said), known)}.")
        return None

    def constant(self, where: str, rule: Rule, said: object) -> bytes:
        """A constant's bytes as they would stand in a field; it must be one that needs no repair."""
        if not isinstance(said, str | int | float):
            self.wrong(where, "It must be a text, a number, true or false.")
            return b""
        text = str(said).lower() if isinstance(said, bool) else str(said)
        raw = text.encode("utf-8", "surrogatepass")
        raw = b'"%s"' % raw.replace(b'"', b'""') if b'"' in raw else raw
        notes = Notes()
        try:
            rule(unquoted(raw), notes)
        except Refused as refused:
            self.wrong(where, f"{text[:40] or 'Nothing'} is refused: {_MEANINGS[refused.reason]}")
        else:
            for name in notes:
                self.wrong(where, f"{text[:40] or 'Nothing'} is not as it should be: {_MEANINGS[name]}")
        return raw

    def date(self, fmt: Format, where: str, said: object) -> str | None:
        if said is not None and "date" not in fmt.column_names:
            self.wrong(where, f"{fmt.name} have no date.")
            return None
        form = self.one_of(where, said, tuple(FORMS))
        return None if form == "auto" else form

    def added(self, fmt: Format, where: str, said: object, constants: Table[str, Any]) -> dict[str, int]:
        added = self.table(fmt.keys, where, said)
        for name, number in added.items():
            if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= FIRST_BORN_HERE:
                self.wrong(f"{where}.{name}", "It must be a whole number below 1,000,000,000.")
            elif name in constants:
                self.wrong(f"{where}.{name}", "Nothing can be added to a constant.")
        return {name: number for name, number in added.items() if number}

    def actions(self, fmt: Format, where: str, said: object) -> dict[str, Action]:
        known = sorted({step for column in fmt.columns for step in steps_of(column.rule)})
        given = self.table(known, where, said)
        for name, action in given.items():
            step = CONFIGURABLE[name]
            if action not in (may := (step.does, *step.may)):
                self.wrong(f"{where}.{name}", f"{action} is none of what it may be: {', '.join(may)}.")
        return {name: action for name, action in given.items() if action != CONFIGURABLE[name].does}

    def separator(self, where: str, said: object) -> int | None:
        known = {chr(byte): byte for byte in SEPARATORS}
        if said is None or (isinstance(said, str) and said in known):
            return known[said] if isinstance(said, str) else None
        self.wrong(where, "It must be a comma, a semicolon, a tab or a bar.")
        return None
