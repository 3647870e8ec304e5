"""What moderators do with reviews, one or several: judge, reply, note, undo; and the page as it is afterwards."""

from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Response, post

from admin_ui import history, rendering
from admin_ui.routes.asking import AnyRequest, Form, adding, an_id, back, form, some_ids, within
from admin_ui.routes.queue import Standing, access, panes
from admin_ui.routes.reviews import LIST, address, decided, frame
from admin_ui.routes.saying import NOTHING
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import Conflict, Invalid, NotFound
from backend.services import browsing, judging, moderation, notes, replies
from backend.services.changing import Subject
from backend.services.judging import Decision, Judged
from backend.services.moderation import Undone


@post("/judge")
async def judge(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Hide, restore, hold or report the chosen reviews, and offer to undo it."""
    asked = await form(request)
    database, settings = request.app.state.database, request.app.state.settings
    decision, reason = _decision(asked)
    subjects = _subjects(asked)
    try:
        async with database.write() as writer:
            judged = await judging.judge(writer, visit.actor, settings, decision, subjects, reason=reason)
    except (Conflict, NotFound) as error:
        if not (rendering.is_htmx(request) and asked.get("view") == "queue"):
            raise
        # The queue goes on; what somebody else did is said in passing.
        judged = Judged((), (), tuple((subject.review_id, error) for subject in subjects))
    if not rendering.is_htmx(request):
        told = [*(("done", event) for event in judged.events), *(("left", number) for number, _ in judged.refused)]
        return rendering.go_to(request, adding(back(asked, LIST), told))
    return await _show_again(request, visit, asked, list(judged.done), list(judged.events), judged=judged)


@post("/reply")
async def reply(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Answer a review as the merchant."""
    asked = await form(request)
    subjects = _subjects(asked)
    if len(subjects) != 1:
        raise Invalid("Choose the review to reply to.")
    (subject,) = subjects
    async with request.app.state.database.write() as writer:
        event = await replies.reply(writer, visit.actor, subject.review_id, asked.get("reply"), version=subject.version)
    if not rendering.is_htmx(request):
        return rendering.go_to(request, adding(back(asked, LIST), [("done", event)]))
    return await _show_again(request, visit, asked, [subject.review_id], [event])


@post("/note")
async def note(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Leave a note for colleagues."""
    asked = await form(request)
    review_id = an_id(asked.get("review").partition(".")[0], "review")
    async with request.app.state.database.write() as writer:
        await notes.note(writer, visit.actor, review_id, asked.get("note"))
    if not rendering.is_htmx(request):
        return rendering.go_to(request, back(asked, LIST))
    return await _show_again(request, visit, asked, [review_id], [], said="Noted")


@post("/undo")
async def undo(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Take decisions back, those that are named or else one's last; says how many were reversed, kept and failed."""
    asked = await form(request)
    named = asked.all("event")
    events, passed = some_ids(named), 0
    async with request.app.state.database.write() as writer:
        if not named:
            last = await judging.last_undoable(writer, visit.actor)
            events, passed = list(last.events), last.passed
        undone = await judging.undo(writer, visit.actor, events)
    async with request.app.state.database.read() as reader:
        taken_back = await browsing.decisions(reader, visit.actor, events)
    reviews = [row["review_id"] for row in taken_back]
    if not rendering.is_htmx(request):
        last_event = [("done", undone.event_id)] if undone.event_id else []
        return rendering.go_to(request, adding(_back_to(asked, reviews), last_event))
    return await _show_again(request, visit, asked, reviews, [], undone=undone, taken_back=taken_back, passed=passed)


async def _show_again(
    request: AnyRequest,
    visit: Visit,
    asked: Form,
    review_ids: list[int],
    events: list[int],
    *,
    judged: Judged | None = None,
    undone: Undone | None = None,
    **context: Any,
) -> Response[str]:
    """The parts of the page that a decision changed, and what it came to."""
    view, target = asked.get("view"), _back_to(asked, review_ids if undone else [])
    is_queue = view == "queue"
    # A message may stand on the page of another review than the one it speaks of.
    alone = view == "drawer" or (view == "page" and target.partition("?")[0] == f"{LIST}/{(review_ids or [0])[0]}")
    async with access(request, visit) if is_queue else request.app.state.database.read() as reader:
        whole = await browsing.one(reader, visit.actor, review_ids[0]) if alone and review_ids else None
        listed = within(parse_qsl(urlsplit(target).query))
        context = {
            "judged": judged,
            "undone": undone,
            "taken_back": [],
            "passed": 0,
            "said": "",
            "refused": judged.refused if judged else (),
            "view": view,
            "back": target,
            "within": listed,
            "reasons": await moderation.reasons(reader),
            "rows": [] if is_queue else [await browsing.row(reader, visit.actor, number) for number in review_ids],
            **await NOTHING.context(reader, whole, partial(address, (review_ids or [0])[0], listed)),
            **await decided(reader, visit, events, []),
            **await frame(reader, visit),
            **context,
        }
        if is_queue:
            context |= await panes(reader, visit, Standing.parse(parse_qsl(urlsplit(target).query)))
    if is_queue:
        context["inner"] = rendering.text(request, "queue.html", visit, context, ["panes"])
    elif whole:
        context["passport"] = history.passport(whole.review, whole.events, whole.names)
        context["inner"] = rendering.text(request, "review.html", visit, context, ["review"]) if view == "page" else ""
    nothing = judged is not None and not judged.done
    status = judged.refused[0][1].status if judged and nothing else 200
    response = rendering.render(request, "judged.html", visit, context, status=status)
    if is_queue:
        response.headers["HX-Replace-Url"] = target
    return response


def _back_to(asked: Form, taken_back: list[int]) -> str:
    """Where a form leads; in the queue, to the review that was taken back."""
    wanted = back(asked, LIST)
    if taken_back and asked.get("view") == "queue":
        return Standing.parse(parse_qsl(urlsplit(wanted).query)).url(review=taken_back[0])
    return wanted


def _decision(asked: Form) -> tuple[Decision, str | None]:
    """What to do, and why: a button that names a reason hides for it."""
    if code := asked.get("hide"):
        return Decision.HIDE, code
    try:
        return Decision(asked.get("decision")), asked.get("reason") or None
    except ValueError as error:
        raise Invalid("Choose what to do: hide, restore, hold or report.") from error


def _subjects(asked: Form) -> list[Subject]:
    """Reviews as `id` or `id.version`: those that were chosen, else the one that is open."""
    subjects = []
    for text in asked.all("review") or asked.all("open"):
        review_id, _, version = text.partition(".")
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None  # noqa: PLR2004
        subjects.append(Subject(an_id(review_id, "review"), number))
    return subjects


handlers = [judge, reply, note, undo]
