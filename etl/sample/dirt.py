"""The dirt of the sample delivery: each way spoils one review, and they take turns, so that none is missing."""

from etl.sample import faults
from etl.sample.faults import Fault
from etl.sample.truth import Piece
from etl.sample.values import COLUMNS, Fields, Shape, Value, spoiled

SHAPE = Shape(COLUMNS["reviews"])


def _value(column: str, raw: bytes, *, rejected: str = "", repaired: str = "") -> Fault:
    value = Value(column, raw, rejected, repaired)
    return lambda fields, shape: [spoiled("reviews", fields, shape, [value])]


REVIEWS: tuple[Fault, ...] = (
    _value("rating", b"0", rejected="range"),
    _value("rating", b"11", rejected="range"),
    _value("helpfulness", b"-3", rejected="range"),
    _value("helpfulness", b"many", rejected="integer"),
    _value("date", b'"31/12/2019"', rejected="date"),
    _value("date", b"1585689942", rejected="date_range"),
    _value("recommend", b"maybe", rejected="boolean"),
    _value("id", b"3000000001", rejected="id_range"),
    _value("reviewer_email", b'"first.last at example"', repaired="email"),
    _value("reviewer_name", b'"caf\xe9 ren\xe9e"', repaired="encoding"),
    _value("reviewer_name", b'"Ren\x8ee B."', repaired="encoding"),
    _value("reviewer_name", '"ZoÃ« RenÃ©e"'.encode(), repaired="mojibake"),
    _value("body", b'"Warm,\x00 light\x07 and well made."', repaired="control"),
    _value("body", b'"Good \xff\xfe\x81 but loud."', rejected="encoding"),
    faults.too_many,
    faults.too_few,
    faults.open_quote("body"),
    faults.stray_quote("body"),
    faults.twice("helpfulness", b"99"),
    faults.blank_after,
)


def plant_review(fields: Fields, number: int) -> list[Piece]:
    """The pieces that the `number`th dirty review becomes."""
    return REVIEWS[number % len(REVIEWS)](fields, SHAPE)
