"""The one error type. Services raise it; the API renders it as problem+json, the console as an alert or a toast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and the mend."""

    field: str
    message: str


class AtelierError(Exception):
    """A refusal that is meant: `status` is its HTTP status, `detail` says what and how to mend it.

    `code` is a short stable word for programs; `errors` names the fields; `retry_after` is in seconds.
    """

    status = 500
    code = "error"

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = (), retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after


class Invalid(AtelierError):
    """What was sent cannot be taken."""

    status = 422
    code = "invalid"


class Unauthenticated(AtelierError):
    """Nobody, or a wrong key."""

    status = 401
    code = "unauthenticated"


class Forbidden(AtelierError):
    """Somebody, but not with this role."""

    status = 403
    code = "forbidden"


class NotFound(AtelierError):
    status = 404
    code = "not-found"


class Conflict(AtelierError):
    """Somebody else was first. `change` is what they did, where that is known: action, at, actor, reason_title."""

    status = 409
    code = "conflict"

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        change: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail, errors=errors, retry_after=retry_after)
        self.change = change


class TooMany(AtelierError):
    """Too often. `limit` is how often is allowed until `retry_after`, where that is told."""

    status = 429
    code = "too-many"

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        limit: int | None = None,
    ) -> None:
        super().__init__(detail, errors=errors, retry_after=retry_after)
        self.limit = limit


class Unavailable(AtelierError):
    """A part that is needed does not answer now."""

    status = 503
    code = "unavailable"


class Misconfigured(AtelierError):
    """Nothing a request could mend: a setting, a port, a schema. The shell prints it in one line and exits with 1."""

    code = "misconfigured"


class TimedOut(AtelierError):
    """A query hit its time limit: what was asked is too wide, not wrong."""

    status = 503
    code = "timed-out"
