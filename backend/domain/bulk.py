"""The changes that many reviews can be given at once, as data: what each does to a review, and what it is in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import re2

from backend.domain.characteristics import CharacteristicName
from backend.domain.errors import FieldError, Invalid
from backend.domain.mending import mended
from backend.domain.states import ReviewState

MOST = 10  # changes in one job
LONGEST = 10_000  # characters that a text may come to
LONGEST_PATTERN = 500
_MEMORY = 1 << 20  # bytes that a pattern may take
STATES = (ReviewState.APPROVED, ReviewState.HELD, ReviewState.HIDDEN)
TEXTS = {"body": "text", "summary": "title", "response": "reply", "reviewer_name": "reviewer's name"}
CLEARED = {"response": "reply", "summary": "title", "photos": "photos"}
_LARGEST_ID = 2_147_483_647
_SURROGATE = re.compile("[\ud800-\udfff]")

Row = Mapping[str, Any]
Columns = dict[str, Any]


class Impossible(Exception):
    """Why a review cannot be given a change."""


@dataclass(frozen=True, slots=True)
class Known:
    """What changes have to look up: characteristics' names by their ids, and the other way round for each product."""

    names: Mapping[int, str] = field(default_factory=dict)
    of_product: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


class Change(Protocol):
    """One change. `kind` is its name in forms and in what is stored."""

    kind: ClassVar[str]

    @property
    def alike(self) -> Columns | None:
        """What every review's columns become, where that is the same for all."""

    def apply(self, review: Row, known: Known) -> Columns:
        """A review's columns as they become, perhaps the same as before. Raises `Impossible`."""

    def words(self) -> str:
        """What it does, as the end of "This will …"."""


