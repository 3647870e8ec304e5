"""The ten files of a delivery, and how one is recognised: by its header first, by its name second."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from etl import rules
from etl.guard import is_ours
from etl.records import COMMA, unquoted
from etl.rules import Rule
from etl.steps import Action

ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252 (Latin-1)", "mac_roman": "Mac-Roman"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as our files name it, and the rule its values go through."""

    name: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Format:
    """One of the files. `keys` are its columns of ids; `hashed` the columns whose change makes a row `updated`."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    stem: re.Pattern[str]
    hashed: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _stem(pattern: str) -> re.Pattern[str]:
    # A date, a part number or a partner's name may stand around the word.
    return re.compile(rf"(?:.*[^a-z])?(?:{pattern})(?:[^a-z].*)?\Z")


_ID = rules.identifier

REVIEWS = Format(
    "reviews",
    (
        Column("id", _ID),
        Column("product_id", _ID),
        Column("rating", rules.Integer(1, 5)),
        Column("date", rules.moment),
        Column("summary", rules.Text(rules.LONGEST_LINE)),
        Column("body", rules.Text(rules.LONGEST_TEXT)),
        Column("recommend", rules.boolean),
        Column("reported", rules.reported),
        Column("reviewer_name", rules.Text(rules.LONGEST_LINE)),
        Column("reviewer_email", rules.email),
        Column("response", rules.OptionalText(rules.LONGEST_TEXT)),
        Column("helpfulness", rules.helpfulness),
    ),
    ("id", "product_id"),
    _stem("reviews"),
    # Not `reported`: it counts when a review is first delivered, and never again.
    (
        "product_id",
        "rating",
        "date",
        "summary",
        "body",
        "recommend",
        "reviewer_name",
        "reviewer_email",
        "response",
        "helpfulness",
    ),
)
PHOTOS = Format(
    "photos",
    (Column("id", _ID), Column("review_id", _ID), Column("url", rules.url)),
    ("id", "review_id"),
    _stem("reviews?_photos"),
)
CHARACTERISTICS = Format(
    "characteristics",
    (Column("id", _ID), Column("product_id", _ID), Column("name", rules.characteristic)),
    ("id", "product_id"),
    _stem("characteristics"),
    ("product_id", "name"),
)
RATINGS = Format(
    "characteristic_ratings",
    (
        Column("id", _ID),
        Column("characteristic_id", _ID),
        Column("review_id", _ID),
        Column("value", rules.Integer(1, 5)),
    ),
    ("id", "characteristic_id", "review_id"),
    _stem("characteristics?_(?:reviews|ratings)"),
)
PRODUCTS = Format(
    "products",
    (
        Column("id", _ID),
        Column("name", rules.OptionalText(rules.LONGEST_LINE)),
        Column("slogan", rules.OptionalText(rules.LONGEST_LINE)),
        Column("description", rules.OptionalText(rules.LONGEST_TEXT)),
        Column("category", rules.OptionalText(rules.LONGEST_LINE)),
        Column("default_price", rules.price),
    ),
    ("id",),
    _stem("products?"),
    ("name", "slogan", "description", "category", "default_price"),
)
FEATURES = Format(
    "features",
    (
        Column("id", _ID),
        Column("product_id", _ID),
        Column("feature", rules.Text(rules.LONGEST_LINE)),
        Column("value", rules.Text(rules.LONGEST_LINE)),
    ),
    ("id", "product_id"),
    _stem("features?"),
    ("product_id", "feature", "value"),
)
STYLES = Format(
    "styles",
    (
        Column("id", _ID),
        Column("product_id", _ID),
        Column("name", rules.Text(rules.LONGEST_LINE)),
        Column("sale_price", rules.price),
        Column("original_price", rules.price),
        Column("default_style", rules.boolean),
    ),
    ("id", "product_id"),
    _stem("styles?"),
    ("product_id", "name", "sale_price", "original_price", "default_style"),
)
SKUS = Format(
    "skus",
    (
        Column("id", _ID),
        Column("style_id", _ID),
        Column("size", rules.Text(rules.LONGEST_LINE)),
        Column("quantity", rules.Integer(0, rules.MOST_IN_STOCK)),
    ),
    ("id", "style_id"),
    _stem("skus?"),
    ("style_id", "size", "quantity"),
)
STYLE_PHOTOS = Format(
    "style_photos",
    (
        Column("id", _ID),
        Column("style_id", _ID),
        Column("url", rules.optional_url),
        Column("thumbnail_url", rules.optional_url),
    ),
    ("id", "style_id"),
    _stem("(?:styles?_)?photos"),
    ("style_id", "url", "thumbnail_url"),
)
RELATED = Format(
    "related",
    (Column("id", _ID), Column("current_product_id", _ID), Column("related_product_id", _ID)),
    ("id", "current_product_id", "related_product_id"),
    _stem("related(?:_products)?"),
    ("current_product_id", "related_product_id"),
)

# In the order in which they are read: what others belong to comes first. Names are tried from the most particular on.
FORMATS = (
    PRODUCTS,
    CHARACTERISTICS,
    REVIEWS,
    PHOTOS,
    RATINGS,
    FEATURES,
    STYLES,
    SKUS,
    STYLE_PHOTOS,
    RELATED,
)
FORMATS_BY_NAME = {each.name: each for each in FORMATS}
_BY_NAME = (RATINGS, PHOTOS, CHARACTERISTICS, RELATED, STYLE_PHOTOS, STYLES, SKUS, FEATURES, REVIEWS, PRODUCTS)


class NotOursError(Exception):
    """Neither header nor name is one of the ten: the file is skipped, and said so."""


class NotUnderstoodError(Exception):
    """One of ours by its name, but it cannot be read: the message says what is missing and what stands near it."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file is read. `positions` gives, for each column of the format, its place in the file.

    A place of -1 is a column that the file does not have: `constants` holds its value by our name, as its bytes would
    stand in a field. `separator` is a byte; `encoding` is utf-8 (where odd fields are mended one by one), cp1252 or
    mac_roman. From a mapping come also the form of dates, what is added to ids, and the steps that have another action
    than their own; `mapping` tells its name, `header_of` the part whose header it was read by.
    """

    format: Format
    header: tuple[str, ...]
    positions: tuple[int, ...]
    unknown: tuple[str, ...] = ()
    separator: int = COMMA
    encoding: str = "utf-8"
    bom: bool = False
    constants: dict[str, bytes] = field(default_factory=dict)
    date: str | None = None
    shifts: dict[str, int] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    mapping: str | None = None
    header_of: str | None = None

    @property
    def keys(self) -> tuple[int, ...]:
        """The places of the id columns in the file."""
        names = self.format.column_names
        places = (self.positions[names.index(key)] for key in self.format.keys)
        return tuple(place for place in places if place >= 0)

    @property
    def usual(self) -> bool:
        """Whether its values are written and judged as those of a delivery as it should be: the compiled pass reads it.

        Separator, constants and the order of columns may be others.
        """
        odd = self.date or self.shifts or self.actions or self.mended
        return self.encoding == "utf-8" and not odd

    @property
    def mended(self) -> bool:
        """Whether it is a download of rejects that was mended: values may be guarded, and our columns are known."""
        return any(map(is_ours, self.header))

    def told(self) -> dict[str, Any]:
        """The same for the report: how its bytes are read, which column was found where, what was left aside."""
        found = zip(self.format.column_names, self.positions, strict=True)
        columns = {name: self.header[position] for name, position in found if position >= 0}
        constants = {name: unquoted(value).decode() for name, value in self.constants.items()}
        more = {
            "constants": constants,
            "date": self.date,
            "add": self.shifts,
            "rules": self.actions,
            "mapping": self.mapping,
            "header_of": self.header_of,
        }
        return {
            "encoding": f"{ENCODINGS[self.encoding]}{' with BOM' if self.bom else ''}",
            "separator": chr(self.separator),
            "quotes": '"',
            "columns": columns,
            "unknown": list(self.unknown),
            "header": list(self.header),
            **{name: value for name, value in more.items() if value},
        }


def plain_name(name: str) -> str:
    """A column's name without case, spaces and punctuation: `Product ID`, `productId` and `product_id` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def understand(header: Sequence[str], file_name: str) -> Understood:
    """Find the format of a file; raise `NotOursError` or `NotUnderstoodError`."""
    plain = [plain_name(name) for name in header]
    fitting = [each for each in FORMATS if all(plain_name(name) in plain for name in each.column_names)]
    if not fitting:
        raise _refusal(header, file_name)
    best = max(fitting, key=lambda each: len(each.columns))
    meant = by_name(file_name)
    # styles.csv without one of its columns has all those of a smaller file, and more of its own.
    if meant is not None and sum(plain_name(name) in plain for name in meant.column_names) > len(best.columns):
        raise _refusal(header, file_name)
    return placed(best, header, {name: name for name in best.column_names})


