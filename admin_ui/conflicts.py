"""Two who edited one review at once: yours, theirs and the original beside each other, a choice for each field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from admin_ui import differences, words
from admin_ui.differences import Piece
from backend.domain.edits import CHARACTERISTIC, TEXTS, Fields, merged
from backend.services.editing import Overtaken


@dataclass(frozen=True, slots=True)
class Version:
    """What one of the three says of a field: the value that its radio sends, and its text, what it changed marked."""

    whose: str
    value: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that both changed, each to something else. Yours stands first and is chosen until another is."""

    name: str
    label: str
    voice: bool
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """`values` are all fields put together; `theirs` and `yours` name those that only one side changed."""

    by: str
    at: datetime | None
    version: int
    values: Fields
    choices: tuple[Choice, ...]
    yours: tuple[str, ...]
    theirs: tuple[str, ...]


def of(overtaken: Overtaken, names: Mapping[int, str]) -> Conflict:
    """What is to be chosen between. `names` are those of characteristics."""
    both = merged(overtaken.original, overtaken.theirs, overtaken.yours)
    original = overtaken.original or {}
    choices = tuple(
        Choice(name, label(name, names), name in TEXTS, _versions(name, overtaken)) for name in both.conflicts
    )
    fields = [name for name in overtaken.yours if name not in both.conflicts]
    return Conflict(
        by=overtaken.by,
        at=overtaken.at,
        version=overtaken.review["version"],
        values=both.values,
        choices=choices,
        yours=tuple(label(name, names) for name in fields if both.values.get(name) != overtaken.theirs.get(name)),
        theirs=tuple(
            label(name, names) for name in fields if original and overtaken.theirs.get(name) != original.get(name)
        ),
    )


def label(name: str, names: Mapping[int, str]) -> str:
    """A field as people know it."""
    if name.startswith(CHARACTERISTIC):
        number = int(name.removeprefix(CHARACTERISTIC))
        return names.get(number) or f"Characteristic {number}"
    return words.FIELDS[name]


def sent(value: Any) -> str:
    """A value as a form sends it."""
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def _versions(name: str, overtaken: Overtaken) -> tuple[Version, ...]:
    said = {"yours": overtaken.yours[name], "theirs": overtaken.theirs.get(name)}
    if overtaken.original is None:
        return tuple(
            Version(whose, sent(value), [Piece("same", words.shown(name, value))]) for whose, value in said.items()
        )
    was = overtaken.original.get(name)
    made = [Version(whose, sent(value), _marked(name, was, value)) for whose, value in said.items()]
    gone = [piece for piece in _pieces(name, was, said["theirs"]) if piece.kind != "ins"]
    return (*made, Version("original", sent(was), gone))


def _marked(name: str, was: Any, value: Any) -> list[Piece]:
    return [piece for piece in _pieces(name, was, value) if piece.kind != "del"]


def _pieces(name: str, was: Any, value: Any) -> list[Piece]:
    before, after = words.shown(name, was), words.shown(name, value)
    if name in TEXTS:
        return differences.shortened(differences.between(before, after))
    return [Piece("same", before)] if before == after else [Piece("del", before), Piece("ins", after)]