@dataclass(frozen=True, slots=True)
class SetStatus:
    """A judgement. Hiding needs one of the reasons, by its code."""

    state: ReviewState
    reason: str | None = None
    kind: ClassVar = "status"

    @property
    def alike(self) -> Columns | None:
        return {"state": self.state.value}

    def apply(self, review: Row, known: Known) -> Columns:
        del review, known
        return {"state": self.state.value}

    def words(self) -> str:
        verb = {ReviewState.APPROVED: "approve", ReviewState.HELD: "hold", ReviewState.HIDDEN: "hide"}[self.state]
        return f"{verb} them" + (f", reason {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class SetField:
    """A field set to one value, or cleared (None)."""

    name: str
    value: str | int | bool | None
    kind: ClassVar = "field"

    @property
    def alike(self) -> Columns | None:
        if self.name == "photos":
            return {"photo_ids": [], "photo_urls": []}
        return {self.name: "" if self.name == "summary" and self.value is None else self.value}

    def apply(self, review: Row, known: Known) -> Columns:
        del review, known
        return dict(self.alike or {})

    def words(self) -> str:
        called = {"rating": "rating", "recommend": "recommendation", **TEXTS, **CLEARED}[self.name]
        if self.value is None:
            return f"clear the {called}"
        value = {True: "yes", False: "no"}[self.value] if isinstance(self.value, bool) else self.value
        return f"set the {called} to " + (f"“{value}”" if self.name in TEXTS else str(value))


@dataclass(frozen=True, slots=True)
class Replace:
    """Find and replace in texts; a pattern is RE2's, whose time grows with the text alone."""

    fields: tuple[str, ...]
    find: str
    replacement: str
    pattern: bool = False
    any_case: bool = False
    kind: ClassVar = "replace"
    alike: ClassVar = None

    def apply(self, review: Row, known: Known) -> Columns:
        del known
        done = {name: self.in_text(review[name]) for name in self.fields if review[name]}
        return {name: _fits(name, text) for name, (text, times) in done.items() if times}

    def in_text(self, text: str) -> tuple[str, int]:
        """A text with its matches replaced, and how many there were."""
        done: tuple[str, int] = self.compiled().subn(
            self.replacement if self.pattern else _literal(self.replacement), text
        )
        return done

    def matches(self, text: str) -> list[tuple[int, int]]:
        """Where the matches begin and end."""
        return [found.span() for found in self.compiled().finditer(text)]

    def compiled(self) -> Any:
        """The pattern; raises `re2.error` where it is none."""
        options = re2.Options()
        options.log_errors, options.max_mem, options.case_sensitive = False, _MEMORY, not self.any_case
        options.literal = not self.pattern
        return re2.compile(self.find, options)

    def words(self) -> str:
        where = " and ".join(TEXTS[name] for name in self.fields)
        what = "the pattern " if self.pattern else ""
        return f"replace {what}“{self.find}” with “{self.replacement}” in the {where}"


@dataclass(frozen=True, slots=True)
class Repair:
    """Trim texts, and mend what was read in a wrong encoding where that is certain."""

    kind: ClassVar = "repair"
    alike: ClassVar = None

    def apply(self, review: Row, known: Known) -> Columns:
        del known
        return {name: _fits(name, mended(review[name])) for name in TEXTS if review[name]}

    def words(self) -> str:
        return "trim texts and repair their encoding where it is certain"


@dataclass(frozen=True, slots=True)
class Move:
    """Move to another product. Characteristic ratings follow to what the product calls the same; others go."""

    product_id: int
    kind: ClassVar = "move"
    alike: ClassVar = None

    def apply(self, review: Row, known: Known) -> Columns:
        if review["product_id"] == self.product_id:
            return {}
        there, flat = known.of_product.get(self.product_id, {}), review["ratings"]
        moved: list[int] = []
        for rating_id, characteristic_id, value in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            if (to := there.get(known.names.get(characteristic_id, ""))) is not None:
                moved += (rating_id, to, value)
        return {"product_id": self.product_id, "ratings": moved}

    def words(self) -> str:
        return f"move them to product {self.product_id}"


@dataclass(frozen=True, slots=True)
class Rate:
    """Change a characteristic's rating where a review has one (None takes it away)."""

    name: CharacteristicName
    value: int | None
    kind: ClassVar = "rate"
    alike: ClassVar = None

    def apply(self, review: Row, known: Known) -> Columns:
        rated: list[int] = []
        flat = review["ratings"]
        for rating_id, characteristic_id, value in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            if known.names.get(characteristic_id) != self.name:
                rated += (rating_id, characteristic_id, value)
            elif self.value is not None:
                rated += (rating_id, characteristic_id, self.value)
        return {"ratings": rated}

    def words(self) -> str:
        done = "take away the rating" if self.value is None else f"set the rating to {self.value}"
        return f"{done} of {self.name}"


KINDS: dict[str, type[Change]] = {made.kind: made for made in (SetStatus, SetField, Replace, Repair, Move, Rate)}


def applied(changes: Sequence[Change], review: Row, known: Known) -> Columns:
    """What differs in a review after all changes, one after the other. Raises `Impossible`."""
    now = dict(review)
    for change in changes:
        now |= change.apply(now, known)
    return {name: value for name, value in now.items() if value != review[name]}


def alike(changes: Sequence[Change]) -> Columns | None:
    """What every review's columns become, where it is the same for all and so needs no look at each."""
    together: Columns = {}
    for change in changes:
        if change.alike is None:
            return None
        together |= change.alike
    return together


def stored(change: Change) -> dict[str, Any]:
    """A change as it is stored: `restored(stored(change)) == change`."""
    fields: Any = type(change).__dataclass_fields__  # type: ignore[attr-defined]
    return {"kind": change.kind, **{name: getattr(change, name) for name in fields if name not in ("kind", "alike")}}


def restored(data: Mapping[str, Any]) -> Change:
    """A change out of what is stored."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items() if name != "kind"
    }
    if data["kind"] == "status":
        values["state"] = ReviewState(values["state"])
    if data["kind"] == "rate":
        values["name"] = CharacteristicName(values["name"])
    return KINDS[data["kind"]](**values)


def parse(form: Mapping[str, Sequence[str]]) -> Change:
    """A change out of a form; raise `Invalid`, which names the field and the mend."""
    kind = _one(form, "kind")
    if kind not in _PARSERS:
        raise _wrong("kind", "Choose a change.")
    for name, values in form.items():
        if any("\x00" in value or _SURROGATE.search(value) for value in values):
            raise _wrong(name, "This holds characters that no text may have.")
    return _PARSERS[kind](form)


def _status(form: Mapping[str, Sequence[str]]) -> Change:
    states = {state.value: state for state in STATES}
    if (chosen := _one(form, "state")) not in states:
        raise _wrong("state", "Choose a status.")
    reason = _one(form, "reason") or None
    if states[chosen] is ReviewState.HIDDEN and not reason:
        raise _wrong("reason", "Choose why they are hidden.")
    return SetStatus(states[chosen], reason if states[chosen] is ReviewState.HIDDEN else None)


def _field(form: Mapping[str, Sequence[str]]) -> Change:
    name, raw = _one(form, "field"), _one(form, "value")
    if _one(form, "clear"):
        if name not in CLEARED:
            raise _wrong("field", "This field cannot be empty. Reply, title and photos can be cleared.")
        return SetField(name, None)
    if name == "rating":
        return SetField(name, _whole("value", raw, 5))
    if name == "recommend":
        if raw not in ("yes", "no"):
            raise _wrong("value", "Write yes or no.")
        return SetField(name, raw == "yes")
    if name not in ("response", "summary", "reviewer_name"):
        raise _wrong("field", "Choose a field.")
    if not raw.strip():
        raise _wrong("value", "Write the new value, or choose to clear the field.")
    if len(raw) > LONGEST:
        raise _wrong("value", f"This is longer than {LONGEST:,} characters.")
    return SetField(name, raw.strip())


def _replace(form: Mapping[str, Sequence[str]]) -> Change:
    fields = tuple(name for name in TEXTS if name in form.get("in", ()))
    find, replacement = _one(form, "find"), _one(form, "replacement")
    if not fields:
        raise _wrong("in", "Choose where to look.")
    if not find:
        raise _wrong("find", "Write what to look for.")
    if len(find) > LONGEST_PATTERN or len(replacement) > LONGEST_PATTERN:
        raise _wrong("find", f"Neither part may be longer than {LONGEST_PATTERN} characters.")
    change = Replace(fields, find, replacement, bool(_one(form, "pattern")), bool(_one(form, "any_case")))
    try:
        compiled = change.compiled()
    except re2.error as error:
        told = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        raise _wrong("find", f"This is no pattern: {told[:200]}.") from error
    if change.pattern:
        try:
            # Which groups the replacement names shows when a match is filled in.
            compiled.sub(replacement, "")
            _named_groups(compiled, replacement)
        except (re2.error, IndexError, ValueError, KeyError) as error:
            raise _wrong("replacement", "This names a group that the pattern does not have.") from error
    return change


def _named_groups(compiled: Any, replacement: str) -> None:
    for found in re.finditer(r"\\(?:(\d+)|g<([^>]*)>)", replacement):
        name = found[1] or found[2]
        if int(name) > compiled.groups if name.isdigit() else name not in compiled.groupindex:
            raise IndexError(found[0])


def _repair(form: Mapping[str, Sequence[str]]) -> Change:
    del form
    return Repair()


def _move(form: Mapping[str, Sequence[str]]) -> Change:
    return Move(_whole("product", _one(form, "product"), _LARGEST_ID))


def _rate(form: Mapping[str, Sequence[str]]) -> Change:
    try:
        name = CharacteristicName(_one(form, "name"))
    except ValueError as error:
        raise _wrong("name", "Choose a characteristic.") from error
    return Rate(name, None if _one(form, "clear") else _whole("value", _one(form, "value"), 5))


_PARSERS = {
    "status": _status,
    "field": _field,
    "replace": _replace,
    "repair": _repair,
    "move": _move,
    "rate": _rate,
}


def _one(form: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(form.get(name, ())), "")


def _whole(name: str, raw: str, largest: int) -> int:
    text = raw.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and 1 <= int(text) <= largest):
        raise _wrong(name, f"Write a whole number from 1 to {largest:,}.")
    return int(text)


def _wrong(name: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(name, message),))


def _literal(text: str) -> Any:
    return lambda _found: text


def _fits(name: str, text: str) -> str:
    if len(text) > LONGEST:
        raise Impossible(f"Its {TEXTS[name]} would be longer than {LONGEST:,} characters.")
    if not text.strip() and name in ("body", "reviewer_name"):
        raise Impossible(f"Its {TEXTS[name]} would be empty.")
    return text
