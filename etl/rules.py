"""What is done to a value: a table of named steps, and the pure rules made of them.

A rule takes a field's bytes (without its quotes) and gives the clean value, noting each step it meets by its name; or
it raises `Refused` with a reason. Both names stand in `etl/steps.py`; the console and the report show them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from backend.domain.characteristics import CharacteristicName
from etl import repair
from etl.steps import Notes, Refused

Value = str | int | bool | None
Rule = Callable[[bytes, Notes], Value]

# Ids from here on are born in this system; a delivery cannot use them.
FIRST_BORN_HERE = 1_000_000_000
MOST_HELPFUL = 1_000_000_000
MOST_IN_STOCK = 1_000_000_000
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 100_000
LONGEST_LINE = 10_000
LONGEST_URL = 2_000


_NONE = frozenset(("", "null", "NULL", "\\N"))
_NO_BYTES = frozenset((b"", b"null", b"NULL", b"\\N"))
_INTEGER = re.compile(rb"[+-]?\d{1,18}\Z")
_TOO_BIG_INTEGER = re.compile(rb"[+-]?\d{19,}\Z")
_NUMBER = re.compile(rb"[+-]?\d{1,12}(?:\.\d{1,6})?\Z")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_URL = re.compile(r"https?://[^\s/?#@\\\"<>]+(?:[/?#][^\s<>\"]*)?\Z", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+\Z")
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?)?\Z", re.IGNORECASE
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOLEANS = {
    **dict.fromkeys((b"true", b"t", b"yes", b"y", b"1"), True),
    **dict.fromkeys((b"false", b"f", b"no", b"n", b"0"), False),
}
_NAMES = {name.value.lower(): name.value for name in CharacteristicName}


def present(raw: bytes) -> bytes:
    """Trimmed bytes of a value that must be there."""
    raw = raw.strip()
    if raw in _NO_BYTES:
        raise Refused("missing")
    return raw


def _whole(raw: bytes) -> int:
    if raw.isdigit() and len(raw) < 19:  # noqa: PLR2004 - what fits 64 bits
        return int(raw)
    raw = present(raw)
    if _TOO_BIG_INTEGER.match(raw):
        raise Refused("range")
    if not _INTEGER.match(raw):
        raise Refused("integer")
    return int(raw)


def identifier(raw: bytes, _notes: Notes) -> int:
    """An id as delivered: 1 to 999,999,999."""
    number = _whole(raw)
    if 0 < number < FIRST_BORN_HERE:
        return number
    raise Refused("range" if number <= 0 else "id_range")


@dataclass(frozen=True, slots=True)
class Shifted:
    """An id of another source and a number added, so that it is one of ours and meets none of another source."""

    by: int

    def __call__(self, raw: bytes, notes: Notes) -> int:
        number = _whole(raw)
        if number < 0:
            raise Refused("range")
        return identifier(b"%d" % (number + self.by), notes)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    def __call__(self, raw: bytes, _notes: Notes) -> int:
        number = _whole(raw)
        if self.low <= number <= self.high:
            return number
        raise Refused("range")


def helpfulness(raw: bytes, notes: Notes) -> int:
    """Votes as delivered; none said is none cast."""
    if raw.strip() in _NO_BYTES:
        notes.met("default")
        return 0
    return _helpfulness(raw, notes)


_helpfulness = Integer(0, MOST_HELPFUL)


def price(raw: bytes, _notes: Notes) -> str | None:
    """A price as its decimals stand, or none."""
    raw = raw.strip()
    if raw in _NO_BYTES:
        return None
    if not _NUMBER.match(raw):
        raise Refused("number")
    if raw.startswith(b"-"):
        raise Refused("range")
    return raw.lstrip(b"+").decode()


def boolean(raw: bytes, _notes: Notes) -> bool:
    """True or false in one of their forms."""
    value = _BOOLEANS.get(raw)
    if value is None:
        value = _BOOLEANS.get(present(raw).lower())
        if value is None:
            raise Refused("boolean")
    return value


def reported(raw: bytes, notes: Notes) -> bool:
    """Whether it was reported; where nothing is said, it was not."""
    if raw.strip() in _NO_BYTES:
        notes.met("default")
        return False
    return boolean(raw, notes)


def moment(raw: bytes, _notes: Notes) -> str:
    """A moment in ISO form and UTC, from epoch milliseconds or an ISO date."""
    if raw.isdigit():
        return from_epoch(raw)
    raw = present(raw)
    return from_epoch(raw) if raw.isdigit() else from_iso(raw)


def from_epoch(raw: bytes) -> str:
    """A moment from digits that count milliseconds since 1970."""
    if len(raw) > 14:  # noqa: PLR2004 - far beyond the year 2100, and soon beyond what datetime takes
        raise Refused("date_range")
    return _in_range(_EPOCH + timedelta(milliseconds=int(raw)))


@lru_cache(maxsize=8192)
def from_iso(raw: bytes) -> str:
    """A moment from an ISO date."""
    text = raw.decode("ascii", "replace")
    if not _ISO.match(text):
        raise Refused("date")
    text = re.sub(r" ?(?:UTC|Z)\Z", "+00:00", text, flags=re.IGNORECASE).replace(",", ".")
    try:
        at = datetime.fromisoformat(re.sub(r" ([+-])", r"\1", text))
    except ValueError as error:
        raise Refused("date") from error
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        return _in_range(at.astimezone(UTC))
    except OverflowError as error:
        raise Refused("date_range") from error


def _in_range(at: datetime) -> str:
    if not EARLIEST <= at < LATEST:
        raise Refused("date_range")
    return at.isoformat()


def _decoded(raw: bytes, notes: Notes) -> str:
    if raw.isascii():
        if _CONTROL_BYTES.search(raw):
            notes.met("control")
            raw = _CONTROL_BYTES.sub(b"", raw)
        return raw.decode("ascii").strip()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        mended = repair.decode(raw)
        if mended is None:
            raise Refused("encoding") from None
        notes.met("encoding")
        text = mended
    else:
        mended = repair.mojibake(text)
        if mended is not None and notes.met("mojibake"):
            text = mended
    if _CONTROL.search(text):
        notes.met("control")
        text = _CONTROL.sub("", text)
    return text.strip()


def _bounded(raw: bytes, notes: Notes, longest: int) -> str | None:
    text = _decoded(raw, notes)
    if text in _NONE:
        return None
    if len(text) > longest:
        raise Refused("too_long")
    return text


@dataclass(frozen=True, slots=True)
class OptionalText:
    """A text, or none; `longest` in characters."""

    longest: int

    def __call__(self, raw: bytes, notes: Notes) -> str | None:
        return _bounded(raw, notes, self.longest)


@dataclass(frozen=True, slots=True)
class Text:
    """A text; none is the empty one, because storefronts slice it."""

    longest: int

    def __call__(self, raw: bytes, notes: Notes) -> str:
        return _bounded(raw, notes, self.longest) or ""


_address = Text(LONGEST_LINE)


def email(raw: bytes, notes: Notes) -> str:
    """An e-mail address, kept as delivered where it has not the shape of one."""
    address = _address(raw, notes)
    if address and not _EMAIL.match(address):
        notes.met("email")
    return address


def url(raw: bytes, notes: Notes) -> str:
    """An http or https address."""
    address = _address(present(raw), notes)
    if not _URL.match(address):
        if not (address.startswith("//") and _URL.match(f"https:{address}") and notes.told_to_repair("url")):
            raise Refused("url")
        address = f"https:{address}"
    if len(address) > LONGEST_URL:
        raise Refused("too_long")
    return address


def optional_url(raw: bytes, notes: Notes) -> str:
    """An http or https address; none is the empty text, because storefronts slice it."""
    return "" if raw.strip() in _NO_BYTES else url(raw, notes)


def characteristic(raw: bytes, notes: Notes) -> str:
    """One of the six names, as storefronts know it."""
    given = _decoded(present(raw), notes)
    name = _NAMES.get(given.lower())
    if name is None:
        raise Refused("name")
    if name != given:
        notes.met("name")
    return name


_OF_TEXTS = ("control", "encoding", "mojibake")
_OF: dict[Rule, tuple[str, ...]] = {
    email: (*_OF_TEXTS, "email"),
    url: (*_OF_TEXTS, "url"),
    optional_url: (*_OF_TEXTS, "url"),
    characteristic: (*_OF_TEXTS, "name"),
    helpfulness: ("default",),
    reported: ("default",),
}


def steps_of(rule: Rule) -> tuple[str, ...]:
    """The steps of a rule that may be given another action."""
    return _OF_TEXTS if isinstance(rule, Text | OptionalText) else _OF.get(rule, ())
