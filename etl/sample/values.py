"""Single values as real files spoil them, each with what must become of it; a format's table names them all."""

from collections.abc import Sequence
from dataclasses import dataclass

from etl.formats import FORMATS
from etl.sample.truth import Fate, Outcome, Piece

Fields = dict[str, bytes]
COLUMNS = {each.name: each.column_names for each in FORMATS}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file lays out a record: its columns in their order, and how a line ends."""

    order: tuple[str, ...]
    end: bytes = b"\n"

    def line(self, fields: Fields) -> bytes:
        return b",".join([fields[name] for name in self.order]) + self.end


@dataclass(frozen=True, slots=True)
class Value:
    """A field as it may stand in a file: it is rejected with a reason, repaired by a rule, or only another form.

    `whole` is false where a key is no whole number any more.
    """

    column: str
    raw: bytes
    rejected: str = ""
    repaired: str = ""
    whole: bool = True


def _rejected(column: str, reason: str, *raws: bytes, whole: bool = True) -> tuple[Value, ...]:
    return tuple(Value(column, raw, rejected=reason, whole=whole) for raw in raws)


def _repaired(column: str, rule: str, *raws: bytes) -> tuple[Value, ...]:
    return tuple(Value(column, raw, repaired=rule) for raw in raws)


def _forms(column: str, *raws: bytes) -> tuple[Value, ...]:
    return tuple(Value(column, raw) for raw in raws)


def _keys(*columns: str) -> tuple[Value, ...]:
    values: list[Value] = []
    for column in columns:
        values += _rejected(column, "id_range", b"3000000001", b"1000000000")
        values += _rejected(column, "range", b"0", b"99999999999999999999")
        values += _rejected(column, "range", b"-4", whole=False)
        values += _rejected(column, "integer", b"x1", b'"7.0"', whole=False)
        values += _rejected(column, "missing", b"null", whole=False)
    return tuple(values)


def _texts(column: str) -> tuple[Value, ...]:
    return (
        *_rejected(column, "encoding", b'"Good \xff\xfe\x81 but loud."'),
        *_repaired(column, "encoding", b'"caf\xe9 ren\xe9e"', b'"Ren\x8ee B."'),
        *_repaired(column, "mojibake", '"ZoÃ« RenÃ©e"'.encode(), '"Itâ€™s fine"'.encode()),
        *_repaired(column, "control", b'"Warm,\x00 light\x07 and well made."'),
        *_forms(column, b'"  trimmed\t"', '"Zoë, “naïve” 日本語 😀"'.encode(), b'"She said ""warm"",\r\nand left."'),
    )


VALUES: dict[str, tuple[Value, ...]] = {
    "reviews": (
        *_keys("id", "product_id"),
        *_rejected("rating", "range", b"0", b"6", b"11", b"-1"),
        *_rejected("rating", "integer", b"4.5", b'"five"'),
        *_rejected("rating", "missing", b"", b"null"),
        *_forms("rating", b'"4"', b" 4 ", b"04"),
        *_rejected("date", "date", b'"31/12/2019"', b'"2019-02-30"', b"yesterday"),
        *_rejected("date", "date_range", b"1585689942", b'"1969-12-31"', b"99999999999999"),
        *_rejected("date", "missing", b"", b"null"),
        *_forms("date", b'"2019-01-31"', b"2019-01-31", b'"2019-01-31T12:34:56.789Z"', b'"2019-01-31 12:34:56+02:00"'),
        *_forms("date", b"1585603112874", b'"1585603112874"'),
        *_texts("summary"),
        *_texts("body"),
        *_rejected("recommend", "boolean", b"maybe", b"2"),
        *_rejected("recommend", "missing", b"", b"null"),
        *_forms("recommend", b"1", b"0", b"t", b"F", b"TRUE", b'"false"', b"yes"),
        *_rejected("reported", "boolean", b"perhaps"),
        *_repaired("reported", "default", b"", b"null"),
        *_forms("reported", b"0", b"f", b"False"),
        *_texts("reviewer_name"),
        *_repaired("reviewer_email", "email", b'"first.last at example"', b'"@"', b'"a@b"'),
        *_forms("response", b"null", b'"null"', b"", b'""', b"NULL", b"\\N", b'"Thank you, and come again."'),
        *_rejected("helpfulness", "range", b"-3", b"1000000001"),
        *_rejected("helpfulness", "integer", b"many", b"1.5"),
        *_repaired("helpfulness", "default", b"", b"null"),
    ),
    "photos": (
        *_keys("id", "review_id"),
        *_rejected("url", "url", b'"ftp://photos.example/1.jpg"', b'"no photo"', b'"javascript:alert(1)"'),
        *_rejected("url", "missing", b"", b"null"),
        *_repaired("url", "control", b'"https://photos.example/\x001.jpg"'),
        *_forms("url", b"https://photos.example/bare.jpg", b'" HTTP://photos.example/1.jpg?a=1,2 "'),
    ),
    "characteristics": (
        *_keys("id", "product_id"),
        *_rejected("name", "name", b'"Colour"', b'"Fitt"'),
        *_rejected("name", "missing", b"", b"null"),
    ),
    "characteristic_ratings": (
        *_keys("id", "characteristic_id", "review_id"),
        *_rejected("value", "range", b"0", b"6", b"-1"),
        *_rejected("value", "integer", b"x", b"3.5"),
        *_rejected("value", "missing", b"", b"null"),
        *_forms("value", b'"3"', b" 3"),
    ),
    "products": (
        *_keys("id"),
        *_rejected("default_price", "number", b'"free"', b"1.2.3"),
        *_rejected("default_price", "range", b"-5"),
        *_forms("default_price", b"", b"12.50", b'"7"', b"null"),
        *(value for column in ("name", "slogan", "description") for value in _texts(column)),
    ),
    "features": (
        *_rejected("value", "too_long", b'"' + b"long " * 2_001 + b'"'),
        *_texts("feature"),
        *_forms("value", b"null", b"", b'"UV, and ""blue"""'),
        *_keys("id", "product_id"),
    ),
    "styles": (
        *_texts("name"),
        *_forms("sale_price", b"null", b'"null"', b"", b'"99.50"'),
        *_rejected("sale_price", "number", b"half"),
        *_rejected("original_price", "range", b"-1"),
        *_forms("default_style", b"1", b'"0"', b"true", b"F"),
        *_rejected("default_style", "boolean", b"2"),
        *_rejected("default_style", "missing", b"", b"null"),
        *_keys("id", "product_id"),
    ),
    "skus": (
        *_texts("size"),
        *_forms("size", b"7.5", b'"XS"', b'"One size, mostly"'),
        *_rejected("quantity", "integer", b"some", b"1.5"),
        *_rejected("quantity", "missing", b"", b"null"),
        *_keys("id", "style_id"),
        *_rejected("quantity", "range", b"-3", b"1000000001"),
    ),
    "style_photos": (
        *_rejected("url", "too_long", b'"https://photos.example/' + b"x" * 2_000 + b'"'),
        *_forms("url", b"null", b"", b"https://photos.example/bare.jpg"),
        *_rejected("thumbnail_url", "url", b'"ftp://photos.example/1.jpg"', b'"no photo"'),
        *_forms("thumbnail_url", b"null", b'""', b'" HTTP://photos.example/1.jpg?a=1,2 "'),
        *_keys("id", "style_id"),
        *_rejected("url", "url", b'"javascript:alert(1)"'),
    ),
    "related": (*_keys("id", "current_product_id", "related_product_id"),),
}


def spoiled(fmt: str, fields: Fields, shape: Shape, values: Sequence[Value]) -> Piece:
    """A record with these values, of different columns: one that is rejected makes it a reject with all its reasons."""
    by_column = {value.column: value for value in values}
    line = shape.line({**fields, **{value.column: value.raw for value in values}})
    ordered = [by_column[name] for name in COLUMNS[fmt] if name in by_column]
    whole = all(value.whole for value in ordered)
    refused = [value for value in ordered if value.rejected]
    if refused:
        reasons, columns = tuple(each.rejected for each in refused), tuple(each.column for each in refused)
        return line, Fate(Outcome.REJECTED, reasons, columns, whole=whole)
    repairs = {value.repaired for value in ordered if value.repaired}
    return line, Fate(Outcome.TAKEN, repairs=tuple(sorted(repairs)), whole=whole)
