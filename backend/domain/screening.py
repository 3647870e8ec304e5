"""What a review is screened for before anybody sees it. The rules are data; what a kind of rule means stands here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from backend.domain import wording
from backend.domain.drafts import Draft
from backend.domain.errors import FieldError, Invalid


class Kind(StrEnum):
    """What a rule looks for."""

    LINKS = "links"
    CONTACTS = "contacts"
    WORDS = "words"
    COPIES = "copies"
    FLOOD = "flood"


class Action(StrEnum):
    """What a rule does with a review that it matches, the mildest first: `publish` only notes it in the trace."""

    PUBLISH = "publish"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Bound:
    """A number that a kind of rule takes: from, to, what it is unless it is set, and what it means."""

    low: int
    high: int
    usual: int
    means: str


NUMBERS: Final[Mapping[Kind, Mapping[str, Bound]]] = {
    Kind.LINKS: {"most": Bound(0, 50, 0, "links that a review may hold")},
    Kind.CONTACTS: {"most": Bound(0, 50, 0, "e-mail addresses and telephone numbers that it may hold")},
    Kind.WORDS: {},
    Kind.COPIES: {
        "percent": Bound(50, 100, 80, "of its trigrams that it shares with another review of the product"),
        "among": Bound(1, 500, 50, "of the product's newest reviews that are looked at"),
    },
    Kind.FLOOD: {
        "most": Bound(1, 1000, 5, "reviews that one known voter may send"),
        "hours": Bound(1, 24, 24, "within which they count"),
    },
}
WORDS: Final = 1000  # phrases in a rule's list
WORD: Final = 60  # characters of one
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

_TEXTS: Final = ("summary", "body", "name")


@dataclass(frozen=True, slots=True)
class Rule:
    """`settings` hold the kind's numbers, and of `words` the list."""

    name: str
    kind: Kind
    action: Action
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that a review meets: the field in which, and what its writer is told where it is refused."""

    rule: Rule
    field: str
    message: str


def matched_text(rule: Rule, draft: Draft) -> Match | None:
    """The first of the draft's texts that a rule of links, contacts or words matches."""
    for field in _TEXTS:
        text: str = getattr(draft, field)
        if rule.kind is Kind.LINKS and len(wording.links(text)) > rule.settings["most"]:
            return Match(rule, field, _at_most(rule, "links"))
        if rule.kind is Kind.CONTACTS and len(wording.contacts(text)) > rule.settings["most"]:
            return Match(rule, field, _at_most(rule, "e-mail addresses or telephone numbers"))
        if rule.kind is Kind.WORDS and wording.has_any(text, rule.settings["words"]):
            return Match(rule, field, "Holds words that are not taken here.")
    return None


def places(rule: Rule, text: str) -> list[wording.Place]:
    """Where in a text stands what a rule of links, contacts or words looks for; the other kinds look for no place."""
    match rule.kind:
        case Kind.LINKS:
            return wording.links(text)
        case Kind.CONTACTS:
            return wording.contacts(text)
        case Kind.WORDS:
            return wording.phrases(text, rule.settings["words"])
        case _:
            return []


def matched_copy(rule: Rule, similarity: float) -> Match | None:
    """Whether a body is so similar (0 to 1) to one that stands there that a rule of copies matches."""
    if 100 * similarity < rule.settings["percent"]:
        return None
    return Match(rule, "body", "Is nearly the same as another review of this product.")


def matched_flood(rule: Rule, sent: int) -> Match | None:
    """Whether a voter who has sent so many reviews may send no more by a rule of floods."""
    if sent < rule.settings["most"]:
        return None
    return Match(rule, "voter", f"Has sent {sent} reviews within {rule.settings['hours']} hours. Try again later.")


def decided(matches: Sequence[Match]) -> Action:
    """What becomes of a review: what the strictest of the rules does that it meets."""
    order = list(Action)
    return max((match.rule.action for match in matches), key=order.index, default=Action.PUBLISH)


def made(name: str, kind: Kind, action: Action, numbers: Mapping[str, str], words: Sequence[str]) -> Rule:
    """A rule of what an operator wrote; `Invalid` names every setting that it cannot have."""
    known, errors = NUMBERS[kind], []
    if not NAME.fullmatch(name):
        errors.append(FieldError("name", "1 to 40 small letters, digits and -; the first one a letter or a digit."))
    settings: dict[str, Any] = {key: bound.usual for key, bound in known.items()}
    for key, text in numbers.items():
        if key not in known:
            told = f"it takes {' and '.join(known)}" if known else "it takes no numbers"
            errors.append(FieldError(key, f"Is no setting of {kind}: {told}."))
            continue
        bound = known[key]
        if not (text.isascii() and text.isdigit() and len(text) < 10 and bound.low <= int(text) <= bound.high):  # noqa: PLR2004
            errors.append(FieldError(key, f"Must be a whole number from {bound.low} to {bound.high}: {bound.means}."))
        else:
            settings[key] = int(text)
    errors += _wrong_words(kind, words)
    if errors:
        raise Invalid("The rule cannot be made.", errors=tuple(errors))
    if kind is Kind.WORDS:
        settings["words"] = sorted(set(words))
    return Rule(name, kind, action, settings)


def _wrong_words(kind: Kind, words: Sequence[str]) -> list[FieldError]:
    if kind is not Kind.WORDS:
        return [FieldError("word", f"Only a rule of {Kind.WORDS} has words.")] if words else []
    if not 1 <= len(words) <= WORDS:
        return [FieldError("word", f"Must be 1 to {WORDS:,} words or phrases; there are {len(words):,}.")]
    if not all(len(word) <= WORD and wording.folded(word).strip() for word in words):
        return [FieldError("word", f"Each must have letters or digits, and at most {WORD} characters.")]
    return []


def _at_most(rule: Rule, what: str) -> str:
    most = rule.settings["most"]
    return f"Holds more {what} than may stand here: at most {most}." if most else f"Must hold no {what}."
