"""The audit: what was done here, newest first."""

from litestar import Response, get

from admin_ui import audit, rendering
from admin_ui.routes.asking import AnyRequest, pairs
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn
from backend.domain.errors import TimedOut
from backend.observe.requests import note_source
from backend.services import audit as trail


@get("/audit")
async def show(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """A page of the trace, narrowed by who, what, to what and when; where that takes too long, the page says so."""
    filters, before = audit.parse(pairs(request))
    async with request.app.state.database.read() as reader:
        try:
            page, late = await trail.page(reader, visit.actor, filters, before, visit.zone), False
        except TimedOut:
            page, late = trail.Page([], None), True
        context = {
            "entries": [audit.told(event) for event in page.rows],
            "older": page.older,
            "before": before,
            "late": late,
            "filters": filters,
            "asked": audit.asked(filters),
            "people": await trail.people(reader, visit.actor),
            "actors": audit.ACTORS,
            "deeds": sorted(audit.DEEDS.items(), key=lambda deed: deed[1][1]),
            "subjects": audit.SUBJECTS,
            **await frame(reader, visit),
        }
    note_source(request.scope, reader.source)
    return rendering.render(request, "audit.html", visit, context, status=TimedOut.status if late else 200)


handlers = [show]
