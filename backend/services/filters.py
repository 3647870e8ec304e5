"""What a list of reviews is narrowed to: read from a URL and written back to it, so that the URL is the state."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Self

from backend.domain.states import ReviewState

LONGEST_TEXT = 200
_LARGEST_ID = 2_147_483_647
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filters:
    """Every field narrows; an empty one does not. States and ratings stand in their own order, each once.

    `since` and `until` are whole days, both included, in the time zone of who asks.
    """

    states: tuple[ReviewState, ...] = ()
    ratings: tuple[int, ...] = ()
    product_id: int | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    reported: bool = False

    @property
    def count(self) -> int:
        """How many fields narrow."""
        fields = (self.states, self.ratings, self.product_id, self.since, self.until, self.text, self.reported)
        return sum(map(bool, fields))

    def pairs(self) -> Pairs:
        """The query string's pairs: `parse(filters.pairs()).filters == filters`."""
        pairs = [("status", state.value) for state in self.states]
        pairs += [("rating", str(rating)) for rating in self.ratings]
        pairs += [("product", str(self.product_id))] if self.product_id else []
        pairs += [("from", self.since.isoformat())] if self.since else []
        pairs += [("to", self.until.isoformat())] if self.until else []
        pairs += [("q", self.text)] if self.text else []
        pairs += [("reported", "1")] if self.reported else []
        return pairs

    def without(self, field: str) -> Self:
        """The same with one field empty."""
        empty: dict[str, Any] = {field: type(self).__dataclass_fields__[field].default}
        return replace(self, **empty)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The filters, and the names of the parameters whose values mean nothing and were left out."""

    filters: Filters
    ignored: tuple[str, ...] = ()


def parse(pairs: Iterable[tuple[str, str]]) -> Parsed:
    """Read the filters out of a query string; what is not a filter (cursors, options) is nobody's fault."""
    states: set[ReviewState] = set()
    ratings: set[int] = set()
    single: dict[str, Any] = {}
    text, reported = "", False
    ignored: list[str] = []
    for name, raw in pairs:
        if not (value := raw.strip()):
            continue
        try:
            match name:
                case "status":
                    states.add(ReviewState(value))
                case "rating":
                    ratings.add(_whole(value, 5))
                case "product":
                    single[name] = _whole(value, _LARGEST_ID)
                case "from" | "to":
                    single[name] = _day(value)
                case "q":
                    text = _words(value)
                case "reported":
                    reported = value == "1"
        except ValueError:
            ignored.append(name)
    return Parsed(
        Filters(
            states=tuple(state for state in ReviewState if state in states),
            ratings=tuple(sorted(ratings)),
            product_id=single.get("product"),
            since=single.get("from"),
            until=single.get("to"),
            text=text,
            reported=reported,
        ),
        tuple(dict.fromkeys(ignored)),
    )


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
            return Cursor(at, review_id, name == "newer") if 0 <= review_id <= _LARGEST_ID else None
    return None


def _whole(value: str, largest: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(_LARGEST_ID)) and 1 <= int(value) <= largest):
        raise ValueError(value)
    return int(value)


def _day(value: str) -> date:
    day = date.fromisoformat(value)
    if not _FIRST_DAY <= day <= _LAST_DAY or value != day.isoformat():
        raise ValueError(value)
    return day


def _words(value: str) -> str:
    clean = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(clean.split())[:LONGEST_TEXT].rstrip()
