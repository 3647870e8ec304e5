"""GET /reviews/stats: the numbers of a category page's products."""

import msgspec
from litestar import Response, get

from backend.api import parse, render
from backend.api.access import reading
from backend.api.callers import identify
from backend.api.parse import ApiRequest
from backend.domain.errors import FieldError, Invalid
from backend.services import stats as numbers
from backend.store.database import Row

MOST = 100
INVALID_PRODUCTS = "Error: invalid product_ids provided"

_RULE = f"Must be up to {MOST} integers from 1 to {parse.LARGEST_ID}, with commas between them."


class ProductStats(msgspec.Struct):
    product_id: str
    average: str | None
    count: str
    ratings: dict[str, str]


class Stats(msgspec.Struct):
    results: list[ProductStats]


@get("/reviews/stats")
async def stats(request: ApiRequest) -> Response[bytes]:
    """Average, count and histogram of each product."""
    actor = await identify(request)
    product_ids = _product_ids(parse.parameters(request))
    async with reading(request) as reader:
        rows = await numbers.of_products(reader, actor, product_ids)
    return render.json(Stats([_of_product(row) for row in rows]))


def _of_product(row: Row) -> ProductStats:
    return ProductStats(str(row["product_id"]), row["average"], str(row["count"]), render.ratings(render.stars_of(row)))


def _product_ids(sent: dict[str, str]) -> list[int]:
    text = sent.get("product_ids")
    product_ids = None if text is None else parse.integers(text, 1, parse.LARGEST_ID)
    # Counted as they were sent, also those that stand there twice.
    if text is None or product_ids is None or text.count(",") >= MOST:
        told = "Is required." if text is None else _RULE
        raise Invalid(INVALID_PRODUCTS, errors=(FieldError("product_ids", told),))
    return product_ids
