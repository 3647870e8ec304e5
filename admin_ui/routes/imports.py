"""Imports: the runs, one of them live, and what it refused."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from admin_ui import chips, rendering, runs, streaming
from admin_ui.routes import rejects
from admin_ui.routes.asking import LARGEST_ID, AnyRequest, an_id, pairs
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.actors import Actor
from backend.domain.imports import RunState
from backend.services import importing
from backend.store.database import Writer

LIST = "/console/imports"
PAGE = 25


@get("/imports")
async def list_runs(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The runs that match the filters in the address, newest first."""
    before = request.query_params.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < len(str(LARGEST_ID)) else None
    filters, ignored = importing.parse_filters(pairs(request))
    async with request.app.state.database.read() as reader:
        found = await importing.list_runs(reader, visit.actor, filters, zone=visit.zone, before=number, count=PAGE + 1)
        people = await importing.starters(reader, visit.actor)
        context = {
            "runs": found[:PAGE],
            "older": found[PAGE - 1]["id"] if len(found) > PAGE else None,
            "before": number,
            "filters": filters,
            "ignored": ignored,
            "chips": chips.of_runs(filters, {person["id"]: person["name"] for person in people}),
            "people": people,
            "states": list(RunState),
            "telling": runs,
            **await frame(reader, visit),
        }
    return rendering.render(request, "imports.html", visit, context)


@get("/imports/{run_id:str}")
async def one_run(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[str]:
    """One run: its balance, stages and files, and what it refused."""
    number = an_id(run_id, "run")
    async with request.app.state.database.read() as reader:
        run = await importing.one_run(reader, visit.actor, number)
        context = {
            **runs.told(run),
            "telling": runs,
            **await rejects.telling(request, reader, visit, run),
            **await frame(reader, visit),
        }
    blocks = ["run"] if rendering.wants(request, "run") else []
    return rendering.render(request, "import.html", visit, context, blocks=blocks)


@get("/imports/{run_id:str}/live")
async def live(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Stream:
    """The part of the run's page that changes, as server-sent events, until nothing is left to do."""
    number = an_id(run_id, "run")
    async with request.app.state.database.read() as reader:
        await importing.one_run(reader, visit.actor, number)

    async def picture() -> tuple[str, bool]:
        run = await request.app.state.watching.run(visit.actor, number)
        shown = rendering.text(request, "import.html", visit, {**runs.told(run), "telling": runs}, ["run"])
        return shown, run["settled"]

    return streaming.stream(request.app.state.closing, picture)


@post("/imports/{run_id:str}/cancel")
async def cancel(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[Any]:
    """Cancel a run; what it has merged stays merged."""
    return await _asked_of(request, visit, run_id, importing.cancel)


@post("/imports/{run_id:str}/pause")
async def pause(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[Any]:
    """Let a run rest; nobody else's begins meanwhile."""
    return await _asked_of(request, visit, run_id, importing.pause)


@post("/imports/{run_id:str}/resume")
async def resume(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[Any]:
    """Let a paused run go on."""
    return await _asked_of(request, visit, run_id, importing.resume)


@post("/imports/{run_id:str}/rollback")
async def roll_back(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[Any]:
    """Take back what a run has changed; rows that somebody changed since stay."""
    return await _asked_of(request, visit, run_id, importing.roll_back)


async def _asked_of(
    request: AnyRequest, visit: Visit, run_id: str, ask: Callable[[Writer, Actor, int], Awaitable[Any]]
) -> Response[Any]:
    number = an_id(run_id, "run")
    async with request.app.state.database.write() as writer:
        await ask(writer, visit.actor, number)
    return rendering.go_to(request, f"{LIST}/{number}")


handlers = [list_runs, one_run, live, cancel, pause, resume, roll_back]
