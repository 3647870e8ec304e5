"""Dates in the forms that a mapping may name, each by examples; no form takes what another one means."""

import pytest

from etl.dates import FORMS, Dated
from etl.steps import Notes, Refused


def read(form: str, raw: bytes) -> str:
    try:
        return Dated(form)(raw, Notes())
    except Refused as refused:
        return refused.reason


@pytest.mark.parametrize(
    ("form", "raw", "expected"),
    [
        ("auto", b"1585603112874", "2020-03-30T21:18:32.874000+00:00"),
        ("auto", b"2019-01-31", "2019-01-31T00:00:00+00:00"),
        ("iso", b"2019-01-31T10:00:00+02:00", "2019-01-31T08:00:00+00:00"),
        ("epoch-ms", b" 1585603112874 ", "2020-03-30T21:18:32.874000+00:00"),
        ("epoch-s", b"1585603112", "2020-03-30T21:18:32+00:00"),
        ("d/m/y", b"3/4/2019", "2019-04-03T00:00:00+00:00"),
        ("m/d/y", b"3/4/2019", "2019-03-04T00:00:00+00:00"),
        ("y/m/d", b"2019/04/03 7:05", "2019-04-03T07:05:00+00:00"),
        ("d.m.y", b"03.04.2019 07:05:09", "2019-04-03T07:05:09+00:00"),
        ("d-m-y", b"3-4-2019T23:59:59.123", "2019-04-03T23:59:59+00:00"),
        ("m-d-y", b"03-04-2019", "2019-03-04T00:00:00+00:00"),
        ("m/d/y", b"3/4/2019 12:05 AM", "2019-03-04T00:05:00+00:00"),
        ("m/d/y", b"3/4/2019 12:05 pm", "2019-03-04T12:05:00+00:00"),
        ("m/d/y", b"3/4/2019 1:05:09 p.m.", "2019-03-04T13:05:09+00:00"),
    ],
)
def test_what_a_form_reads(form: str, raw: bytes, expected: str) -> None:
    assert read(form, raw) == expected


@pytest.mark.parametrize(
    ("form", "raw", "reason"),
    [
        ("iso", b"1585603112874", "date"),
        ("epoch-ms", b"2019-01-31", "date"),
        ("epoch-ms", b"1585603112", "date_range"),
        ("epoch-s", b"1585603112874", "date_range"),
        ("epoch-s", b"-5", "date"),
        ("epoch-s", b"9" * 40, "date_range"),
        ("d/m/y", b"1/31/2019", "date"),
        ("m/d/y", b"31/1/2019", "date"),
        ("d/m/y", b"29/2/2019", "date"),
        ("d/m/y", b"1.2.2019", "date"),
        ("d/m/y", b"1/2/19", "date"),
        ("d/m/y", b"1/2/2019 25:00", "date"),
        ("m/d/y", b"1/2/2019 13:00 PM", "date"),
        ("m/d/y", b"1/2/2019 0:30 AM", "date"),
        ("d.m.y", b"01.02.1901", "date_range"),
        ("y/m/d", b"", "missing"),
        ("y/m/d", b"null", "missing"),
        ("d/m/y", "١/٢/٢٠١٩".encode(), "date"),
        ("d/m/y", b"1/2/2019\xff", "date"),
    ],
)
def test_what_a_form_refuses(form: str, raw: bytes, reason: str) -> None:
    assert read(form, raw) == reason


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reads_the_example_that_it_is_explained_with(form: str) -> None:
    example = {"auto": "2019-01-31", "epoch-ms": "1548892800000", "epoch-s": "1548892800"}.get(form)
    example = example or FORMS[form].split(",")[0]
    assert read(form, example.encode()) == "2019-01-31T00:00:00+00:00"
