"""The list of reviews as a file: asked for here, written by a job, downloaded from whichever instance."""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, an_id, form
from admin_ui.visits import SignedIn
from backend.services import exporting, filters


@post("/exports")
async def ask(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Ask for a file of whatever matches the filters of the list, and go on to watch its job."""
    asked = await form(request)
    wanted = filters.parse(parse_qsl(asked.get("query"))).filters
    async with request.app.state.database.write() as writer:
        job_id = await exporting.ask(writer, visit.actor, wanted, visit.zone, emails=asked.get("emails") == "1")
    return rendering.go_to(request, f"/console/jobs/{job_id}")


@get("/exports/{job_id:str}/reviews.csv")
async def download(request: AnyRequest, visit: SignedIn, job_id: FromPath[str]) -> Stream:
    """A finished file."""
    number = an_id(job_id, "file")
    parts = await exporting.download(request.app.state.database, visit.actor, number)
    headers = {"content-disposition": f'attachment; filename="reviews-{number}.csv"', "cache-control": "no-store"}
    return Stream(parts, media_type="text/csv; charset=utf-8", headers=headers)


handlers = [ask, download]
