"""Reading a JSON body that may be anything at all."""

import json
from typing import Any, NoReturn

from litestar.exceptions import InternalServerException

from backend.api.parse import ApiRequest
from backend.domain.drafts import REFUSED
from backend.domain.errors import AtelierError, FieldError, Invalid

LARGEST = 256 * 1024  # bytes; the longest valid review takes about a sixth of it
BROKEN = "The request ended before its body did."


class UnreadableError(AtelierError):
    """A body that is not JSON in UTF-8, by its own headers."""

    status = 415
    code = "unsupported-media-type"


class BrokenError(AtelierError):
    """A request that ended before its body did."""

    status = 400
    code = "bad-request"


async def read_object(request: ApiRequest) -> dict[str, Any]:
    """What `object_in` finds in the body; `UnreadableError` where the headers say that it cannot.

    Strings may hold what JSON can write: NUL and lone surrogates are for the caller to refuse. The route's limit on the
    body's size holds while it arrives.
    """
    _check_headers(request)
    return object_in(await _whole(request))


def object_in(raw: bytes) -> dict[str, Any]:
    """The JSON object that a body holds. `Invalid` where there is none."""
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _invalid("Must be UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"Must be JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise _invalid("Is nested too deeply.") from None
    except ValueError:
        raise _invalid("Holds a number that is too large.") from None
    if not isinstance(value, dict):
        raise _invalid("Must be a JSON object.")
    return value


async def read_any(request: ApiRequest) -> Any:
    """The JSON in a body that need not be any; None where there is none that can be read.

    Only a request that breaks off raises `BrokenError`.
    """
    raw = await _whole(request)
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


async def _whole(request: ApiRequest) -> bytes:
    try:
        return await request.body()
    except InternalServerException as error:
        raise BrokenError(BROKEN) from error


def _check_headers(request: ApiRequest) -> None:
    """JSON, or nothing said; UTF-8, or nothing said; not compressed."""
    kind, options = request.content_type
    if kind and kind.lower() != "application/json" and not kind.lower().endswith("+json"):
        raise UnreadableError("Send the review as application/json.")
    if options.get("charset", "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise UnreadableError("Send the review in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnreadableError("Send the review without a Content-Encoding.")


def _no_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no JSON", name, 0)


def _invalid(message: str) -> Invalid:
    return Invalid(REFUSED, errors=(FieldError("request body", message),))
