"""What a list is narrowed and walked by, and the numbers of many products, told to programs."""

from typing import Any, Final

from backend.api import filters, parse, stats
from backend.api import openapi_parts as parts
from backend.domain import drafts
from backend.services.selecting import RANKED

Schema = dict[str, Any]

_NOT_SENT: Final[Schema] = {"type": "string", "const": ""}
# Here no day after the 28th, and no offset but Z: those that are real are taken too.
_MOMENT: Final = (
    "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    "(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z)?$"
)


def _flag(name: str, description: str) -> Schema:
    return _parameter(name, description, {"type": "boolean"})


def _parameter(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"anyOf": [schema, _NOT_SENT]},
        **more,
    }


def _integers(low: int, high: int, **more: Any) -> Schema:
    """Integers with commas between them."""
    return {"type": "array", "items": {"type": "integer", "minimum": low, "maximum": high}, "minItems": 1, **more}


_BY_COMMAS: Final[Schema] = {"style": "form", "explode": False}

SELECTING: Final[list[Schema]] = [
    _parameter("rating", "Only with one of these stars, like `4,5`.", _integers(*drafts.RATINGS), **_BY_COMMAS),
    _flag("recommended", "Only those that recommend the product, or do not."),
    _flag("with_photos", "Only those with photos, or without."),
    _flag("with_response", "Only those that the merchant answered, or did not."),
    _flag("verified", "Only those of verified buyers, or the others."),
    _parameter(
        "since",
        "Only those written at this moment or after it. A date means its beginning, in UTC.",
        {"type": "string", "pattern": _MOMENT},
    ),
    _parameter(
        "until",
        "Only those written before this moment. A date means its end, in UTC.",
        {"type": "string", "pattern": _MOMENT},
    ),
    {
        "name": "q",
        "in": "query",
        "description": 'Only those with these words: `warm coat`, `"warm coat"`, `warm or soft`, `warm -zip`. Case and'
        f" accents mean nothing. The most relevant are then those that rank highest; of more than {RANKED:,} that have"
        " the words, so many are ranked, and the rest is left out.",
        "schema": {"type": "string", "maxLength": filters.LONGEST_WORDS, "pattern": "^[^\\u0000]*$"},
    },
    _flag(filters.HISTOGRAM, "`true` counts all that are selected by their stars: `ratings`."),
    parts.cursor("product, sort and filters"),
]
PRODUCTS: Final[list[Schema]] = [
    {
        "name": "product_ids",
        "in": "query",
        "required": True,
        "description": "Products in any order; one that is named twice is told once.",
        "schema": _integers(1, parse.LARGEST_ID, maxItems=stats.MOST),
        "example": [1, 2, 3],
        **_BY_COMMAS,
    }
]

STATS_EXAMPLE: Final[Schema] = {
    "results": [
        {"product_id": "1", "average": "3.5000000000000000", "count": "4", "ratings": {"1": "1", "4": "2", "5": "1"}},
        {"product_id": "2", "average": "1.3333333333333333", "count": "3", "ratings": {"1": "2", "2": "1"}},
        {"product_id": "3", "average": None, "count": "0", "ratings": {}},
    ]
}
JSONLD_EXAMPLE: Final[Schema] = {
    "@type": "Product",
    "@context": "https://schema.org",
    "productID": "3",
    "name": "Morning Joggers",
    "description": "Whether you're a morning person or not.",
}
