"""The bodies that the API takes, told to programs; each limit is that of its rule."""

from typing import Any, Final

from backend.api import parse
from backend.domain import drafts, reports
from backend.services.keys import SCOPES
from backend.services.repeats import HEADER

Schema = dict[str, Any]

# A text as it may be kept. Half a surrogate pair cannot even be written here.
_STORABLE: Final = "^[^\\u0000]*$"
# Told one by one: what \s means is another thing in every language, and the rule asks Python.
_BLANK: Final = "^[" + "".join(f"\\u{code:04x}" for code in range(0x3001) if chr(code).isspace()) + "]*$"
_FLAGS: Final = {name: f"Only a key with the scope `{name}` may set it: it {SCOPES[name]}." for name in drafts.FLAGS}


def draft() -> Schema:
    """A review as POST /reviews takes it."""
    rating = _or_text(*drafts.RATINGS)
    characteristic = {
        "type": "object",
        "propertyNames": {"pattern": "^[1-9][0-9]{0,17}$"},
        "additionalProperties": rating,
        "description": "A value for each characteristic of the product that was rated, by its id.",
    }
    photo = {"type": "string", "pattern": "^https?://[a-z0-9.-]+(/[!-~]*)?$", "maxLength": drafts.PHOTO_URL}
    photos = {"type": "array", "items": photo, "maxItems": drafts.PHOTOS}
    return {
        "type": "object",
        "required": ["product_id", "rating", "body", "recommend", "name", "email"],
        "properties": {
            "product_id": {**_or_text(1, parse.LARGEST_ID), "description": "A product that exists."},
            "rating": rating,
            "recommend": {"type": "boolean"},
            "summary": _or_none(_text(drafts.SUMMARY)),
            "body": _text(drafts.BODY),
            "name": _text(drafts.NAME),
            "email": {**_text(drafts.EMAIL), "description": "Never shown."},
            "photos": _or_none(photos),
            "characteristics": _or_none(characteristic),
            **{name: _or_none({"type": "boolean", "description": about}) for name, about in _FLAGS.items()},
        },
    }


def report() -> Schema:
    """Why a review is reported, as PUT /reviews/{review_id}/report takes it: what is no object says nothing."""
    text = {"type": "string", "maxLength": reports.TEXT, "pattern": _STORABLE, "description": "The reporter's words."}
    reason = {"type": "string", "enum": list(reports.REASONS)}
    return {"properties": {"reason": _or_none(reason), "text": _or_none(text)}}


def _integer(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _or_text(low: int, high: int) -> Schema:
    """An integer in a body, or a text that writes it: here one without zeros in front, though these are taken too."""
    digits = f"^[{low}-{high}]$" if high < 10 else "^[1-9][0-9]{0,17}$"  # noqa: PLR2004 - one digit
    return {"anyOf": [_integer(low, high), {"type": "string", "pattern": digits}]}


def _text(limits: tuple[int, int]) -> Schema:
    """A text of so many code points; one that must be there is not all white space."""
    shortest, longest = limits
    text: Schema = {"type": "string", "minLength": shortest, "maxLength": longest, "pattern": _STORABLE}
    return {**text, "not": {"pattern": _BLANK}} if shortest else text


def _or_none(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_EXAMPLE: Final[Schema] = {
    "product_id": 1,
    "rating": 5,
    "body": "I wore it for a whole winter and nobody saw me once.",
    "recommend": True,
    "name": "Inês",
    "email": "ines@example.org",
    "characteristics": {"1": 4},
}
DRAFT: Final[Schema] = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}, "example": _EXAMPLE}},
}
REPORT: Final[Schema] = {
    "required": False,
    "description": "Why, where somebody says so. What is no JSON object says nothing.",
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Report"},
            "example": {"reason": "off-topic", "text": "It is about the parcel."},
        }
    },
}
SUBMIT_PARAMETERS: Final[list[Schema]] = [
    {
        "name": "validate",
        "in": "query",
        "schema": {"anyOf": [{"type": "boolean"}, {"type": "string", "const": ""}]},
        "description": "`true` says whether the review would be taken, and stores nothing.",
        "example": True,
    },
    {
        "name": HEADER,
        "in": "header",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "description": "A key of this one request: whoever sends both again within 24 hours gets the same answer, and"
        " no second review. With another review it is refused.",
    },
]
