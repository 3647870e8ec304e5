"""Broken structure as real files have it: each fault makes pieces of a record, with what must become of each."""

from collections.abc import Callable

from etl.sample.truth import BLANK, DUPLICATE, FIELDS, STRUCT, TAKEN, Piece
from etl.sample.values import COLUMNS, VALUES, Fields, Shape, Value, spoiled

Fault = Callable[[Fields, Shape], list[Piece]]
# A column of text of each format. Ratings and related products have none: there the last value is quoted first.
_TEXT = {
    "reviews": "body",
    "photos": "url",
    "characteristics": "name",
    "characteristic_ratings": "value",
    "products": "name",
    "features": "feature",
    "styles": "name",
    "skus": "size",
    "style_photos": "url",
    "related": "related_product_id",
}
_OTHER = {
    "reviews": ("helpfulness", b"99"),
    "photos": ("url", b'"https://photos.example/other.jpg"'),
    "characteristics": ("name", b'"Quality"'),
    "characteristic_ratings": ("value", b"1"),
    "products": ("default_price", b"99"),
    "features": ("value", b'"Other"'),
    "styles": ("original_price", b"99"),
    "skus": ("quantity", b"99"),
    "style_photos": ("thumbnail_url", b'"https://photos.example/other.jpg"'),
    "related": ("related_product_id", b"2"),
}
_NUMBER = {
    "reviews": "helpfulness",
    "photos": "review_id",
    "characteristics": "product_id",
    "characteristic_ratings": "value",
    "products": "id",
    "features": "product_id",
    "styles": "product_id",
    "skus": "quantity",
    "style_photos": "style_id",
    "related": "related_product_id",
}


def _replaced(fields: Fields, shape: Shape, column: str, raw: bytes) -> bytes:
    return shape.line({**fields, column: raw})


def _inner(fields: Fields, column: str) -> bytes:
    raw = fields[column]
    return raw[1:-1] if raw.startswith(b'"') else raw


def open_quote(column: str) -> Fault:
    """A quoted field that nothing closes."""

    def plant(fields: Fields, shape: Shape) -> list[Piece]:
        inner = _inner(fields, column)
        if column == shape.order[0]:
            # Behind a line break in the first column would stand a whole record, and reading would go on there.
            inner = inner.replace(b"\r\n", b" ").replace(b"\n", b" ")
        return [(_replaced(fields, shape, column, b'"' + inner), STRUCT)]

    return plant


def stray_quote(column: str) -> Fault:
    """Quotes within quotes that are not doubled."""
    raw = b'"They call it "heirloom quality" and so do I."'
    return lambda fields, shape: [(_replaced(fields, shape, column, raw), STRUCT)]


def after_quote(column: str) -> Fault:
    """Something between the closing quote and the comma."""

    def plant(fields: Fields, shape: Shape) -> list[Piece]:
        return [(_replaced(fields, shape, column, b'"' + _inner(fields, column) + b'" x'), STRUCT)]

    return plant


def bare_return(column: str) -> Fault:
    """A carriage return alone behind a closing quote."""

    def plant(fields: Fields, shape: Shape) -> list[Piece]:
        return [(_replaced(fields, shape, column, b'"' + _inner(fields, column) + b'"\r x'), STRUCT)]

    return plant


def quote_in_bare(column: str) -> Fault:
    """A quote within a field that has none around it."""
    return lambda fields, shape: [(_replaced(fields, shape, column, b'5"x'), STRUCT)]


def too_many(fields: Fields, shape: Shape) -> list[Piece]:
    """A field more than the header has."""
    return [(shape.line(fields)[: -len(shape.end)] + b',"one more"' + shape.end, FIELDS)]


def too_few(fields: Fields, shape: Shape) -> list[Piece]:
    """A field less than the header has."""
    return [(Shape(shape.order[:-1], shape.end).line(fields), FIELDS)]


def split(fields: Fields, shape: Shape) -> list[Piece]:
    """A record on two lines: both have too few fields."""
    return [
        (Shape(shape.order[:2], shape.end).line(fields), FIELDS),
        (Shape(shape.order[2:], shape.end).line(fields), FIELDS),
    ]


def joined(fields: Fields, shape: Shape) -> list[Piece]:
    """Two records on one line, because its end was lost."""
    line = shape.line(fields)
    last, first = fields[shape.order[-1]], fields[shape.order[0]]
    # A quote in the seam stands where none may, unless there is one on both sides, or nothing on one.
    torn = bool(last) and bool(first) and last.startswith(b'"') != first.startswith(b'"')
    return [(line[: -len(shape.end)] + line, STRUCT if torn else FIELDS)]


def no_record(_fields: Fields, shape: Shape) -> list[Piece]:
    """A line that a program wrote into the file."""
    return [(b"<html>503 Slow Down</html>" + shape.end, FIELDS)]


def blank_after(fields: Fields, shape: Shape) -> list[Piece]:
    """Blank lines, one of them of nothing but commas."""
    commas = b"," * (len(shape.order) - 1) + b"\r\n"
    return [(shape.line(fields), TAKEN), (b"\n", BLANK), (b"  \r\n", BLANK), (commas, BLANK)]


def twice(column: str, raw: bytes) -> Fault:
    """An id that comes again with another value: the first one stays."""
    return lambda fields, shape: [(shape.line(fields), TAKEN), (_replaced(fields, shape, column, raw), DUPLICATE)]


def corrected(fmt: str, value: Value) -> Fault:
    """A record that cannot be taken, and the same id again, whole: the first valid one wins."""
    return lambda fields, shape: [spoiled(fmt, fields, shape, [value]), (shape.line(fields), TAKEN)]


def cut_off(fmt: str, fields: Fields, shape: Shape) -> Piece:
    """What a transfer that broke off in the middle of a quoted field leaves at the end of a file."""
    column = _TEXT[fmt]
    line = _replaced(fields, shape, column, b'"' + _inner(fields, column))
    return line[: line.index(b'"') + 2], STRUCT


def _of(fmt: str) -> tuple[Fault, ...]:
    text, number = _TEXT[fmt], _NUMBER[fmt]
    spoiling = next(value for value in reversed(VALUES[fmt]) if value.rejected and value.whole)
    quoted = (open_quote(text), stray_quote(text), after_quote(text), bare_return(text))
    more = (open_quote("summary"), open_quote("reviewer_name"), stray_quote("summary")) if fmt == "reviews" else ()
    common = (quote_in_bare(number), too_many, too_few, split, joined, no_record)
    return (*quoted, *more, *common, blank_after, twice(*_OTHER[fmt]), corrected(fmt, spoiling))


FAULTS: dict[str, tuple[Fault, ...]] = {fmt: _of(fmt) for fmt in COLUMNS}
