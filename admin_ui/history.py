"""A review's trace as a story: who did what, and what its fields were before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from admin_ui import differences, formats, words
from admin_ui.differences import Piece
from backend.store.database import Row

# What customers and merchants wrote: its difference is told word by word, in their voice.
TEXTS = frozenset({"summary", "body", "response", "reviewer_name"})
LINEAGE = ("source_run", "source_file", "source_offset", "source_line", "source_length", "source_repairs")


@dataclass(frozen=True, slots=True)
class Change:
    """One field's difference, in pieces; `voice` says that it is in the words of the customer or the merchant."""

    field: str
    pieces: list[Piece]
    voice: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `undoable` says that it may be offered to be taken back; whether it can be is decided when it is.

    `link` is the page of the run or job that did it, `place` where an import read it.
    """

    event: int
    at: datetime
    icon: str
    who: str
    what: str
    remark: str
    changes: tuple[Change, ...]
    undoable: bool
    undone: bool
    link: tuple[str, str] | None = None
    place: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Passport:
    """The steps of a review, newest first, and where its row came from: None where it was born here."""

    steps: list[Step]
    origin: Mapping[str, Any] | None

    def place(self, event: str) -> Mapping[str, Any] | None:
        """Where the import of an event read the row, or where it came from first (no event); None where none did."""
        if not event:
            return self.origin
        return next((step.place for step in self.steps if str(step.event) == event), None)


def passport(review: Row, events: list[Row], names: Mapping[int, str]) -> Passport:
    """What wrote a row and changed it since. What a field became is what the next change found, or what it is now.

    `names` are those of characteristics.
    """
    known: dict[str, Any] = dict(review)
    lineage = {name: review[name] for name in LINEAGE}
    told = []
    for event in events:
        before = event["before"] or {}
        changes = tuple(
            _change(name, value, known.get(name), names) for name, value in before.items() if name in words.FIELDS
        )
        told.append(_step(event, changes, lineage))
        known |= before
        if event["lineage"]:
            lineage = {name: event["lineage"].get(name) for name in LINEAGE}
    return Passport(told, lineage if lineage["source_run"] else None)


def _step(event: Row, changes: tuple[Change, ...], lineage: Mapping[str, Any]) -> Step:
    icon, what = words.ACTIONS.get(event["action"], ("edit", f"did: {event['action']}"))
    own = event["subject_kind"] == "review"
    link = None if own else words.PLACES.get(event["subject_kind"])
    number = event["subject_id"]
    return Step(
        event=event["id"],
        at=event["at"],
        icon=icon,
        who=event["actor_name"] or words.ACTORS[event["actor_kind"]],
        what=what,
        remark=_remark(event),
        changes=changes,
        undoable=own and bool(changes) and event["action"] != "undo" and not event["undone"],
        undone=event["undone"],
        link=(f"/console/{link[0]}/{number}", f"{link[1]} {number}") if link else None,
        place=lineage if event["lineage"] else None,
    )


def _change(name: str, before: Any, after: Any, names: Mapping[int, str]) -> Change:
    was, now = (_shown(name, value, names) for value in (before, after))
    if name in TEXTS and before and after:
        return Change(words.FIELDS[name], differences.shortened(differences.between(was, now)), True)
    return Change(words.FIELDS[name], [Piece("del", was), Piece("ins", now)], name in TEXTS)


def _shown(name: str, value: Any, names: Mapping[int, str]) -> str:
    if name == "ratings":
        rated = zip((value or [])[1::3], (value or [])[2::3], strict=True)
        return ", ".join(f"{names.get(number, number)} {given}" for number, given in rated) or "none"
    if name == "reviewer_email":
        return formats.masked(str(value))
    if name == "photo_urls":
        return words.counted(len(value or []), "photo")
    return words.shown(name, value.isoformat() if isinstance(value, datetime) else value)


def _remark(event: Row) -> str:
    cause = "because of reports" if event["cause"] == "reports" else event["cause"]
    return ", ".join(part for part in (event["reason_title"] or event["reason"], cause) if part)
