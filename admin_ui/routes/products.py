"""Products: the list, and one of them with its numbers, its trend, its latest reviews and what is sold of it."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import figures, rendering
from admin_ui.routes.asking import LARGEST_ID, AnyRequest, an_id
from admin_ui.routes.reviews import frame, just_done
from admin_ui.visits import SignedIn
from backend.observe.requests import note_source
from backend.services import products, recounting
from backend.services.products import Order, Place

LIST = "/console/products"


@get("/products")
async def list_products(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """A page of products: those whose names begin with what was asked, all of them, or those with open cases."""
    text, category = (products.clean(request.query_params.get(name, "")) for name in ("q", "category"))
    order = _order(request.query_params.get("sort", ""), text)
    place = _place(request.query_params.get("after", ""))
    async with request.app.state.database.read() as reader:
        context = {
            "page": await products.page(reader, visit.actor, order, text, place, category),
            "categories": await products.categories(reader, visit.actor),
            "order": order,
            "text": text,
            "category": category,
            "place": place,
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    blocks = ["list"] if rendering.wants(request, "list") else []
    return rendering.render(request, "products.html", visit, context, blocks=blocks)


@get("/products/{product_id:str}")
async def one_product(request: AnyRequest, visit: SignedIn, product_id: FromPath[str]) -> Response[str]:
    """One product whole."""
    number = an_id(product_id, "product")
    async with request.app.state.database.read() as reader:
        whole = await products.one(reader, visit.actor, number, visit.zone)
        context = {
            "whole": whole,
            "done": just_done(request)[0],
            "trend": figures.trend(whole.months) if whole.months else None,
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    return rendering.render(request, "product.html", visit, context)


@post("/products/{product_id:str}/recompute")
async def recompute(request: AnyRequest, visit: SignedIn, product_id: FromPath[str]) -> Response[Any]:
    """Make the kept numbers those of the reviews."""
    number = an_id(product_id, "product")
    async with request.app.state.database.write() as writer:
        await recounting.recompute(writer, visit.actor, number)
    return rendering.go_to(request, f"{LIST}/{number}#numbers")


def _order(asked: str, text: str) -> Order:
    """The order in the address. A search is by name, unless it looks inside of names."""
    try:
        order = Order(asked)
    except ValueError:
        order = Order.NUMBER
    if text:
        return order if order is Order.INSIDE else Order.NAME
    return Order.NUMBER if order is Order.INSIDE else order


def _place(asked: str) -> Place:
    """`after=12`, or `after=12.3` with that product's open cases; what cannot be read is the beginning."""
    after, _, cases = asked.partition(".")
    numbers = [int(part) for part in (after, cases or "0") if part.isascii() and part.isdigit() and len(part) <= 10]  # noqa: PLR2004
    if len(numbers) != 2 or max(numbers) > LARGEST_ID:  # noqa: PLR2004
        return Place()
    return Place(*numbers)


handlers = [list_products, one_product, recompute]
