"""What a moderator may change of a product, and how long it may be."""

from collections.abc import Mapping
from typing import Any, Final

from backend.domain.errors import FieldError, Invalid

# With the most characters each may have. Deliveries have longer ones.
FIELDS: Final = {"name": 300, "category": 200}

Facts = dict[str, str]


def facts_of(product: Mapping[str, Any]) -> Facts:
    """A product's row as the fields of an edit; what is not known is empty."""
    return {name: product[name] or "" for name in FIELDS}


def cleaned(given: Mapping[str, str], product: Mapping[str, Any]) -> Facts:
    """The fields as they are stored, a line each; what differs from the row in blanks alone is as the row has it.

    `Invalid` names each field that cannot be, and the mend.
    """
    stored, clean, errors = facts_of(product), {}, []
    for name, longest in FIELDS.items():
        if name not in given:
            continue
        text = _line(given[name])
        if text == _line(stored[name]):
            clean[name] = stored[name]
        elif name == "name" and not text:
            errors.append(FieldError(name, "The product needs a name."))
        elif len(text) > longest:
            told = f"This may have {longest:,} characters, and has {len(text):,}: shorten it."
            errors.append(FieldError(name, told))
        else:
            clean[name] = text
    if errors:
        raise Invalid(" ".join(error.message for error in errors), errors=tuple(errors))
    return clean


def _line(text: str) -> str:
    """Without control characters, and with one blank where there are several."""
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())
