"""Refusals and failures as the console shows them: a page in the same language, or a toast for htmx."""

from typing import Any
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from admin_ui import rendering, words
from admin_ui.visits import Visit
from backend.domain.errors import (
    AtelierError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TimedOut,
    TooMany,
    Unauthenticated,
    Unavailable,
)

log = structlog.get_logger(__name__)

# Icon and title by kind; the error's own sentence follows.
_TITLES: dict[type[AtelierError], tuple[str, str]] = {
    Invalid: ("warn", "That cannot be taken"),
    Forbidden: ("lock", "Your role does not include this"),
    NotFound: ("search", "There is nothing here"),
    Conflict: ("info", "Somebody else was first"),
    TooMany: ("clock", "That was too often"),
    TimedOut: ("clock", "This search takes too long"),
    Unavailable: ("db", "The database does not answer"),
}


def answer(request: Request, error: Exception) -> Response[Any]:  # type: ignore[type-arg]
    """The one exception handler of the console."""
    meant = _meant(error)
    if isinstance(meant, Unauthenticated):
        here = request.url.path if request.method == "GET" else "/console/"
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        return rendering.go_to(request, f"/console/login?next={quote(here + query)}")
    if meant is None:
        log.error("a page of the console failed", exc_info=error)
    icon, title = _TITLES.get(type(meant), ("warn", "This page failed")) if meant else ("warn", "This page failed")
    status = meant.status if meant else 500
    visit: Visit | None = getattr(request.state, "visit", None)
    context = {
        "icon": icon,
        "title": title,
        "detail": words.told(meant) if meant else "It is our fault, and it is written down. Nothing was changed.",
        "status": status,
        "reference": request.scope.get("state", {}).get("request_id"),
        "retry_after": meant.retry_after if meant else None,
    }
    if rendering.is_htmx(request):
        response = rendering.render(request, "error.html", visit, context, blocks=["toast"], status=status)
        response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"})
        return response
    page = "error.html" if visit else "error_outside.html"
    response = rendering.render(request, page, visit, context, status=status)
    if context["retry_after"]:
        response.headers["Retry-After"] = str(context["retry_after"])
    return response


def _meant(error: Exception) -> AtelierError | None:
    """The refusal that was meant, in our own words where the framework speaks for itself; None for a failure."""
    if isinstance(error, AtelierError):
        return None if error.code == "misconfigured" else error
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004 -- the server's own begin there
        if error.status_code == NotFound.status:
            return NotFound("There is no such page.")
        if error.status_code == 405:  # noqa: PLR2004 -- method not allowed
            return NotFound("There is a page here, but not for this.")
        return Invalid("What was sent cannot be read.")
    return None
