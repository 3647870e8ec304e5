"""What a review is screened for before anybody sees it, and what becomes of it then."""

from enum import StrEnum


class Kind(StrEnum):
    """What a rule looks for."""

    LINKS = "links"
    CONTACTS = "contacts"
    WORDS = "words"
    COPIES = "copies"
    FLOOD = "flood"


class Action(StrEnum):
    """What a rule does with a review that it matches, the mildest first."""

    PUBLISH = "publish"
    HOLD = "hold"
    REFUSE = "refuse"
