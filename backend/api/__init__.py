"""The public API of reviews and products: JSON in, JSON out, the contract and nothing else (docs/api.md).

`routes` are its addresses, `exception_handlers` render every error as problem+json, `around` is what goes around both.
"""

from collections.abc import Callable

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from backend.api import jsonld, products, reviews, schema, stats, votes
from backend.api.caching import Caching
from backend.api.edge import Edge
from backend.api.problems import exception_handlers
from backend.settings import Settings

__all__ = ["around", "exception_handlers", "routes"]


def routes() -> list[HTTPRouteHandler]:
    """The handlers. They want `database`, `settings` and `keyring` in the application's state."""
    # The options come first: else Litestar makes its own with the first of the others.
    schemas = [schema.openapi_document, schema.viewer, schema.viewer_file]
    reads = [reviews.options, reviews.list_reviews, reviews.meta, stats.stats, jsonld.jsonld, reviews.one_review]
    reads += [products.list_products, products.one_product, products.styles, products.related]
    return [*reads, reviews.submit, votes.find_helpful, votes.report, votes.vote_on_no_review, *schemas]


def around(settings: Settings) -> Callable[[ASGIApp], ASGIApp]:
    """What goes around Litestar's router, and so holds on public paths for what no route answers, too."""
    return lambda router: Edge(Caching(router, settings.cache_seconds))
