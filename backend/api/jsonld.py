"""GET /reviews/jsonld: a product's reviews for search engines, in the words of schema.org.

The answer may stand in a page's <script> as it is: what would end one, or break a line in it, is escaped.
"""

import msgspec
from litestar import Response, get
from msgspec import UNSET, UnsetType, field

from backend.api import parse
from backend.api.callers import identify
from backend.api.parse import ApiRequest
from backend.domain import drafts
from backend.observe.requests import note_source
from backend.services import stats
from backend.services.stats import Described
from backend.store.database import Row

_encode = msgspec.json.Encoder().encode
_ESCAPED = {sign.encode(): f"\\u{ord(sign):04x}".encode() for sign in "<>&\u2028\u2029"}
_WORST, _BEST = drafts.RATINGS


class LinkedAuthor(msgspec.Struct, tag_field="@type", tag="Person"):
    name: str


class LinkedRating(msgspec.Struct, tag_field="@type", tag="Rating", rename="camel"):
    rating_value: int
    best_rating: int = _BEST
    worst_rating: int = _WORST


class LinkedReview(msgspec.Struct, tag_field="@type", tag="Review", rename="camel"):
    """What is empty is left out."""

    date_published: str
    review_rating: LinkedRating
    name: str | UnsetType = UNSET
    review_body: str | UnsetType = UNSET
    author: LinkedAuthor | UnsetType = UNSET


class LinkedNumbers(msgspec.Struct, tag_field="@type", tag="AggregateRating", rename="camel"):
    rating_value: str
    review_count: int
    best_rating: int = _BEST
    worst_rating: int = _WORST


class LinkedProduct(msgspec.Struct, tag_field="@type", tag="Product", rename="camel"):
    """A product without reviews has no numbers either: none of schema.org's would be valid."""

    context: str = field(name="@context")
    product_id: str = field(name="productID")
    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    aggregate_rating: LinkedNumbers | UnsetType = UNSET
    review: list[LinkedReview] | UnsetType = UNSET


@get("/reviews/jsonld")
async def jsonld(request: ApiRequest) -> Response[bytes]:
    """A product, its numbers and its most relevant reviews as JSON-LD."""
    actor = await identify(request)
    product_id = parse.product_id(parse.parameters(request))
    described = await stats.describe(request.app.state.database, actor, product_id)
    note_source(request.scope, described.source)
    text = _encode(_linked(product_id, described))
    for sign, escape in _ESCAPED.items():
        text = text.replace(sign, escape)
    return Response(text, media_type="application/ld+json")


def _linked(product_id: int, described: Described) -> LinkedProduct:
    product, numbers = described.product or {}, described.numbers
    return LinkedProduct(
        "https://schema.org",
        str(product_id),
        _some(product.get("name")),
        _some(product.get("description")),
        LinkedNumbers(numbers["average"], numbers["count"]) if numbers["count"] else UNSET,
        [_review(row) for row in described.reviews] or UNSET,
    )


def _review(row: Row) -> LinkedReview:
    author = _some(row["reviewer_name"])
    return LinkedReview(
        row["date"],
        LinkedRating(row["rating"]),
        _some(row["summary"]),
        _some(row["body"]),
        UNSET if author is UNSET else LinkedAuthor(author),
    )


def _some(text: str | None) -> str | UnsetType:
    return text if text and not text.isspace() else UNSET
