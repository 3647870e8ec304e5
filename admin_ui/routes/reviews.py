"""Reviews: the list, one of them whole, and the judging of one or of several."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import chips, history, rendering
from admin_ui.routes.asking import AnyRequest, Form, adding, an_id, back, form, pairs, some_ids, within
from admin_ui.routes.views import gone, tabs
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import Invalid
from backend.domain.states import ReviewState
from backend.observe import note_source
from backend.services import browsing, exporting, filters, finding, judging, moderation, views
from backend.services.browsing import Count
from backend.services.judging import Decision, Judged, Subject

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
            **await _decided(reader, visit, some_ids(request.query_params.getall("done", []))),
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
    async with request.app.state.database.read() as reader:
        whole = await browsing.one(reader, visit.actor, number)
        context = {
            "whole": whole,
            "within": within(pairs(request)),
            "passport": history.passport(whole.review, whole.events, whole.names),
            "reasons": await moderation.reasons(reader),
            **await _decided(reader, visit, some_ids(request.query_params.getall("done", []))),
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    if rendering.wants(request, "drawer"):
        return rendering.render(request, "drawer.html", visit, context)
    return rendering.render(request, "review.html", visit, context)


@post("/judge")
async def judge(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Hide, restore or report the chosen reviews, and offer to undo it."""
    asked = await form(request)
    database, settings = request.app.state.database, request.app.state.settings
    decision, reason = _decision(asked)
    async with database.write() as writer:
        judged = await judging.judge(writer, visit.actor, settings, decision, _subjects(asked), reason=reason)
    if not rendering.is_htmx(request):
        return rendering.go_to(request, adding(back(asked, LIST), [("done", event) for event in judged.events]))
    return await _show_again(request, visit, asked, list(judged.done), list(judged.events), judged=judged)


@post("/undo")
async def undo(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Take decisions back; says how many were reversed, kept and failed."""
    asked = await form(request)
    events = some_ids(asked.all("event"))
    async with request.app.state.database.write() as writer:
        undone = await judging.undo(writer, visit.actor, events)
    if not rendering.is_htmx(request):
        last = [("done", undone.event_id)] if undone.event_id else []
        return rendering.go_to(request, adding(back(asked, LIST), last))
    async with request.app.state.database.read() as reader:
        decided = await browsing.decisions(reader, visit.actor, events)
    reviews = [row["review_id"] for row in decided]
    return await _show_again(request, visit, asked, reviews, [], undone=undone)


async def frame(reader: Any, visit: Visit) -> dict[str, Any]:
    """What stands around every page: how much waits in the queue."""
    return {"waiting": await browsing.queue_counts(reader, visit.actor)}


async def _show_again(
    request: AnyRequest, visit: Visit, asked: Form, review_ids: list[int], events: list[int], **context: Any
) -> Response[str]:
    """The parts of the page that a decision changed, and what it came to."""
    view = asked.get("view")
    judged: Judged | None = context.get("judged")
    async with request.app.state.database.read() as reader:
        context = {"judged": None, "undone": None, "refused": judged.refused if judged else (), **context}
        context |= {
            "view": view,
            "back": asked.get("back"),
            "within": within(parse_qsl(urlsplit(asked.get("back")).query)),
            "reasons": await moderation.reasons(reader),
            "rows": [await browsing.row(reader, visit.actor, review_id) for review_id in review_ids],
            "whole": await browsing.one(reader, visit.actor, review_ids[0])
            if view in {"drawer", "page"} and review_ids
            else None,
            **await _decided(reader, visit, events),
            **await frame(reader, visit),
        }
        if view == "queue":
            kind = "held" if asked.get("kind") == "held" else "reported"
            following = [asked.get("next")] if judged else [str(review_id) for review_id in review_ids]
            context |= {"opened": True, **await panes(reader, visit, kind, following[0] if following else "")}
    if whole := context["whole"]:
        context["passport"] = history.passport(whole.review, whole.events, whole.names)
    if view in {"queue", "page"}:
        page, block = ("queue.html", "panes") if view == "queue" else ("review.html", "review")
        context["inner"] = rendering.text(request, page, visit, context, [block])
    return rendering.render(request, "judged.html", visit, context)


async def panes(reader: Any, visit: Visit, kind: str, wanted: str) -> dict[str, Any]:
    """The queue's cards, the one that is open, and the one after it."""
    cases = await browsing.queue(reader, visit.actor, kind)
    ids = [case["id"] for case in cases]
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() and int(wanted) in ids else ids[0] if ids else None
    after = ids[ids.index(chosen) + 1 :][:1] or ids[:1] if chosen else []
    return {
        "kind": kind,
        "cases": cases,
        "chosen": chosen,
        "next": after[0] if after and after[0] != chosen else None,
        "whole": await browsing.one(reader, visit.actor, chosen) if chosen else None,
    }


async def _decided(reader: Any, visit: Visit, events: list[int]) -> dict[str, Any]:
    return {"decided": await browsing.decisions(reader, visit.actor, events[: judging.MOST]) if events else []}


def _decision(asked: Form) -> tuple[Decision, str | None]:
    """What to do, and why: a button that names a reason hides for it."""
    if code := asked.get("hide"):
        return Decision.HIDE, code
    try:
        return Decision(asked.get("decision")), asked.get("reason") or None
    except ValueError as error:
        raise Invalid("Choose what to do: hide, restore or report.") from error


def _subjects(asked: Form) -> list[Subject]:
    """Reviews as `id` or `id.version`."""
    subjects = []
    for text in asked.all("review"):
        review_id, _, version = text.partition(".")
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None  # noqa: PLR2004
        subjects.append(Subject(an_id(review_id, "review"), number))
    return subjects


handlers = [list_reviews, count_reviews, one_review, judge, undo]
