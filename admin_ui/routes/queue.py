"""The queue: what waits for a moderator, one card a review."""

from litestar import Response, get

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, some_ids
from admin_ui.routes.reviews import frame, panes
from admin_ui.visits import SignedIn
from backend.observe import note_source
from backend.services import browsing, moderation


@get("/queue")
async def show(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The cards of one kind, and the open one beside them."""
    kind = "held" if request.query_params.get("kind") == "held" else "reported"
    wanted = request.query_params.get("review", "")
    events = some_ids(request.query_params.getall("done", []))
    async with request.app.state.database.read() as reader:
        context = {
            **await panes(reader, visit, kind, wanted),
            "reasons": await moderation.reasons(reader),
            "decided": await browsing.decisions(reader, visit.actor, events) if events else [],
            "opened": bool(wanted),
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    blocks = ["panes"] if rendering.wants(request, "panes") else []
    return rendering.render(request, "queue.html", visit, context, blocks=blocks)


handlers = [show]
