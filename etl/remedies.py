"""Named repairs for rejects that are alike: somebody who has seen them says what was meant.

Unlike the rules of `etl.rules` these are never applied by themselves: `1/2/2020` may be either of two days. Each is a
pure function of a field's bytes (or of all fields, where their number is wrong); None is "I do not know", and the
record stays refused. What a remedy gives goes through the usual rules.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etl import rules
from etl.formats import FORMATS

Mend = Callable[[bytes], bytes | None]
MendFields = Callable[[list[bytes], int], list[bytes] | None]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A repair by its name. It fits rejects of its `reasons`, in its `columns` where it names any.

    `value` mends a field; `fields` mends a record of too few or too many of them, given how many there must be.
    """

    name: str
    meaning: str
    reasons: frozenset[str]
    columns: frozenset[str]
    value: Mend | None = None
    fields: MendFields | None = None

    def fits(self, reason: str, column: str) -> bool:
        """Whether it can be applied to rejects of this reason in this column."""
        return reason in self.reasons and (not self.columns or column in self.columns)


_DAY_FIRST = re.compile(rb"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})([T ,].*)?\Z", re.DOTALL)
_SECONDS = re.compile(rb"(\d{9,10})(?:\.(\d+))?\Z")
_MICROSECONDS = re.compile(rb"\d{15,16}\Z")
_WITH_COMMA = re.compile(rb"([+-]?)(\d{1,3}(?:[. ]\d{3})+|\d+),(\d{1,6})\Z")
_WHOLE = re.compile(rb"([+-]?\d+)[.,]0*\Z")
_NUMBERS = re.compile(rb"-?\d+(?:\.\d+)?")
_INTEGER = re.compile(rb"[+-]?\d+\Z")
# fmt: off
_YES = frozenset((
    "yes", "y", "true", "1", "si", "sí", "oui", "ja", "on", "x", "+", "ok", "да",
    "tak", "sim", "igen", "evet", "はい", "是", "✓", "✔", "recommended",
))
_NO = frozenset((
    "no", "n", "false", "0", "non", "nein", "nee", "off", "нет",
    "nie", "não", "nao", "nem", "hayır", "いいえ", "否", "✗", "✘",
))
# fmt: on

# What is bounded, and how: as the formats say.
BOUNDS: dict[str, tuple[int, int]] = {
    **{
        column.name: (column.rule.low, column.rule.high)
        for each in FORMATS
        for column in each.columns
        if isinstance(column.rule, rules.Integer)
    },
    "helpfulness": (0, rules.MOST_HELPFUL),
}


def _date(value: bytes, *, day_first: bool) -> bytes | None:
    found = _DAY_FIRST.match(value.strip())
    if not found:
        return None
    day, month = (found[1], found[2]) if day_first else (found[2], found[1])
    time = (found[4] or b"").lstrip(b", T")
    return b"-".join((found[3], month.zfill(2), day.zfill(2))) + (b" " + time if time else b"")


def day_month_year(value: bytes) -> bytes | None:
    """`31/12/2019` is the last day of December."""
    return _date(value, day_first=True)


def month_day_year(value: bytes) -> bytes | None:
    """`12/31/2019` is the last day of December."""
    return _date(value, day_first=False)


def seconds(value: bytes) -> bytes | None:
    """Seconds since 1970 become milliseconds."""
    found = _SECONDS.match(value.strip())
    return found[1] + (found[2] or b"").ljust(3, b"0")[:3] if found else None


def microseconds(value: bytes) -> bytes | None:
    """Microseconds since 1970 become milliseconds."""
    value = value.strip()
    return value[:-3] if _MICROSECONDS.match(value) else None


def decimal_comma(value: bytes) -> bytes | None:
    """`1.299,50` is 1299.50."""
    found = _WITH_COMMA.match(value.strip())
    return found[1] + re.sub(rb"[. ]", b"", found[2]) + b"." + found[3] if found else None


def whole(value: bytes) -> bytes | None:
    """`4.0` is 4; `4.5` stays refused."""
    found = _WHOLE.match(value.strip())
    return found[1] if found else None


def digits_only(value: bytes) -> bytes | None:
    """`4 stars` is 4, `€ 12.50` is 12.50; a value of two numbers stays refused."""
    found = _NUMBERS.findall(value)
    return found[0] if len(found) == 1 else None


def clamp(column: str) -> Mend:
    """A whole number outside of what its column may be becomes the nearest that it may."""
    low, high = BOUNDS[column]

    def mend(value: bytes) -> bytes | None:
        value = value.strip()
        # What has more digits than any bound is beyond it: no need to make a number of a megabyte.
        if not _INTEGER.match(value):
            return None
        if len(value) > 19:  # noqa: PLR2004 - what fits 64 bits
            return b"%d" % (low if value.startswith(b"-") else high)
        return b"%d" % min(max(int(value), low), high)

    return mend


