"""Reviews: the list, and one of them whole."""

from dataclasses import replace
from functools import partial
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import chips, history, rendering
from admin_ui.routes.asking import AnyRequest, an_id, pairs, some_ids, within
from admin_ui.routes.saying import Saying
from admin_ui.routes.views import gone, tabs
from admin_ui.visits import SignedIn, Visit
from backend.domain.states import ReviewState
from backend.observe.requests import note_source
from backend.services import browsing, exporting, filters, finding, judging, moderation, views
from backend.services.browsing import Count
from backend.services.filters import Pairs

LIST = "/console/reviews"


@get("/reviews")
async def list_reviews(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """A page of the reviews that match the filters in the address."""
    asked = pairs(request)
    parsed = filters.parse(asked)
    at = filters.cursor(asked)
    async with request.app.state.database.read() as reader:
        page = await browsing.page(reader, visit.actor, parsed.filters, at, visit.zone)
        alone = at is None and page.older is None
        if alone:
            count = Count(len(page.rows), exact=True)
        elif request.query_params.get("count") == "exact":
            count = await browsing.count(reader, visit.actor, parsed.filters, visit.zone)
        else:
            count = await browsing.estimate(reader, visit.actor, parsed.filters, visit.zone)
            # Statistics may lag behind; that there are more than are shown is certain.
            count = replace(count, number=max(count.number, len(page.rows) + 1))
        context = {
            "page": page,
            "count": count,
            "at": at,
            "filters": parsed.filters,
            "within": within(asked),
            "ignored": parsed.ignored,
            "states": ReviewState,
            "chips": chips.chips(parsed.filters, await browsing.names(reader, visit.actor, parsed.filters)),
            "gone": gone(asked),
            "decisions": finding.DECISIONS,
            "longest_export": exporting.MOST,
            "tabs": tabs(parsed.filters, await views.tabs(reader, visit.actor)),
            "colleagues": await browsing.colleagues(reader, visit.actor),
            "reasons": await moderation.reasons(reader),
            **await decided(reader, visit, *just_done(request)),
            **await frame(reader, visit),
        }
    note_source(request.scope, page.source)
    blocks = ["list"] if rendering.wants(request, "list") else []
    return rendering.render(request, "reviews.html", visit, context, blocks=blocks)


@get("/reviews/count")
async def count_reviews(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """How many reviews match, exactly: a few words that replace the estimate."""
    parsed = filters.parse(pairs(request))
    async with request.app.state.database.read() as reader:
        count = await browsing.count(reader, visit.actor, parsed.filters, visit.zone)
    context = {"count": count, "filters": parsed.filters}
    return rendering.render(request, "reviews_count.html", visit, context)


@get("/reviews/{review_id:str}")
async def one_review(request: AnyRequest, visit: SignedIn, review_id: FromPath[str]) -> Response[str]:
    """One review whole: a page, or the drawer beside a list."""
    number = an_id(review_id, "review")
    asked = pairs(request)
    async with request.app.state.database.read() as reader:
        whole = await browsing.one(reader, visit.actor, number)
        saying = await Saying.parse(dict(asked)).context(reader, whole, partial(address, number, within(asked)))
        if rendering.wants(request, "say"):
            return rendering.render(request, "say.html", visit, {"view": "page", **saying})
        context = {
            "view": "page",
            "within": within(asked),
            **saying,
            "passport": history.passport(whole.review, whole.events, whole.names),
            "reasons": await moderation.reasons(reader),
            **await decided(reader, visit, *just_done(request)),
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    if rendering.wants(request, "drawer"):
        return rendering.render(request, "drawer.html", visit, context)
    return rendering.render(request, "review.html", visit, context)


def address(review_id: int, listed: Pairs, **more: str) -> str:
    """A review's page, which remembers the list that one came from, with more in it."""
    kept = [("list", rendering.query(listed)[1:])] if listed else []
    return f"{LIST}/{review_id}{rendering.query([*kept, *more.items()])}"


async def frame(reader: Any, visit: Visit) -> dict[str, Any]:
    """What stands around every page: how much waits in the queue."""
    return {"waiting": await browsing.queue_counts(reader, visit.actor)}


async def decided(reader: Any, visit: Visit, events: list[int], left: list[int]) -> dict[str, Any]:
    """What was just decided, for the message that offers to undo it; and how many reviews were left as they were."""
    done = await browsing.decisions(reader, visit.actor, events[: judging.MOST]) if events else []
    return {"decided": done, "left": len(left)}


def just_done(request: AnyRequest) -> tuple[list[int], list[int]]:
    """The events that an address speaks of, and the reviews that were left."""
    events, left = (some_ids(request.query_params.getall(name, [])) for name in ("done", "left"))
    return events, left


handlers = [list_reviews, count_reviews, one_review]
