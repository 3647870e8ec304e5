"""Telling a bulk change: its scope and its changes in words, and texts with what would differ in them."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from admin_ui import chips, words
from admin_ui.visits import Visit
from backend.domain.errors import NotFound
from backend.domain.states import ReviewState
from backend.services.bulk import receipts
from backend.services.bulk.impact import Impact, Sample
from backend.services.filters import Filters
from backend.store.database import Reader, Row

_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
AROUND = 60  # characters of what stays that are shown beside what changes
LONGEST = 4_000  # characters that are compared word by word
TEXTS = ("summary", "body", "response", "reviewer_name")

# The changes in the order they are offered: icon and name.
KINDS: dict[str, tuple[str, str]] = {
    "status": ("reject", "Set status"),
    "field": ("edit", "Set or clear a field"),
    "replace": ("search", "Find and replace"),
    "repair": ("wrench", "Trim and repair encoding"),
    "move": ("products", "Move to a product"),
    "rate": ("insights", "Change a characteristic"),
}


def scope(filters: Filters) -> list[tuple[str, str]]:
    """A filter as pairs of field and value, in the order of its chips."""
    return [(chip.label, chip.value) for chip in chips.chips(filters, {})]


def by_state(facts: dict[str, int]) -> list[tuple[str, int]]:
    """How many reviews of each state, in the order of a review's life."""
    counts = [
        (words.REVIEW[state].text, sum(n for fact, n in facts.items() if fact.partition(" ")[0] == state.value))
        for state in ReviewState
    ]
    return [(text, count) for text, count in counts if count]


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many of the scope would change: `exact`, or about so many by those that were looked at."""

    unchanged: int
    failed: int
    stale: int
    held: int
    changed: int
    exact: bool


def forecast(total: int, impact: Impact) -> Forecast:
    """What those that were looked at say of all."""
    seen = max(impact.looked_at, 1)
    parts = (impact.unchanged, impact.failed, impact.stale, sum(impact.held.values()))
    unchanged, failed, stale, held = (round(total * part / seen) for part in parts)
    changed = max(total - unchanged - failed - stale - held, 0)
    return Forecast(unchanged, failed, stale, held, changed, impact.looked_at == total)


def typed_hint(forecast: Forecast | None) -> str:
    """What the number that is typed counts, and how many of them will change: None where there is no change yet."""
    selected = "That is how many are in the selection."
    if forecast is None:
        return selected
    about = "" if forecast.exact else "about "
    return f"{selected} Of them {about}{forecast.changed:,} will change."


def differences(sample: Sample) -> list[tuple[str, list[tuple[str, str]]]]:
    """What differs in a sample: the field's name, and its parts (`same`, `del`, `ins`)."""
    told = []
    for name, new in sample.differs.items():
        old = sample.review[name]
        if name in TEXTS:
            told.append((words.FIELDS[name], compared(old or "", new or "")))
        elif name in words.FIELDS:
            told.append((words.FIELDS[name], [("del", words.shown(name, old)), ("ins", words.shown(name, new))]))
        elif name == "photo_ids":
            told.append(("Photos", [("del", str(len(old))), ("ins", str(len(new)))]))
        elif name == "ratings":
            told.append(("Characteristics", [("del", _values(old)), ("ins", _values(new))]))
    return told


def compared(old: str, new: str) -> list[tuple[str, str]]:
    """Two texts as parts that stay, go and come; long parts that stay are shortened."""
    if len(old) > LONGEST or len(new) > LONGEST:
        return [("del", _shortened(old)), ("ins", _shortened(new))]
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    parts: list[tuple[str, str]] = []
    for kind, low, high, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("same", _shortened("".join(before[low:high]))))
            continue
        if gone := "".join(before[low:high]):
            parts.append(("del", gone))
        if come := "".join(after[start:end]):
            parts.append(("ins", come))
    return parts


def values_of(change: dict[str, Any]) -> dict[str, list[str]]:
    """A stored change as the fields of its form."""
    kind = change["kind"]
    if kind == "field":
        value = change["value"]
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value or "")
        return {"field": [change["name"]], "value": [shown], "clear": ["1"] if value is None else []}
    if kind == "replace":
        return {
            "in": list(change["fields"]),
            "find": [change["find"]],
            "replacement": [change["replacement"]],
            "pattern": ["1"] if change["pattern"] else [],
            "any_case": ["1"] if change["any_case"] else [],
        }
    if kind == "move":
        return {"product": [str(change["product_id"])]}
    if kind == "rate":
        return {
            "name": [change["name"]],
            "value": [str(change["value"] or "")],
            "clear": ["1"] if change["value"] is None else [],
        }
    return {name: [str(value or "")] for name, value in change.items() if name != "kind"}


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]} … {text[-AROUND:]}"


def _values(flat: list[int]) -> str:
    return ", ".join(map(str, flat[2::3])) or "none"


async def about(reader: Reader, visit: Visit, job: Row) -> dict[str, Any]:
    """What the page of its job shows besides: what it does, and the way to its receipt while that is kept."""
    try:
        receipt = await receipts.one(reader, visit.actor, job["options"]["bulk"])
    except NotFound:
        return {"receipt": None, "changes": []}
    return {"receipt": receipt, "changes": receipts.changes(receipt)}
