"""What a moderator may change of a review, how long it may be, and what two who did so at once have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.domain.drafts import RATINGS
from backend.domain.errors import FieldError, Invalid

# Texts with the most characters each may have. Deliveries have longer ones than the public may send.
TEXTS: Final = {"summary": 300, "body": 20_000, "response": 5_000, "reviewer_name": 200}
REQUIRED: Final = ("body", "reviewer_name")
FIELDS: Final = ("summary", "body", "rating", "recommend", "reviewer_name", "response", "product_id")
LARGEST_ID: Final = 2_147_483_647
# The value of a characteristic stands under this name with its id behind it.
CHARACTERISTIC: Final = "characteristic."

Fields = dict[str, Any]


def fields_of(review: Mapping[str, Any]) -> Fields:
    """A review's row as the fields of an edit: its own, and one for each characteristic that it rates."""
    flat = review["ratings"]
    rated = {f"{CHARACTERISTIC}{number}": value for number, value in zip(flat[1::3], flat[2::3], strict=True)}
    own = {name: review[name] or "" if name in TEXTS else review[name] for name in FIELDS}
    if own["response"] == "null":
        own["response"] = ""  # deliveries say so where there is none
    return own | rated


def cleaned(given: Mapping[str, Any], review: Mapping[str, Any]) -> Fields:
    """The fields of an edit as they are stored; what differs from the row in blanks alone is as the row has it.

    A characteristic is 1 to 5, or None for no rating. `Invalid` names each field that cannot be, and the mend.
    """
    stored, errors = fields_of(review), []
    clean: Fields = {}
    for name, value in given.items():
        try:
            clean[name] = _text(name, value) if name in TEXTS else _number(name, value)
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
            continue
        if name in TEXTS and clean[name] == _normal(name, stored[name]):
            clean[name] = stored[name]
    if errors:
        raise Invalid(" ".join(error.message for error in errors), errors=tuple(errors))
    return clean


@dataclass(frozen=True, slots=True)
class Merged:
    """Two edits of one review put together: `values` where they agree or only one of them changed a field, and the
    fields that both changed, each to something else."""

    values: Fields
    conflicts: tuple[str, ...]


def merged(original: Mapping[str, Any] | None, theirs: Mapping[str, Any], yours: Mapping[str, Any]) -> Merged:
    """Put `yours` upon `theirs`; without the original whatever differs is a conflict."""
    values, conflicts = dict(theirs), []
    for name, value in yours.items():
        if value == theirs.get(name) or (original is not None and value == original.get(name)):
            continue
        if original is not None and theirs.get(name) == original.get(name):
            values[name] = value
        else:
            conflicts.append(name)
    return Merged(values, tuple(conflicts))


def _normal(name: str, text: str) -> str:
    """Without control characters and blanks around; a line for what is shown as one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(sign for sign in lines if sign in "\n\t" or sign.isprintable() or sign.isspace()).strip()
    return plain if name in ("body", "response") else " ".join(plain.split())


def _text(name: str, value: str) -> str:
    text = _normal(name, value)
    if not text and name in REQUIRED:
        raise ValueError("The text may not be empty." if name == "body" else "The reviewer needs a name.")
    if len(text) > TEXTS[name]:
        raise ValueError(f"This may have {TEXTS[name]:,} characters, and has {len(text):,}: shorten it.")
    return text


def _number(name: str, value: Any) -> Any:
    if name == "recommend":
        return bool(value)
    if name.startswith(CHARACTERISTIC) and value is None:
        return None
    low, high = (1, LARGEST_ID) if name == "product_id" else RATINGS
    if not isinstance(value, int) or not low <= value <= high:
        raise ValueError("There is no such product." if name == "product_id" else f"Choose {low} to {high}.")
    return value
