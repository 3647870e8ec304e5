"""What becomes of a value: each rule by a table of examples."""

import inspect
import re

import pytest

from etl import rules
from etl.rules import Rule, Value
from etl.steps import STEPS, Notes, Refused


def outcome(rule: Rule, raw: bytes) -> tuple[Value, list[str]] | str:
    notes = Notes()
    try:
        return rule(raw, notes), notes
    except Refused as refused:
        return refused.reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"7", (7, [])),
        (b" 007 ", (7, [])),
        (b"999999999", (999_999_999, [])),
        (b"1000000000", "id_range"),
        (b"99999999999999999999999", "range"),
        (b"0", "range"),
        (b"-4", "range"),
        (b"", "missing"),
        (b"null", "missing"),
        (b"12a", "integer"),
        (b"1_0", "integer"),
        (b"1.0", "integer"),
        ("١".encode(), "integer"),
        (b"1\x000", "integer"),
    ],
)
def test_ids(raw: bytes, expected: object) -> None:
    assert outcome(rules.identifier, raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"), [(b"1", (1, [])), (b"5", (5, [])), (b"0", "range"), (b"6", "range"), (b"five", "integer")]
)
def test_ratings(raw: bytes, expected: object) -> None:
    assert outcome(rules.Integer(1, 5), raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"12", (12, [])), (b"", (0, ["default"])), (b"null", (0, ["default"])), (b"-1", "range"), (b"many", "integer")],
)
def test_helpfulness(raw: bytes, expected: object) -> None:
    assert outcome(rules.helpfulness, raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"1585603112874", "2020-03-30T21:18:32.874000+00:00"),
        (b" 1585603112874 ", "2020-03-30T21:18:32.874000+00:00"),
        (b"2019-01-01", "2019-01-01T00:00:00+00:00"),
        (b"2019-01-01T10:11:12.345Z", "2019-01-01T10:11:12.345000+00:00"),
        (b"2019-01-01 10:11:12+02", "2019-01-01T08:11:12+00:00"),
        (b"2019-01-01 10:11:12 UTC", "2019-01-01T10:11:12+00:00"),
        (b"2020-02-29", "2020-02-29T00:00:00+00:00"),
    ],
)
def test_dates_become_utc(raw: bytes, expected: str) -> None:
    assert outcome(rules.moment, raw) == (expected, [])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"1585689942", "date_range"),
        (b"99999999999999", "date_range"),
        (b"9" * 40, "date_range"),
        (b"1899-01-01", "date_range"),
        (b"2019-02-29", "date"),
        (b"31/12/2019", "date"),
        (b"20190101T00", "date"),
        (b"yesterday", "date"),
        (b"-5", "date"),
        (b"", "missing"),
        (b"0001-01-01T00:00+14:00", "date_range"),
    ],
)
def test_what_is_no_date(raw: bytes, reason: str) -> None:
    assert outcome(rules.moment, raw) == reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"true", True), (b"T", True), (b" 1 ", True), (b"yes", True), (b"FALSE", False), (b"f", False), (b"0", False)],
)
def test_boolean_forms(raw: bytes, expected: bool) -> None:
    assert outcome(rules.boolean, raw) == (expected, [])


@pytest.mark.parametrize(("raw", "reason"), [(b"maybe", "boolean"), (b"2", "boolean"), (b"", "missing")])
def test_what_is_no_boolean(raw: bytes, reason: str) -> None:
    assert outcome(rules.boolean, raw) == reason


def test_reported_where_nothing_is_said() -> None:
    assert outcome(rules.reported, b"") == (False, ["default"])
    assert outcome(rules.reported, b"1") == (True, [])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"  plain  ", ("plain", [])),
        (b"null", (None, [])),
        (b"NULL", (None, [])),
        (b"\\N", (None, [])),
        (b"   ", (None, [])),
        (b"Null", ("Null", [])),  # a name that people have
        (b"nullable", ("nullable", [])),
        (b"a\x00b\x07c", ("abc", ["control"])),
        (b"two\r\nlines\tand a tab", ("two\r\nlines\tand a tab", [])),
        ("Zoë 😍".encode(), ("Zoë 😍", [])),
        (b"caf\xe9", ("café", ["encoding"])),
        (b"Ren\x8ee", ("Renée", ["encoding"])),
        ("cafÃ©".encode(), ("café", ["mojibake"])),
        (b"\xff\xfe\x81", "encoding"),
        (b"x" * 24, ("x" * 24, [])),
        (b"x" * 25, "too_long"),
    ],
)
def test_texts(raw: bytes, expected: object) -> None:
    assert outcome(rules.OptionalText(24), raw) == expected


def test_a_text_that_must_be_one_is_empty_rather_than_none() -> None:
    assert outcome(rules.Text(10), b"null") == ("", [])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"ines@example.org", ("ines@example.org", [])),
        (b"first.last at example", ("first.last at example", ["email"])),
        (b"a@b", ("a@b", ["email"])),
        (b"a@b..org", ("a@b..org", ["email"])),
        (b"", ("", [])),
    ],
)
def test_an_email_never_costs_the_review(raw: bytes, expected: object) -> None:
    assert outcome(rules.email, raw) == expected


@pytest.mark.parametrize(
    "raw",
    [b"https://a.example/1.jpg?x=1&y=2#z", b"HTTP://a.example", b"http://127.0.0.1:8080/x.svg", b" https://a.b/ "],
)
def test_addresses(raw: bytes) -> None:
    assert outcome(rules.url, raw) == (raw.decode().strip(), [])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"ftp://a.example/1", "url"),
        (b"javascript:alert(1)", "url"),
        (b"no photo", "url"),
        (b"https://", "url"),
        (b"https://a b/", "url"),
        (b"https://user@a.example/", "url"),
        (b'https://a.example/"><script>', "url"),
        (b"", "missing"),
        (b"https://a.example/" + b"x" * 2000, "too_long"),
    ],
)
def test_what_is_no_address(raw: bytes, reason: str) -> None:
    assert outcome(rules.url, raw) == reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"Fit", ("Fit", [])), (b"fit", ("Fit", ["name"])), (b" WIDTH ", ("Width", ["name"])), (b"Colour", "name")],
)
def test_characteristics(raw: bytes, expected: object) -> None:
    assert outcome(rules.characteristic, raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"140", ("140", [])), (b"99.90", ("99.90", [])), (b"", (None, [])), (b"-1", "range"), (b"free", "number")],
)
def test_prices(raw: bytes, expected: object) -> None:
    assert outcome(rules.price, raw) == expected


def test_every_name_that_a_rule_gives_stands_in_the_table() -> None:
    source = inspect.getsource(rules)
    known = {step.name for step in STEPS}
    given = set(re.findall(r'(?:Refused|notes\.met|told_to_repair)\("(\w+)"', source))
    assert given
    assert given <= known
