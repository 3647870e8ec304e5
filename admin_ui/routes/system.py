"""System: whether we are all right, and if not, why; and what to do about each alert."""

from typing import Any

from litestar import Response, get
from litestar.response import Stream

from admin_ui import load_tests, rendering, streaming
from admin_ui import system as telling
from admin_ui.routes.asking import AnyRequest
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.roles import Permission
from backend.domain.runbook import RUNBOOK
from backend.services import system
from backend.services.system import Look, Looking, Period

PAGE = "/console/system"


@get("/system")
async def show_system(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Every figure, as it stands."""
    period = _period(request)
    context = await _context(request, visit, period)
    if rendering.wants(request, "system"):
        return rendering.render(request, "system.html", visit, context, blocks=["system"])
    async with request.app.state.database.read() as reader:
        context |= await frame(reader, visit)
    return rendering.render(request, "system.html", visit, context)


@get("/system/live")
async def follow_system(request: AnyRequest, visit: SignedIn) -> Stream:
    """The same as server-sent events, for as long as somebody watches."""
    visit.actor.require(Permission.READ)
    period = _period(request)
    last: tuple[Look | None, str] = (None, "")

    async def picture() -> tuple[str, bool]:
        nonlocal last
        look = await _looking(request).look(visit.actor, period)
        if look is not last[0]:
            context = await _context(request, visit, period)
            last = look, rendering.text(request, "system.html", visit, context, ["system"])
        return last[1], False

    return streaming.stream(request.app.state.closing, picture)


@get("/system/runbook")
async def show_runbook(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """What to do about each alert."""
    visit.actor.require(Permission.READ)
    async with request.app.state.database.read() as reader:
        context = {"runbook": RUNBOOK, **await frame(reader, visit)}
    return rendering.render(request, "system_runbook.html", visit, context)


async def _context(request: AnyRequest, visit: Visit, period: Period) -> dict[str, Any]:
    looking = _looking(request)
    look = await looking.look(visit.actor, period)
    tiles = telling.tiles(look)
    return {
        "look": look,
        "tiles": tiles,
        "judged": telling.judged(tiles),
        "sizes": await looking.sizes(visit.actor),
        "period": period,
        "periods": system.PERIODS.values(),
        "runbook": RUNBOOK,
        "telling": telling,
        "load_tests": load_tests.beside(look.load_tests, telling.live(look)),
    }


def _looking(request: AnyRequest) -> Looking:
    looking: Looking = request.app.state.looking
    return looking


def _period(request: AnyRequest) -> Period:
    return system.PERIODS.get(request.query_params.get("span", ""), system.PERIODS[system.USUAL])


handlers = [show_system, follow_system, show_runbook]
