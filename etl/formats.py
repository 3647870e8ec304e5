"""The five files of a delivery, and how one is recognised: by its header first, by its name second."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from etl import rules
from etl.guard import is_ours
from etl.rules import Rule


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

# In the order in which they are read: what others belong to comes first. Names are tried from the most particular on.
FORMATS = (PRODUCTS, CHARACTERISTICS, REVIEWS, PHOTOS, RATINGS)
_BY_NAME = (RATINGS, PHOTOS, CHARACTERISTICS, REVIEWS, PRODUCTS)


class NotOursError(Exception):
    """Neither header nor name is one of the five: the file is skipped, and said so."""


class NotUnderstoodError(Exception):
    """One of ours by its name, but it cannot be read: the message says what is missing and what stands near it."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file is read. `positions` gives, for each column of the format, its place in the file."""

    format: Format
    header: tuple[str, ...]
    positions: tuple[int, ...]
    unknown: tuple[str, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[int, ...]:
        """The places of the id columns in the file."""
        names = self.format.column_names
        return tuple(self.positions[names.index(key)] for key in self.format.keys)

    @property
    def mended(self) -> bool:
        """Whether it is a download of rejects that was mended: values may be guarded, and our columns are known."""
        return any(map(is_ours, self.header))

    def told(self) -> dict[str, Any]:
        """The same for the report: which column was found where, and what was left aside."""
        found = zip(self.format.column_names, self.positions, strict=True)
        return {
            "separator": ",",
            **self.notes,
            "columns": {name: self.header[position] for name, position in found},
            "unknown": list(self.unknown),
            "header": list(self.header),
        }


def _plain(name: str) -> str:
    """A column's name without case, spaces and punctuation: `Product ID`, `productId` and `product_id` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def understand(header: Sequence[str], file_name: str) -> Understood:
    """Find the format of a file; raise `NotOursError` or `NotUnderstoodError`."""
    plain = [_plain(name) for name in header]
    fitting = [each for each in FORMATS if all(_plain(name) in plain for name in each.column_names)]
    if not fitting:
        raise _refusal(header, plain, file_name)
    best = max(fitting, key=lambda each: len(each.columns))
    wanted = [_plain(name) for name in best.column_names]
    twice = sorted({name for name in best.column_names if plain.count(_plain(name)) > 1})
    if twice:
        raise NotUnderstoodError(f"The header names {_listed(twice)} twice: which one is meant cannot be known.")
    return Understood(
        best,
        tuple(header),
        tuple(plain.index(name) for name in wanted),
        tuple(name for name, simple in zip(header, plain, strict=True) if simple not in wanted and not is_ours(name)),
    )


def by_name(file_name: str) -> Format | None:
    """The format that a file's name speaks for, if any."""
    stem = file_name.rsplit("/", 1)[-1].lower().split(".", 1)[0]
    return next((each for each in _BY_NAME if each.stem.match(stem)), None)


def _refusal(header: Sequence[str], plain: list[str], file_name: str) -> Exception:
    meant = by_name(file_name)
    if meant is None:
        return NotOursError("Neither its header nor its name is that of one of the five files of a delivery.")
    missing = [name for name in meant.column_names if _plain(name) not in plain]
    near = []
    for name in missing:
        close = get_close_matches(_plain(name), plain, n=1, cutoff=0.4)
        near.append(f"{name} (nearest: {header[plain.index(close[0])]})" if close else name)
    hint = " It has one column: is its separator a comma?" if len(header) == 1 else ""
    lack = f"As {meant.name} it lacks the columns {_listed(near)}."
    return NotUnderstoodError(f"{lack} Its header is {_listed(header)}.{hint}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
