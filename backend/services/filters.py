"""What a list of reviews is narrowed to: read from a URL and written back to it, so that the URL is the state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Self

from backend.domain.states import ReviewState

LONGEST_TEXT = 200
LONGEST_CODE = 60
LARGEST_ID = 2_147_483_647
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filters:
    """Every field narrows; an empty one (its default) does not. States and ratings stand in their own order, each once.

    `since` and `until` are whole days, both included, in the time zone of who asks. `reported`, `photos` and `verified`
    are True for those with it, False for those without. `reviewer` is a name's words or an e-mail address, `reason` a
    reason's code and `moderator_id` a colleague: both are about decisions that nobody has undone.
    """

    states: tuple[ReviewState, ...] = ()
    ratings: tuple[int, ...] = ()
    product_id: int | None = None
    since: date | None = None
    until: date | None = None
    run_id: int | None = None
    reported: bool | None = None
    photos: bool | None = None
    verified: bool | None = None
    reviewer: str = ""
    reason: str = ""
    moderator_id: int | None = None
    text: str = ""

    @property
    def given(self) -> tuple[str, ...]:
        """The fields that narrow, in the order of the URL."""
        return tuple(field.attribute for field in FIELDS if getattr(self, field.attribute) not in _EMPTY)

    @property
    def count(self) -> int:
        """How many fields narrow."""
        return len(self.given)

    @property
    def by_mail(self) -> bool:
        """Whether the reviewer is given by an address, which not everybody may know."""
        return "@" in self.reviewer

    def pairs(self) -> Pairs:
        """The query string's pairs: `parse(filters.pairs()).filters == filters`."""
        return [(field.name, text) for field in FIELDS for text in field.written(getattr(self, field.attribute))]

    def without(self, attribute: str) -> Self:
        """The same with one field empty."""
        empty: dict[str, Any] = {attribute: type(self).__dataclass_fields__[attribute].default}
        return replace(self, **empty)


_EMPTY = (None, (), "")


@dataclass(frozen=True, slots=True)
class Field:
    """One filter: its name in the URL, the attribute it fills, and how a value is read.

    `read` raises `ValueError` where it means nothing. What may be given several times is sorted by `order`.
    """

    name: str
    attribute: str
    read: Callable[[str], Any]
    order: Callable[[Any], Any] | None = None

    def written(self, value: Any) -> list[str]:
        """The values in the URL, as `read` takes them."""
        values = value if isinstance(value, tuple) else () if value in _EMPTY else (value,)
        return [str(int(each)) if isinstance(each, bool) else str(each) for each in values]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The filters, and the names of the parameters whose values mean nothing and were left out."""

    filters: Filters
    ignored: tuple[str, ...] = ()


def parse(pairs: Iterable[tuple[str, str]]) -> Parsed:
    """Read the filters out of a query string; what is not a filter (cursors, options) is nobody's fault."""
    found, ignored = read(FIELDS, pairs)
    return Parsed(Filters(**found), ignored)


def read(fields: Iterable[Field], pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values of a query string's fields by their attributes, and the names of those that mean nothing."""
    by_name = {field.name: field for field in fields}
    found: dict[str, Any] = {}
    ignored: list[str] = []
    for name, raw in pairs:
        field, value = by_name.get(name), raw.strip()
        if field is None or not value:
            continue
        try:
            meant = field.read(value)
        except ValueError:
            ignored.append(name)
            continue
        if field.order:
            meant = tuple(sorted({*found.get(field.attribute, ()), meant}, key=field.order))
        found[field.attribute] = meant
    return found, tuple(dict.fromkeys(ignored))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, newest first: the reviews older than it, or those newer."""

    written_at: datetime
    review_id: int
    newer: bool = False

    def pair(self) -> tuple[str, str]:
        """As it stands in the URL: microseconds since 1970 and the review's id."""
        microseconds = (self.written_at - _EPOCH) // (datetime.resolution)
        return "newer" if self.newer else "older", f"{microseconds}.{self.review_id}"


def cursor(pairs: Iterable[tuple[str, str]]) -> Cursor | None:
    """The place that a query string names, or None for the beginning; one that cannot be read is the beginning."""
    for name, value in pairs:
        if name in ("older", "newer"):
            try:
                microseconds, review_id = (int(part) for part in value.split("."))
                at = _EPOCH + datetime.resolution * microseconds
            except (ValueError, OverflowError):
                return None
            return Cursor(at, review_id, name == "newer") if 0 <= review_id <= LARGEST_ID else None
    return None


def up_to(largest: int) -> Callable[[str], int]:
    """A reader of whole numbers from 1 to `largest`."""

    def whole(value: str) -> int:
        digits = value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_ID))
        if not (digits and 1 <= int(value) <= largest):
            raise ValueError(value)
        return int(value)

    return whole


def _yes(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError(value)
    return value == "1"


def a_day(value: str) -> date:
    """Read a day written as 2026-11-24."""
    day = date.fromisoformat(value)
    if not _FIRST_DAY <= day <= _LAST_DAY or value != day.isoformat():
        raise ValueError(value)
    return day


def _code(value: str) -> str:
    if not (value.isascii() and value.replace("-", "").replace("_", "").isalnum() and len(value) <= LONGEST_CODE):
        raise ValueError(value)
    return value


def some_words(value: str) -> str:
    """Read a text: in one line, and not beyond sense."""
    clean = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(clean.split())[:LONGEST_TEXT].rstrip()


_id = up_to(LARGEST_ID)
FIELDS = (
    Field("status", "states", ReviewState, list(ReviewState).index),
    Field("rating", "ratings", up_to(5), int),
    Field("product", "product_id", _id),
    Field("from", "since", a_day),
    Field("to", "until", a_day),
    Field("run", "run_id", _id),
    Field("reported", "reported", _yes),
    Field("photos", "photos", _yes),
    Field("verified", "verified", _yes),
    Field("reviewer", "reviewer", some_words),
    Field("reason", "reason", _code),
    Field("moderator", "moderator_id", _id),
    Field("q", "text", some_words),
)
