"""GET /products, and of one product: its facts, its styles, what is related to it."""

from typing import Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from msgspec import UNSET, UnsetType

from backend.api import parse, render
from backend.api.access import reading
from backend.api.callers import identify
from backend.api.cursors import Cursors
from backend.api.filters import INVALID_FILTER
from backend.api.parse import ApiRequest
from backend.domain.errors import FieldError, Invalid
from backend.observe.requests import note_source
from backend.services import catalogue
from backend.services.catalogue import ListAsked, Part
from backend.store.database import Row

LONGEST_CATEGORY: Final = 200
RATINGS: Final = "ratings"

_TOLD = ("id", "name", "slogan", "description", "category", "default_price")


class Product(msgspec.Struct):
    """What a list tells of a product; what is not known is empty. The numbers come where they are asked for."""

    id: int
    name: str
    slogan: str
    description: str
    category: str
    default_price: str
    average: str | UnsetType | None = UNSET
    count: str | UnsetType = UNSET


class ProductStretch(msgspec.Struct):
    """Some products from a cursor on, and the cursors of those that follow and go before; null at the ends."""

    count: int
    results: list[Product]
    next: str | None
    prev: str | None


@get("/products")
async def list_products(request: ApiRequest) -> Response[bytes]:
    """A page of the catalogue; beside a cursor `page` says nothing."""
    actor = await identify(request)
    state, sent = request.app.state, parse.parameters(request)
    asked, with_ratings = _asked(sent, state.settings.count_cap)
    cursors = _cursors(state.settings.secret, asked, with_ratings=with_ratings)
    at = cursors.read(sent["cursor"]) if "cursor" in sent else None
    async with reading(request) as reader:
        walked = await catalogue.walk(reader, actor, asked, at) if "cursor" in sent else None
        rows = walked.rows if walked else await catalogue.page(reader, actor, asked)
        if with_ratings:
            rows = await catalogue.rated(reader, actor, rows)
    results = [_product(row) for row in rows]
    if walked is None:
        return render.json(results)
    onward, back = cursors.write(walked.next), cursors.write(walked.previous)
    reply = render.json(ProductStretch(asked.count, results, onward, back))
    cursors.link(reply, onward, back)
    return reply


@get("/products/{product_id:str}")
async def one_product(request: ApiRequest, product_id: FromPath[str]) -> Response[bytes]:
    """A product with its features."""
    return await _part(request, Part.FACTS, product_id)


@get("/products/{product_id:str}/styles")
async def styles(request: ApiRequest, product_id: FromPath[str]) -> Response[bytes]:
    """A product's styles, each with its photos and what of it is in stock."""
    return await _part(request, Part.STYLES, product_id)


@get("/products/{product_id:str}/related")
async def related(request: ApiRequest, product_id: FromPath[str]) -> Response[bytes]:
    """The ids of the products that go with one."""
    return await _part(request, Part.RELATED, product_id)


def body_of(part: Part, product_id: int, text: str) -> bytes:
    """The answer about a product: the kept text as it stands; of styles within the contract's object."""
    if part is Part.STYLES:
        text = f'{{"product_id":"{product_id}","results":{text}}}'
    return text.encode()


async def _part(request: ApiRequest, part: Part, named: str) -> Response[bytes]:
    actor = await identify(request)
    product_id = parse.product_named(named)
    text, source = await catalogue.read(request.app.state.database, actor, part, product_id)
    note_source(request.scope, source)
    return Response(body_of(part, product_id, text), media_type="application/json")


def _asked(sent: dict[str, str], cap: int) -> tuple[ListAsked, bool]:
    """Which products, and whether with their numbers. `Invalid` names what cannot be read."""
    page, count = parse.paging(sent, cap)
    category, wanted = sent.get("category"), sent.get("with")
    wrong = []
    if category and (len(category) > LONGEST_CATEGORY or "\0" in category):
        told = f"Must be at most {LONGEST_CATEGORY} characters, none of them NUL; it has {len(category)}."
        wrong.append(FieldError("category", told))
    if wanted not in (None, RATINGS):
        wrong.append(FieldError("with", f"Must be {RATINGS}."))
    if wrong:
        raise Invalid(INVALID_FILTER, errors=tuple(wrong))
    return ListAsked(page, count, category), wanted is not None


def _cursors(secret: str, asked: ListAsked, *, with_ratings: bool) -> Cursors:
    narrowed = [("category", asked.category)] if asked.category else []
    beside = [("count", str(asked.count)), *([("with", RATINGS)] if with_ratings else [])]
    return Cursors(secret, "/products", narrowed, beside)


def _product(row: Row) -> Product:
    product = Product(*(row[name] for name in _TOLD))
    if "average" in row:
        product.average, product.count = row["average"], str(row["count"])
    return product
