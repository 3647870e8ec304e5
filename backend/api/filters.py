"""What a list is narrowed to, as its parameters say it: read from a query, and written back to one."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from backend.api import parse
from backend.domain import drafts
from backend.domain.errors import FieldError, Invalid
from backend.services.selecting import Selection

INVALID_FILTER: Final = "Error: invalid filter provided"
LONGEST_WORDS: Final = 100
HISTOGRAM: Final = "histogram"

_DAY = timedelta(days=1)
# Of years in which reviews are written: whoever adds to a moment stays far from where time ends.
_MOMENT = re.compile(
    r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_MOMENT_RULE = (
    "Must be a date like 2024-07-04 or a moment like 2024-07-04T12:00:00Z, from 1900 to 2199."
    " The + of an offset is written %2B."
)
_FLAGS = {"true": True, "false": False}


def read(sent: dict[str, str]) -> tuple[Selection, bool]:
    """What is selected, and whether its histogram is asked for. `Invalid` names every bad field."""
    values: dict[str, Any] = {}
    errors = []
    for name, (field, reader) in _READERS.items():
        if name in sent:
            try:
                values[field] = reader(sent[name])
            except ValueError as error:
                errors.append(FieldError(name, str(error)))
    if errors:
        raise Invalid(INVALID_FILTER, errors=tuple(errors))
    histogram = values.pop(HISTOGRAM, False)
    return Selection(**values), histogram


def pairs(selection: Selection) -> list[tuple[str, str]]:
    """The parameters that mean this selection: `read(dict(pairs(selection)))` gives it again."""
    named = [(name, getattr(selection, field)) for name, (field, _) in _READERS.items() if name != HISTOGRAM]
    return [(name, _written(value)) for name, value in named if value is not None]


def _ratings(text: str) -> tuple[int, ...]:
    stars = parse.integers(text, *drafts.RATINGS)
    if stars is None:
        raise ValueError("Must be integers from {} to {}, with commas between them.".format(*drafts.RATINGS))
    return tuple(sorted(stars))


def _flag(text: str) -> bool:
    if text not in _FLAGS:
        raise ValueError("Must be true or false.")
    return _FLAGS[text]


def _since(text: str) -> datetime:
    return _moment(text, timedelta())


def _until(text: str) -> datetime:
    return _moment(text, _DAY)


def _moment(text: str, day: timedelta) -> datetime:
    """A moment in UTC; of a date its beginning, and `day` later."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(_MOMENT_RULE)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_MOMENT_RULE) from error
    return moment.astimezone(UTC) if match[1] else moment.replace(tzinfo=UTC) + day


def _words(text: str) -> str:
    if len(text) > LONGEST_WORDS or "\0" in text:
        raise ValueError(f"Must be at most {LONGEST_WORDS} characters, none of them NUL; it has {len(text)}.")
    return text


def _written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(map(str, value))
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return str(value)


_READERS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "rating": ("ratings", _ratings),
    "recommended": ("recommended", _flag),
    "with_photos": ("with_photos", _flag),
    "with_response": ("with_response", _flag),
    "verified": ("verified", _flag),
    "since": ("since", _since),
    "until": ("until", _until),
    "q": ("words", _words),
    HISTOGRAM: (HISTOGRAM, _flag),
}
NAMES: Final = frozenset(_READERS)
