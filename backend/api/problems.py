"""Every error as a problem of RFC 9457: `application/problem+json`, with the contract's text in `detail`."""

from http import HTTPStatus
from typing import Self
from urllib.parse import quote

import msgspec
import psycopg
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from backend.api.parse import ApiRequest
from backend.domain.errors import AtelierError, FieldError, TooMany, Unavailable
from backend.observe.requests import request_id_of

log = structlog.get_logger(__name__)

_encode = msgspec.json.Encoder().encode


class Problem(msgspec.Struct):
    """`type` names the kind of problem for programs, `detail` says it to people, `errors` says which fields."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[FieldError, ...]
    request_id: str

    @classmethod
    def of(cls, status: int, code: str | None, detail: str, errors: tuple[FieldError, ...] = ()) -> Self:
        """A problem that no request has yet; without a code it takes the status' own words."""
        title = HTTPStatus(status).phrase
        code = code or title.lower().replace(" ", "-")
        return cls(f"urn:atelier:problem:{code}", title, status, detail, "", errors, "")


def exception_handlers() -> ExceptionHandlersMap:
    """One renderer for whatever a handler, Litestar or the store raises."""
    return {Exception: to_problem}


def to_problem(request: ApiRequest, error: Exception) -> Response[bytes]:
    """The reply to an error. One that nobody foresaw is logged, and told as a 500 without a word about the inside."""
    if isinstance(error, psycopg.OperationalError):
        # A deadlock, a lock not had in time, a server going down: none is the caller's doing, each passes.
        unavailable = Unavailable("The database is busy. Try again shortly.", retry_after=1)
        unavailable.__cause__ = error
        error = unavailable
    if isinstance(error, AtelierError) and error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            log.warning("unavailable", cause=type(error.__cause__ or error).__name__)
        return _reply(request, Problem.of(error.status, error.code, error.detail, error.errors), _when_again(error))
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = _DETAILS.get(error.status_code, error.detail)
        return _reply(request, Problem.of(error.status_code, None, detail), dict(error.headers or {}))
    log.error("unforeseen", exc_info=error)
    return _reply(request, Problem.of(500, "error", "Something went wrong on our side. Tell us the request id."))


def _when_again(error: AtelierError) -> dict[str, str]:
    if error.retry_after is None:
        return {}
    later = {"Retry-After": str(error.retry_after)}
    if isinstance(error, TooMany) and error.limit is not None:
        told = {"Limit": error.limit, "Remaining": 0, "Reset": error.retry_after}
        later |= {f"RateLimit-{name}": str(value) for name, value in told.items()}
    return later


_DETAILS: dict[int, str] = {
    404: "There is nothing at this address.",
    405: "This address does not take this method: the Allow header names those it takes.",
    413: "The request body is too large.",
}


_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": 'ApiKey realm="Atelier Reviews", header="X-API-Key"'},
    # The rest of the body is not read, so nothing else can come over this connection.
    413: {"Connection": "close"},
}


def _reply(request: ApiRequest, problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    problem.instance = quote(request.scope["path"], errors="replace")
    problem.request_id = request_id_of(request.scope)
    return Response(
        _encode(problem),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={**_HEADERS.get(problem.status, {}), **(headers or {})},
    )
