"""Bulk changes: the receipt of one, its run, and what it came to."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import bulk as telling
from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, Form, an_id, form
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain import bulk
from backend.domain.characteristics import CharacteristicName
from backend.domain.errors import Invalid
from backend.domain.jobs import ENDED, JobState, Wish
from backend.domain.roles import Permission
from backend.services import filters, jobs, moderation
from backend.services.bulk import impact, receipts, running

PATH = "/console/bulk"


@post("/bulk")
async def make(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """A receipt for the chosen reviews, or for all that match the list's filter; `add` is the change to begin with."""
    asked = await form(request)
    async with request.app.state.database.write() as writer:
        if asked.get("scope") == "all":
            wanted = filters.parse(parse_qsl(asked.get("filter"))).filters
            bulk_id = await receipts.of_matching(writer, visit.actor, wanted, visit.zone)
        else:
            ids = [an_id(text.partition(".")[0], "review") for text in asked.all("review")]
            bulk_id = await receipts.of_chosen(writer, visit.actor, ids, visit.zone)
    kind = asked.get("add")
    return rendering.go_to(request, f"{PATH}/{bulk_id}" + (f"?add={kind}" if kind in bulk.KINDS else ""))


@get("/bulk/{bulk_id:str}")
async def show(request: AnyRequest, visit: SignedIn, bulk_id: FromPath[str]) -> Response[str]:
    """The receipt; once it runs, how far it is and what it came to."""
    return await _page(request, visit, an_id(bulk_id, "bulk change"))


@post("/bulk/{bulk_id:str}/changes")
async def change(request: AnyRequest, visit: SignedIn, bulk_id: FromPath[str]) -> Response[Any]:
    """Add a change, put it in another's place, or take one off."""
    number, asked = an_id(bulk_id, "bulk change"), await form(request)
    values = {name: asked.all(name) for name in asked.names() if name not in ("csrf", "place", "remove")}
    place = _place(asked.get("place"))
    try:
        async with request.app.state.database.write() as writer:
            if (gone := _place(asked.get("remove"))) is not None:
                await receipts.remove(writer, visit.actor, number, gone)
            else:
                await receipts.add(writer, visit.actor, number, bulk.parse(values), place)
    except Invalid as error:
        editor = {"kind": asked.get("kind"), "place": place, "values": values}
        return await _page(request, visit, number, error=error, editor=editor)
    return rendering.go_to(request, f"{PATH}/{number}")


@post("/bulk/{bulk_id:str}/run")
async def run(request: AnyRequest, visit: SignedIn, bulk_id: FromPath[str]) -> Response[Any]:
    """Run it: a few reviews at once, many by a job."""
    number, asked = an_id(bulk_id, "bulk change"), await form(request)
    try:
        async with request.app.state.database.write() as writer:
            await running.start(writer, visit.actor, number, asked.get("why"), asked.get("typed"))
    except Invalid as error:
        return await _page(request, visit, number, error=error, entered=asked)
    return rendering.go_to(request, f"{PATH}/{number}")


@post("/bulk/{bulk_id:str}/wish")
async def wish(request: AnyRequest, visit: SignedIn, bulk_id: FromPath[str]) -> Response[Any]:
    """Pause, resume or cancel its job."""
    number, asked = an_id(bulk_id, "bulk change"), await form(request)
    async with request.app.state.database.write() as writer:
        visit.actor.require(Permission.MODERATE)
        receipt = await receipts.one(writer, visit.actor, number)
        try:
            wanted = Wish(asked.get("wish"))
        except ValueError as error:
            raise Invalid("Choose to pause, to resume or to cancel.") from error
        await jobs.wish(writer, visit.actor, receipt["job_id"] or 0, wanted)
    return rendering.go_to(request, f"{PATH}/{number}")


@post("/bulk/{bulk_id:str}/revert")
async def revert(request: AnyRequest, visit: SignedIn, bulk_id: FromPath[str]) -> Response[Any]:
    """Take it back: the chosen reviews, or the whole."""
    number, asked = an_id(bulk_id, "bulk change"), await form(request)
    async with request.app.state.database.write() as writer:
        if asked.get("which") == "all":
            await running.start_revert(writer, visit.actor, number)
            said = ""
        else:
            ids = [an_id(text, "review") for text in asked.all("review")]
            counts = await running.revert_some(writer, visit.actor, number, ids)
            said = "?" + "&".join(f"{name}={count}" for name, count in counts.items())
    return rendering.go_to(request, f"{PATH}/{number}{said}")


async def _page(
    request: AnyRequest,
    visit: Visit,
    number: int,
    *,
    error: Invalid | None = None,
    editor: dict[str, Any] | None = None,
    entered: Form | None = None,
) -> Response[str]:
    # The primary: what a worker has just counted is not everywhere yet.
    async with request.app.state.database.read(fresh=True) as reader:
        receipt = await receipts.one(reader, visit.actor, number)
        job = await jobs.one(reader, visit.actor, receipt["job_id"]) if receipt["job_id"] else None
        wanted = receipts.filters_of(receipt)
        context = {
            "receipt": receipt,
            "job": job,
            "live": job is not None and JobState(job["state"]) not in ENDED | {JobState.PAUSED},
            "filters": wanted,
            "changes": receipts.changes(receipt),
            "telling": telling,
            "limit": running.FEW,
            "until": (receipt["began_at"] or datetime.now(UTC)) + timedelta(days=running.DAYS),
            "errors": {one.field: one.message for one in error.errors} if error else {},
            "error": error,
            "editor": editor or _editor(request, receipt),
            "why": entered.get("why") if entered else receipt["why"],
            "typed": entered.get("typed") if entered else "",
            "reasons": await moderation.reasons(reader),
            "characteristics": list(CharacteristicName),
            "states": bulk.STATES,
            "impact": None,
            "mine": visit.may("moderate") and (receipt["made_by"] in (None, visit.actor.id) or visit.may("lead")),
            **await frame(reader, visit),
        }
        if receipt["event_id"] is None and receipt["frozen_at"] and receipt["total"]:
            context["impact"] = foreseen = await impact.foresee(reader, visit.actor, receipt)
            context["forecast"] = telling.forecast(receipt["total"], foreseen)
        if receipt["event_id"] is not None:
            after = _place(request.query_params.get("after", "")) or 0
            context |= {
                "left": await running.left(reader, visit.actor, number, ["skipped", "failed"]),
                "lost": await running.left(reader, visit.actor, number, ["kept", "lost"]),
                "rows": await running.changed(reader, visit.actor, receipt, after),
                "taken_back": {
                    name: request.query_params[name]
                    for name in ("reversed", "kept", "failed")
                    if request.query_params.get(name, "").isdigit()
                },
            }
    blocks = ["receipt"] if rendering.wants(request, "receipt") else []
    status = error.status if error and not rendering.is_htmx(request) else 200
    return rendering.render(request, "bulk.html", visit, context, blocks=blocks, status=status)


def _editor(request: AnyRequest, receipt: dict[str, Any]) -> dict[str, Any] | None:
    """The change that the address wants to write: a new one of a kind, or one that stands there."""
    place = _place(request.query_params.get("edit", ""))
    if place is not None and place < len(receipt["changes"]):
        stored = receipt["changes"][place]
        return {"kind": stored["kind"], "place": place, "values": telling.values_of(stored)}
    kind = request.query_params.get("add", "")
    return {"kind": kind, "place": None, "values": {}} if kind in bulk.KINDS else None


def _place(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


handlers = [make, show, change, run, wish, revert]
