"""The line of a file that wrote a review: below its place in the passport, or a page where no script loads it there."""

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import history, rendering
from admin_ui.routes.asking import AnyRequest, an_id
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, NotFound
from backend.domain.roles import Permission
from backend.services import browsing, delivered


@get("/reviews/{review_id:str}/delivered")
async def line(request: AnyRequest, visit: SignedIn, review_id: FromPath[str]) -> Response[str]:
    """The bytes as they were delivered: those that first wrote the review, or by which an `event` changed it."""
    visit.actor.require(Permission.MODERATE)
    number, event = an_id(review_id, "review"), request.query_params.get("event", "")
    async with request.app.state.database.read() as reader:
        whole = await browsing.one(reader, visit.actor, number)
        context: dict[str, Any] = {"whole": whole, "event": event, **await frame(reader, visit)}
    place = history.passport(whole.review, whole.events, whole.names).place(event)
    if place is None or place["source_offset"] is None:
        raise NotFound("No import wrote this review there, or the place was forgotten with personal data.")
    try:
        context |= {"place": place, "line": await _line(request, visit, place), "why": ""}
    except AtelierError as error:
        context |= {"place": place, "line": None, "why": error.detail}
    blocks = ["panel"] if rendering.wants(request, f"delivered-{event}") else []
    return rendering.render(request, "delivered.html", visit, context, blocks=blocks)


async def _line(request: AnyRequest, visit: Visit, place: Mapping[str, Any]) -> Any:
    async with request.app.state.database.read() as reader:
        file = await delivered.file_of(reader, visit.actor, place["source_file"])
    # In a thread: a bucket is far away.
    reading = request.app.state.originals.line
    return await asyncio.to_thread(reading, file, place["source_offset"], place["source_length"])


handlers = [line]
