"""A review's trace as a story: who did what, and what its fields were before and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from admin_ui import words
from backend.store.database import Row


@dataclass(frozen=True, slots=True)
class Change:
    """One field's difference, in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `undoable` says that it may be offered to be taken back; whether it can be is decided when it is."""

    event: int
    at: datetime
    icon: str
    who: str
    what: str
    remark: str
    changes: tuple[Change, ...]
    undoable: bool
    undone: bool


def steps(review: Row, events: list[Row]) -> list[Step]:
    """The events of a review, newest first. What a field became is what the next change found, or what it is now."""
    known: dict[str, Any] = dict(review)
    told = []
    for event in events:
        before = {name: value for name, value in (event["before"] or {}).items() if name in words.FIELDS}
        changes = tuple(
            Change(words.FIELDS[name], words.shown(name, value), words.shown(name, known.get(name)))
            for name, value in before.items()
        )
        known |= before
        icon, what = words.ACTIONS.get(event["action"], ("edit", f"did: {event['action']}"))
        told.append(
            Step(
                event=event["id"],
                at=event["at"],
                icon=icon,
                who=event["actor_name"] or words.ACTORS[event["actor_kind"]],
                what=what,
                remark=_remark(event),
                changes=changes,
                undoable=bool(before) and event["action"] != "undo" and not event["undone"],
                undone=event["undone"],
            )
        )
    return told


def _remark(event: Row) -> str:
    cause = "because of reports" if event["cause"] == "reports" else event["cause"]
    return ", ".join(part for part in (event["reason_title"] or event["reason"], cause) if part)
