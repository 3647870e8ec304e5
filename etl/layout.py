"""What a staged row looks like: its lineage, its hash, its columns. Tables, COPY and both passes go by it."""

import struct
from collections.abc import Iterator
from typing import LiteralString

from etl.binary import int4
from etl.formats import FORMATS, Format

LINEAGE = ("file_id", "source_offset", "source_line", "source_length")
# In the order of a row: first what is not hashed, so that what is stands together at its end.
COLUMNS: dict[str, dict[str, LiteralString]] = {
    "products": {
        "id": "int",
        "name": "text",
        "slogan": "text",
        "description": "text",
        "category": "text",
        "default_price": "numeric",
    },
    "characteristics": {"id": "int", "product_id": "int", "name": "characteristic_name"},
    "reviews": {
        "id": "int",
        "reported": "boolean",
        "product_id": "int",
        "rating": "smallint",
        "date": "timestamptz",
        "summary": "text",
        "body": "text",
        "recommend": "boolean",
        "reviewer_name": "text",
        "reviewer_email": "text",
        "response": "text",
        "helpfulness": "int",
    },
    "photos": {"id": "int", "review_id": "int", "url": "text"},
    "characteristic_ratings": {"id": "int", "characteristic_id": "int", "review_id": "int", "value": "smallint"},
    "features": {"id": "int", "product_id": "int", "feature": "text", "value": "text"},
    "styles": {
        "id": "int",
        "product_id": "int",
        "name": "text",
        "sale_price": "numeric",
        "original_price": "numeric",
        "default_style": "boolean",
    },
    "skus": {"id": "int", "style_id": "int", "size": "text", "quantity": "int"},
    "style_photos": {"id": "int", "style_id": "int", "url": "text", "thumbnail_url": "text"},
    "related": {"id": "int", "current_product_id": "int", "related_product_id": "int"},
}
# Where the tables have another name for it.
_RENAMED: dict[str, LiteralString] = {
    "date": "written_at",
    "current_product_id": "product_id",
    "related_product_id": "related_id",
}
_HASHED = frozenset(each.name for each in FORMATS if each.hashed)


def declared(fmt: str) -> Iterator[LiteralString]:
    """The columns of a format's table as SQL declares them, without its lineage."""
    if fmt in _HASHED:
        yield "delivered_hash bigint"
    for name, kind in COLUMNS[fmt].items():
        yield f"{_RENAMED.get(name, name)} {kind}"
    if fmt in _HASHED:
        yield "source_repairs smallint"


def copied(fmt: Format) -> tuple[str, ...]:
    """The columns of a row in the order in which COPY gets them."""
    names = (_RENAMED.get(name, name) for name in COLUMNS[fmt.name])
    return (*LINEAGE, "delivered_hash", *names, "source_repairs") if fmt.hashed else (*LINEAGE, *names)


def row_head(fmt: Format, file_id: int) -> bytes:
    """What every row of a file begins with: how many columns it has, and the file."""
    return struct.pack(">h", len(copied(fmt))) + int4(file_id)


def hashed_from(fmt: Format) -> int:
    """The first of a row's values that the hash is taken of, to its end; -1 where rows have no hash."""
    return next((at for at, name in enumerate(COLUMNS[fmt.name]) if name in fmt.hashed), -1)
