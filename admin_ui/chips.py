"""A filter in words: field, relation and value, a chip each, in the order of the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin_ui import words
from backend.services.filters import Filters
from backend.services.importing import SHELL, RunFilters


@dataclass(frozen=True, slots=True)
class Chip:
    """One field of a filter. `field` is its attribute, by which it is removed and edited."""

    field: str
    label: str
    value: str


_LABELS = {
    "states": "Status is",
    "ratings": "Rating is",
    "product_id": "Product is",
    "since": "Written from",
    "until": "Written to",
    "run_id": "Import run is",
    "reviewer": "Reviewer is",
    "reason": "Decided as",
    "moderator_id": "Decided by",
    "text": "Text has",
}
# Those that are there or not.
_HAVING = {"reported": "open reports", "photos": "photos", "verified": "a verified purchase"}


def chips(filters: Filters, names: Mapping[str, str | None]) -> list[Chip]:
    """A chip for each field that narrows; `names` are those of product, reason and moderator, where they are known."""
    made = []
    for field in filters.given:
        value = getattr(filters, field)
        if field in _HAVING:
            made.append(Chip(field, "Has" if value else "Has no", _HAVING[field]))
        else:
            made.append(Chip(field, _LABELS[field], names.get(field) or _told(field, value)))
    return made


def of_runs(filters: RunFilters, names: Mapping[int, str]) -> list[Chip]:
    """A chip for each field that narrows the list of imports; `names` are those of colleagues."""
    told = {
        "states": ("State is", " or ".join(words.RUN[state].text.lower() for state in filters.states)),
        "source": ("Source has", filters.source),
        "by": ("By", "the shell" if filters.by == SHELL else names.get(int(filters.by or 0), str(filters.by))),
        "since": ("Asked from", str(filters.since)),
        "until": ("Asked to", str(filters.until)),
    }
    return [Chip(field, *told[field]) for field in filters.given]


def in_words(filters: Filters, names: Mapping[str, str | None]) -> str:
    """The whole filter as a sentence's part: `Status is Hidden, Rating is 1 star`; empty where nothing narrows."""
    return ", ".join(f"{chip.label} {chip.value}" for chip in chips(filters, names))


def _told(field: str, value: Any) -> str:
    if field == "states":
        return " or ".join(words.REVIEW[state].text.lower() for state in value)
    if field == "ratings":
        return " or ".join(map(str, value)) + (" star" if value == (1,) else " stars")
    return str(value)
