"""The forms that values of taken rows had: what counts as which, and what counts as nothing."""

from collections import Counter
from dataclasses import replace

import pytest

from etl.formats import REVIEWS, Understood, placed, understand
from etl.forms import FormsOf
from etl.opening import Opening
from tests.etl.places import read_whole

NAMES = REVIEWS.column_names
PLAIN = {
    "id": b"1",
    "product_id": b"2",
    "rating": b"3",
    "date": b"1585603112874",
    "summary": b'"Warm"',
    "body": b"Quiet",
    "recommend": b"true",
    "reported": b"FALSE",
    "reviewer_name": b"Ana",
    "reviewer_email": b"a@b.c",
    "response": b"Thanks",
    "helpfulness": b"0",
}


def forms_of(understood: Understood, **values: bytes) -> dict[str, int]:
    """The forms of one row, without those of a spotless one: its date counts one `epoch`."""
    fields = [(PLAIN | values).get(name, b"") for name in understood.header]
    counted: Counter[str] = Counter()
    FormsOf(understood).count(fields, counted)
    return dict(counted)


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("rating", b" 3", {"trim": 1}),
        ("rating", b'"3\t"', {"trim": 1}),
        ("body", b'" warm\r\n"', {"trim": 1}),
        ("body", b'" ""warm"" "', {"trim": 1}),
        ("body", b'"""warm"" "', {"trim": 1}),
        ("body", b"a b", {}),
        ("response", b"", {"null": 1}),
        ("response", b'""', {"null": 1}),
        ("response", b"null", {"null": 1}),
        ("response", b"NULL", {"null": 1}),
        ("response", b"\\N", {"null": 1}),
        ("response", b" null ", {"trim": 1, "null": 1}),
        ("response", b" ", {"trim": 1, "null": 1}),
        ("response", b"Null", {}),
        ("reported", b"", {"null": 1}),
        ("helpfulness", b"null", {"null": 1}),
        ("recommend", b"TRUE", {}),
        ("recommend", b'"False"', {}),
        ("recommend", b"1", {"boolean_form": 1}),
        ("recommend", b"t", {"boolean_form": 1}),
        ("reported", b"No", {"boolean_form": 1}),
        ("reported", b" yes ", {"trim": 1, "boolean_form": 1}),
        ("summary", b"1", {}),
    ],
)
def test_what_counts_as_which(name: str, raw: bytes, expected: dict[str, int]) -> None:
    assert forms_of(understand(NAMES, "x"), **{name: raw}) == {"epoch": 1, **expected}


@pytest.mark.parametrize(
    ("date", "raw", "expected"),
    [
        (None, b"1585603112874", {"epoch": 1}),
        (None, b"2019-01-31", {"iso": 1}),
        ("auto", b'" 2019-01-31T12:00 "', {"trim": 1, "iso": 1}),
        ("iso", b"2019-01-31", {"iso": 1}),
        ("epoch-ms", b"1585603112874", {"epoch": 1}),
        ("epoch-s", b"1585603112", {}),
        ("d/m/y", b"31/01/2019", {}),
        ("d-m-y", b"1-10-2019", {}),
        ("y/m/d", b" 2019/01/31", {"trim": 1}),
    ],
)
def test_a_date_in_a_form_that_a_mapping_names_is_neither(
    date: str | None, raw: bytes, expected: dict[str, int]
) -> None:
    assert forms_of(replace(understand(NAMES, "x"), date=date), date=raw) == expected


def test_what_the_file_does_not_say_has_no_form() -> None:
    constants = {"recommend": b"1", "response": b"", "date": b"2019-01-31"}
    there = {name: name for name in NAMES if name not in constants}
    understood = replace(placed(REVIEWS, tuple(there), there), constants=constants)
    assert forms_of(understood) == {}


def test_only_rows_that_are_taken_count() -> None:
    def line(**values: bytes) -> bytes:
        return b",".join((PLAIN | values)[name] for name in NAMES) + b"\n"

    odd = {"recommend": b" t", "response": b"null"}
    lines = [
        line(id=b"1", **odd),
        line(id=b"1", **odd),
        line(id=b"2", **odd, rating=b"9"),
        line(id=b"3", date=b"2019-01-31"),
    ]
    tally, _ = read_whole(Opening(understand(NAMES, "x"), 0, 1, 0, 0), b"".join(lines))
    assert (tally.records, tally.duplicates, tally.rejected) == (4, 1, 1)
    assert tally.forms == {"trim": 1, "boolean_form": 1, "null": 1, "epoch": 1, "iso": 1}
