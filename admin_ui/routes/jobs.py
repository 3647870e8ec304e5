"""Jobs: all that goes on in the background, one of them live, and steering it."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import bulk, exports, rendering, runs, searches, words
from admin_ui import jobs as telling
from admin_ui.routes.asking import AnyRequest, an_id
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError
from backend.domain.jobs import JobState, Wish
from backend.services import erasing, exporting, jobs
from backend.store.database import Reader, Row

LIST = "/console/jobs"

# What a kind of job shows besides: its template is job_<kind>.html, and this gives what stands in it.
About = Callable[[Reader, Visit, Row], Awaitable[dict[str, Any]]]
ABOUT: dict[str, About] = {
    erasing.FIND: searches.about,
    exporting.KIND: exports.about,
    **dict.fromkeys(("freeze", "bulk", "revert"), bulk.about),
}


@get("/jobs")
async def list_jobs(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Jobs and imports, newest first, of one kind or state where that is asked for."""
    kind, state = request.query_params.get("kind"), request.query_params.get("state")
    kind = kind if kind in words.JOBS else None
    state = state if state in set(JobState) else None
    before = telling.place(request.query_params.get("before", ""))
    async with request.app.state.database.read() as reader:
        rows, older = await jobs.page(
            reader, visit.actor, kind=kind, state=JobState(state) if state else None, before=before
        )
        context = {
            "jobs": rows,
            "older": telling.cursor(older) if older else None,
            "before": before,
            "kind": kind,
            "state": state,
            "asked": [(name, value) for name, value in (("kind", kind), ("state", state)) if value],
            "states": list(JobState),
            "telling": telling,
            "runs": runs,
            **await frame(reader, visit),
        }
    return rendering.render(request, "jobs.html", visit, context)


@get("/jobs/{job_id:str}")
async def one_job(request: AnyRequest, visit: SignedIn, job_id: FromPath[str]) -> Response[str]:
    """One job: progress, what came of it, its log. While it goes on the page asks for its changing part anew."""
    return await page_of(request, visit, an_id(job_id, "job"))


@post("/jobs/{job_id:str}/pause")
async def pause(request: AnyRequest, visit: SignedIn, job_id: FromPath[str]) -> Response[Any]:
    """Let a job rest at the end of the rows it is at."""
    return await _wish(request, visit, job_id, Wish.PAUSE)


@post("/jobs/{job_id:str}/resume")
async def resume(request: AnyRequest, visit: SignedIn, job_id: FromPath[str]) -> Response[Any]:
    """Let a job go on that rests, or that failed."""
    return await _wish(request, visit, job_id, Wish.RESUME)


@post("/jobs/{job_id:str}/cancel")
async def cancel(request: AnyRequest, visit: SignedIn, job_id: FromPath[str]) -> Response[Any]:
    """End a job where it is; what it has done stays."""
    return await _wish(request, visit, job_id, Wish.CANCEL)


async def page_of(request: AnyRequest, visit: Visit, number: int, error: AtelierError | None = None) -> Response[str]:
    """The page of a job, or its changing part; with what was refused of what somebody typed there."""
    async with request.app.state.database.read(secret=True) as reader:
        job = await jobs.one(reader, visit.actor, number)
        about = ABOUT.get(job["kind"])
        context = {
            "job": job,
            "lines": await jobs.lines(reader, visit.actor, number),
            "telling": telling,
            "mine": job["asked_by"] == visit.actor.id or visit.may("lead"),
            "errors": {field.field: field.message for field in error.errors} if error else {},
            "has_part": about is not None,
            **(await about(reader, visit, job) if about else {}),
            **await frame(reader, visit),
        }
    blocks = ["job"] if rendering.wants(request, "job") else []
    return rendering.render(request, "job.html", visit, context, blocks=blocks, status=error.status if error else 200)


async def _wish(request: AnyRequest, visit: Visit, job_id: str, wish: Wish) -> Response[Any]:
    number = an_id(job_id, "job")
    async with request.app.state.database.write() as writer:
        await jobs.wish(writer, visit.actor, number, wish)
    return rendering.go_to(request, f"{LIST}/{number}")


handlers = [list_jobs, one_job, pause, resume, cancel]