def placed(fmt: Format, header: Sequence[str], wanted: dict[str, str]) -> Understood:
    """A format's columns found in a header; `wanted` says by which name each is looked for.

    A column that `wanted` leaves out has the place -1. Raise `NotUnderstoodError` for what is missing or there twice.
    """
    plain = [plain_name(name) for name in header]
    sought = {name: plain_name(there) for name, there in wanted.items()}
    if missing := [name for name, simple in sought.items() if simple not in plain]:
        raise NotUnderstoodError(_lack(fmt, header, {name: wanted[name] for name in missing}))
    if twice := sorted({wanted[name] for name, simple in sought.items() if plain.count(simple) > 1}):
        raise NotUnderstoodError(f"The header names {_listed(twice)} twice: which one is meant cannot be known.")
    return Understood(
        fmt,
        tuple(header),
        tuple(plain.index(sought[name]) if name in sought else -1 for name in fmt.column_names),
        tuple(
            name
            for name, simple in zip(header, plain, strict=True)
            if simple not in sought.values() and not is_ours(name)
        ),
    )


def by_name(file_name: str) -> Format | None:
    """The format that a file's name speaks for, if any."""
    stem = file_name.rsplit("/", 1)[-1].lower().split(".", 1)[0]
    return next((each for each in _BY_NAME if each.stem.match(stem)), None)


def _refusal(header: Sequence[str], file_name: str) -> Exception:
    meant = by_name(file_name)
    if meant is None:
        return NotOursError("Neither its header nor its name is that of one of the ten files of a delivery.")
    plain = [plain_name(name) for name in header]
    missing = {name: name for name in meant.column_names if plain_name(name) not in plain}
    return NotUnderstoodError(_lack(meant, header, missing))


def _lack(fmt: Format, header: Sequence[str], missing: dict[str, str]) -> str:
    by_plain = {plain_name(name): name for name in header}
    near = []
    for name, there in missing.items():
        close = get_close_matches(plain_name(there), by_plain, n=1, cutoff=0.4)
        sought = name if there == name else f"{name} (here {there})"
        near.append(f"{sought} (nearest: {by_plain[close[0]]})" if close else sought)
    return (
        f"As {fmt.name} it lacks the columns {_listed(near)}. Its header is {_listed(header)}."
        " A mapping can say which column is which."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
