"""Personal data: erasing a reviewer everywhere, and redacting chosen reviews. These alone ask before they begin."""

import re
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from admin_ui import redactions, rendering
from admin_ui.routes import jobs
from admin_ui.routes.asking import AnyRequest, Form, an_id, form, pairs
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import AtelierError, FieldError, Invalid, NotFound
from backend.domain.personal import REMOVED, Redaction
from backend.domain.roles import Permission
from backend.services import erasing, redacting

SAMPLES = 10


@get("/erase")
async def ask_whom(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Whom to look for. A review in the address names its writer, so that no e-mail stands in one."""
    visit.actor.require(Permission.LEAD)
    address = ""
    if review := request.query_params.get("review"):
        async with request.app.state.database.read(fresh=True) as reader:
            address = await erasing.address_of(reader, visit.actor, an_id(review, "review"))
    return await _erase_form(request, visit, {"email": address, "why": ""})


@post("/erase")
async def find(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Look for everything by an address; what was found is shown before anything is erased."""
    asked = await form(request)
    typed = {"email": asked.get("email"), "why": asked.get("why")}
    try:
        async with request.app.state.database.write() as writer:
            job_id = await erasing.find(writer, visit.actor, request.app.state.settings, typed["email"], typed["why"])
    except Invalid as error:
        return await _erase_form(request, visit, typed, error)
    return rendering.go_to(request, f"{jobs.LIST}/{job_id}")


@post("/jobs/{job_id:str}/erase")
async def erase(request: AnyRequest, visit: SignedIn, job_id: FromPath[str]) -> Response[Any]:
    """Erase what a search has found, once its number was typed."""
    number = an_id(job_id, "job")
    asked = await form(request)
    try:
        async with request.app.state.database.write() as writer:
            erasing_id = await erasing.erase(writer, visit.actor, number, asked.get("number"))
    except Invalid as error:
        return await jobs.page_of(request, visit, number, error)
    return rendering.go_to(request, f"{jobs.LIST}/{erasing_id}")


@get("/redact")
async def ask_which(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Which reviews, what of them, and what that comes to."""
    visit.actor.require(Permission.LEAD)
    return await _redact_form(request, visit, Form(list(pairs(request))))


@post("/redact")
async def redact(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Redact reviews, once their number was typed."""
    asked = await form(request)
    try:
        async with request.app.state.database.write() as writer:
            job_id = await redacting.redact(
                writer, visit.actor, _ids(asked), _redaction(asked), why=asked.get("why"), number=asked.get("number")
            )
    except Invalid as error:
        return await _redact_form(request, visit, asked, error)
    return rendering.go_to(request, f"{jobs.LIST}/{job_id}")


async def _erase_form(
    request: AnyRequest, visit: Visit, typed: dict[str, str], error: Invalid | None = None
) -> Response[str]:
    async with request.app.state.database.read() as reader:
        context = {"typed": typed, "errors": _errors(error), **await frame(reader, visit)}
    return rendering.render(request, "erase.html", visit, context, status=error.status if error else 200)


async def _redact_form(
    request: AnyRequest, visit: Visit, asked: Form, error: AtelierError | None = None
) -> Response[str]:
    previews: list[redacting.Preview] = []
    redaction = _redaction(asked)
    async with request.app.state.database.read(fresh=True) as reader:
        if asked.all("review"):
            try:
                previews = await redacting.preview(reader, visit.actor, _ids(asked), redaction)
            except (Invalid, NotFound) as refused:
                error = error or Invalid(refused.detail, errors=(FieldError("reviews", refused.detail),))
        context = {
            "typed": {name: asked.get(name) for name in ("why", "number")},
            "numbers": " ".join(asked.all("review")),
            "ids": [preview.review["id"] for preview in previews],
            "redaction": redaction,
            "touched": sum(bool(preview.becomes) for preview in previews),
            "samples": [
                (preview.review, redactions.taken(preview, REMOVED)) for preview in previews if preview.becomes
            ][:SAMPLES],
            "errors": _errors(error),
            **await frame(reader, visit),
        }
    return rendering.render(request, "redact.html", visit, context, status=error.status if error else 200)


def _errors(error: AtelierError | None) -> dict[str, str]:
    return {field.field: field.message for field in error.errors} if error else {}


def _ids(asked: Form) -> list[int]:
    """The reviews' numbers, with blanks or commas between; a version behind a point is left out."""
    texts = [text.partition(".")[0] for given in asked.all("review") for text in re.split(r"[\s,;]+", given) if text]
    return [an_id(text, "review") for text in texts]


def _redaction(asked: Form) -> Redaction:
    """What is chosen; all of it, where nothing was said yet."""
    chosen = asked.all("what") or ([] if asked.get("looked") else ["contacts", "name", "email"])
    return Redaction(contacts="contacts" in chosen, name="name" in chosen, email="email" in chosen)


handlers = [ask_whom, find, erase, ask_which, redact]
