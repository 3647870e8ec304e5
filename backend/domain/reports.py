"""Why somebody who reads a review may report it: codes for programs, titles for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

REFUSED: Final = "Error: Report body contains invalid entries"
REASONS: Final[Mapping[str, str]] = {
    "spam": "Spam or advertising",
    "offensive": "Offensive language",
    "personal-data": "Personal data",
    "off-topic": "Not about the product",
    "wrong-product": "About another product",
    "fake": "Not a genuine experience",
    "conflict": "Conflict of interest",
    "illegal": "Unlawful content",
    "duplicate": "Duplicate",
    "other": "Something else",
}
TEXT: Final = 1000  # characters (code points) at most


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a report says, where it says anything: one of `REASONS`, and the reporter's own words."""

    reason: str | None = None
    text: str | None = None


SILENT: Final = Complaint()
