"""How a POST wants to be taken: checked only, or told from its own repetition by a key."""

import re

from backend.api import parse
from backend.api.parse import ApiRequest
from backend.domain.errors import FieldError, Invalid
from backend.services.repeats import HEADER, INVALID_KEY

INVALID_CHECK = "Error: invalid validate provided"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def only_checked(request: ApiRequest) -> bool:
    """Whether `validate` asks to store nothing. `Invalid` where it says neither: a guess could store a review."""
    said = parse.parameters(request).get("validate", "false")
    if said not in {"true", "false"}:
        raise Invalid(INVALID_CHECK, errors=(FieldError("validate", "Must be true or false."),))
    return said == "true"


def key_of(request: ApiRequest) -> str | None:
    """The key by which the request may be repeated, None where there is none. `Invalid` where it cannot be one."""
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        told = "Must be 1 to 255 visible ASCII characters."
        raise Invalid(INVALID_KEY, errors=(FieldError(HEADER, told),))
    return key