def empty(_value: bytes) -> bytes:
    """As if nothing stood there."""
    return b""


def zero(_value: bytes) -> bytes:
    """0, whatever stood there."""
    return b"0"


def false(_value: bytes) -> bytes:
    """False, whatever stood there."""
    return b"false"


def _from(encoding: str) -> Mend:
    def mend(value: bytes) -> bytes | None:
        try:
            return value.decode(encoding).encode()
        except UnicodeDecodeError:
            return None

    return mend


latin_1 = _from("cp1252")
mac_roman = _from("mac_roman")


def yes_no_words(value: bytes) -> bytes | None:
    """Yes and no in some languages, and marks that stand for them."""
    word = value.decode("utf-8", "replace").strip().rstrip(".!").lower()
    return b"true" if word in _YES else b"false" if word in _NO else None


def https_prefix(value: bytes) -> bytes | None:
    """`//img.example/1.jpg` and `img.example/1.jpg` get https:// before them."""
    value = value.strip()
    found = re.match(rb"(?://)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:[/?#]\S*)?)\Z", value, re.IGNORECASE)
    return b"https://" + found[1] if found else None


def drop_extra_fields(fields: list[bytes], count: int) -> list[bytes] | None:
    """What stands behind the last column is left out."""
    return fields[:count] if len(fields) > count else None


def pad_missing_fields(fields: list[bytes], count: int) -> list[bytes] | None:
    """Columns at the end that a record lacks are empty."""
    return fields + [b""] * (count - len(fields)) if len(fields) < count else None


def _remedy(
    name: str,
    meaning: str,
    reasons: str,
    columns: str = "",
    *,
    value: Mend | None = None,
    fields: MendFields | None = None,
) -> Remedy:
    return Remedy(name, meaning, frozenset(reasons.split()), frozenset(columns.split()), value, fields)


_TEXTS = "summary body response reviewer_name reviewer_email name slogan description category"

REMEDIES = (
    _remedy("day-month-year", "A date whose day comes first: 31/12/2019, 31.12.2019.", "date", value=day_month_year),
    _remedy("month-day-year", "A date whose month comes first: 12/31/2019.", "date", value=month_day_year),
    _remedy("seconds", "A date in seconds since 1970, not milliseconds.", "date_range date", value=seconds),
    _remedy("microseconds", "A date in microseconds since 1970.", "date_range", value=microseconds),
    _remedy("decimal-comma", "A comma before the decimals: 1.299,50.", "number", value=decimal_comma),
    _remedy("whole", "A whole number with decimals of nothing but zeros: 4.0.", "integer", value=whole),
    _remedy("digits-only", "The one number in a text: 4 stars, € 12.50.", "integer number", value=digits_only),
    *(
        _remedy("clamp", f"The nearest of {low:,} to {high:,}.", "range", column, value=clamp(column))
        for column, (low, high) in BOUNDS.items()
    ),
    _remedy("zero", "0 instead of what stands there.", "integer range missing", "helpfulness quantity", value=zero),
    _remedy(
        "false",
        "False where it is not said clearly.",
        "boolean missing",
        "recommend reported default_style",
        value=false,
    ),
    _remedy(
        "empty",
        "Nothing instead of what stands there.",
        "integer range number encoding too_long boolean",
        f"{_TEXTS} default_price sale_price original_price helpfulness reported",
        value=empty,
    ),
    # A characteristic's rating has a `value`, too, and must have one.
    _remedy("empty", "Nothing instead of what stands there.", "encoding too_long", "feature value size", value=empty),
    _remedy("empty", "Nothing instead of what stands there.", "url too_long", "thumbnail_url", value=empty),
    _remedy("latin-1", "Bytes in Latin-1 (Windows-1252).", "encoding", value=latin_1),
    _remedy("mac-roman", "Bytes in Mac-Roman.", "encoding", value=mac_roman),
    _remedy("yes-no-words", "Yes and no in other languages, ticks and crosses.", "boolean", value=yes_no_words),
    _remedy("https-prefix", "An address without https:// before it.", "url", value=https_prefix),
    _remedy("drop-extra-fields", "Fields behind the last column are left out.", "fields", fields=drop_extra_fields),
    _remedy("pad-missing-fields", "Columns missing at the end are empty.", "fields", fields=pad_missing_fields),
)


def fitting(reason: str, column: str) -> list[Remedy]:
    """The remedies for rejects of this reason in this column; each name is there once."""
    return [each for each in REMEDIES if each.fits(reason, column)]


def remedy(name: str, reason: str, column: str) -> Remedy | None:
    """The remedy of this name for such rejects, if there is one."""
    return next((each for each in fitting(reason, column) if each.name == name), None)


def names() -> Sequence[str]:
    """All names, once each."""
    return tuple(dict.fromkeys(each.name for each in REMEDIES))
