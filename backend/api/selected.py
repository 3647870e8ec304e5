"""The answer to GET /reviews where it is filtered, searched, counted by stars or walked by a cursor."""

import msgspec
from litestar import Response
from msgspec import UNSET, UnsetType

from backend.api import filters, parse, render
from backend.api.access import reading
from backend.api.cursors import Cursors
from backend.api.parse import ApiRequest
from backend.domain.actors import Actor
from backend.services import selecting
from backend.services.reading import PageAsked
from backend.services.selecting import Selection

NAMES = filters.NAMES | {"cursor"}


class SelectedPage(render.Page):
    """A page; `ratings` counts all selected reviews by their stars, where that was asked for."""

    ratings: dict[str, str] | UnsetType = UNSET


class Stretch(msgspec.Struct):
    """Some reviews from a cursor on, and the cursors of those that follow and go before; null at the ends."""

    product: str
    count: int
    results: list[render.Review]
    next: str | None
    prev: str | None
    ratings: dict[str, str] | UnsetType = UNSET


def is_asked(sent: dict[str, str]) -> bool:
    """Whether a list's parameters ask for more than a plain page."""
    return not NAMES.isdisjoint(sent)


async def answer(request: ApiRequest, actor: Actor, asked: PageAsked) -> Response[bytes]:
    """Beside a cursor `page` says nothing."""
    sent = parse.parameters(request)
    selection, histogram = filters.read(sent)
    cursors = _cursors(request, asked, selection, histogram=histogram)
    at = cursors.read(sent["cursor"]) if "cursor" in sent else None
    async with reading(request) as reader:
        stars = await selecting.stars(reader, actor, asked.product_id, selection) if histogram else None
        ratings = render.ratings(render.stars_of(stars)) if stars else UNSET
        if "cursor" not in sent:
            rows = await selecting.page(reader, actor, asked, selection)
            page = render.page(asked, rows)
            return render.json(SelectedPage(page.product, page.page, page.count, page.results, ratings))
        walked = await selecting.walk(reader, actor, asked, selection, at)
    onward, back = cursors.write(walked.next), cursors.write(walked.previous)
    results = [render.review(row) for row in walked.rows]
    reply = render.json(Stretch(str(asked.product_id), asked.count, results, onward, back, ratings))
    cursors.link(reply, onward, back)
    return reply


def _cursors(request: ApiRequest, asked: PageAsked, selection: Selection, *, histogram: bool) -> Cursors:
    product, sort = str(asked.product_id), asked.sort.value
    counted = [(filters.HISTOGRAM, "true")] if histogram else []
    return Cursors(
        request.app.state.settings.secret,
        "/reviews",
        [("product_id", product), ("sort", sort), *filters.pairs(selection)],
        [("count", str(asked.count)), *counted],
    )
