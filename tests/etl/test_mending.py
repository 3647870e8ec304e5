"""A download of rejects is a file to load: what comes out goes in again as it was, and starts no formula."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.encode import Rows
from etl.formats import understand
from etl.guard import bare, guard
from etl.mending import COLUMNS, MendingTable
from etl.opening import Opening
from etl.read import FileReading
from etl.records import Cut, cut, unquoted
from etl.rejects import Reject
from etl.seen import Seen
from tests.etl.oddities import DIRT
from tests.examples import tried
from tests.jobs.delivery import HEADERS

HEADER = ("Review ID", "id", "url", "extra")
# fmt: off
ODD = [
    b"=1+1", b"'=1+1", b"''-3", b"'", b"@x", b"+1", b"-", b"\tx", b'"', b"'\"", b"1,2",
    b"a\r\nb", b"\xe9", b"\x00", b"",
]
# fmt: on
VALUES = st.binary(max_size=12) | st.sampled_from(ODD)


def rejects_of(data: bytes) -> tuple[MendingTable, list[Reject], Rows]:
    """Read a file of photos: what its download is made by, what was refused, what was taken."""
    kind, stop, fields = cut(data, 0, final=True)
    assert kind is Cut.RECORD
    understood = understand([unquoted(field).decode() for field in fields], "any.csv")
    reading, rows = FileReading(Opening(understood, stop, 2, 0, 0), 7, Seen()), Rows()
    refused = reading.read(data, rows, final=True)
    assert reading.tally.accounts
    return MendingTable({"understood": understood.told()}), refused, rows


def download(table: MendingTable, refused: list[Reject]) -> bytes:
    rows = (
        {
            "id": number,
            "raw": each.raw,
            "byte_length": each.length,
            "byte_offset": each.offset,
            "line": each.line,
            "reasons": each.why.reasons,
            "columns": each.why.columns,
        }
        for number, each in enumerate(refused, 1)
    )
    return table.header() + b"".join(map(table.row, rows))


def parsed(data: bytes) -> list[list[bytes]]:
    lines, at = [], 0
    while at < len(data):
        kind, at, fields = cut(data, at, final=True)
        assert kind is Cut.RECORD
        lines.append([unquoted(field) for field in fields])
    return lines


def line(values: tuple[bytes, ...]) -> bytes:
    return b",".join(b'"' + value.replace(b'"', b'""') + b'"' for value in values) + b"\n"


@given(VALUES)
def test_the_guard_is_taken_away_again(value: bytes) -> None:
    assert bare(guard(value)) == value
    assert not guard(value).startswith((b"=", b"+", b"-", b"@", b"\t", b"\r"))


@tried(300)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES) | st.sampled_from(DIRT), max_size=12))
def test_reject_to_csv_and_back_changes_no_value(records: list[Any]) -> None:
    lines = [each if isinstance(each, bytes) else line(each) for each in records]
    table, refused, _ = rejects_of(line(tuple(name.encode() for name in HEADER)) + b"".join(lines))
    text = download(table, refused)
    header, *told = parsed(text)
    assert header == [name.encode() for name in (*HEADER, *COLUMNS)]
    for each, values in zip(refused, told, strict=True):
        kind, _, fields = cut(each.raw, 0, final=True)
        original = [unquoted(field) for field in fields]
        if kind is Cut.RECORD and len(original) == 4:
            assert [bare(value) for value in values[:4]] == original
            assert values[-1] == b""
        else:
            assert bare(values[-1]) == each.raw
    # Loaded as it is, it is refused for the same reasons, and downloads as the same values once more.
    again, refused_again, _ = rejects_of(text)
    whole = [each for each in refused if each.why.reasons[0] not in ("struct", "fields")]
    found = [each for each, values in zip(refused_again, told, strict=False) if not values[-1]]
    if len(whole) == len(refused):
        assert [each.why[:2] for each in found] == [each.why[:2] for each in whole]
        twice = parsed(download(again, refused_again))
        assert [values[:4] for values in twice] == [values[:4] for values in (header, *told)]


def test_mended_it_loads_by_its_header_without_a_word_of_unknown_columns() -> None:
    table, refused, _ = rejects_of(line(tuple(name.encode() for name in HEADER)) + b'"5","1","ftp://x","=no"\n')
    text = download(table, refused).replace(b"ftp://x", b"https://a.example/x")
    _, still, rows = rejects_of(text)
    assert still == []
    assert b"https://a.example/x" in bytes(rows.written())
    understood = understand([field.decode() for field in parsed(text)[0]], "fixed.csv")
    assert (understood.format.name, understood.unknown, understood.mended) == ("photos", ("extra",), True)


def test_a_text_that_was_guarded_is_loaded_as_it_was() -> None:
    order = HEADERS["reviews.csv"].encode() + b"\n"
    table, refused, _ = rejects_of(order + b"1,1,9,2019-01-01,-dash,'=quoted,true,false,@ana,a@b.example,null,0\n")
    _, still, rows = rejects_of(download(table, refused).replace(b'"9"', b'"4"'))
    assert still == []
    for text in (b"\x05-dash", b"\x08'=quoted", b"\x04@ana"):
        assert text in bytes(rows.written())


@pytest.mark.parametrize(
    ("raw", "length", "values"),
    [
        (b"1,2\n", 4, [b"1", b"2", b"", b""]),
        (b"1,2,3,4,5\n", 10, [b"1", b"2", b"3", b"4"]),
        (b'1,2,"open\nand on', 16, [b"1", b"2", b"", b""]),
        (b'1,2,"a" b,4\n', 12, [b"1", b"2", b"a", b""]),
        (b'1,2,"the first of mu', 90_000, [b"1", b"2", b"", b""]),
        (b"1,2,the first of mu", 90_000, [b"1", b"2", b"", b""]),
    ],
)
def test_of_a_record_that_is_none_what_could_be_cut(raw: bytes, length: int, values: list[bytes]) -> None:
    table = MendingTable({"understood": {"header": list(HEADER)}})
    told = {"id": 1, "raw": raw, "byte_length": length, "byte_offset": 5, "line": 2}
    told |= {"reasons": ["struct"], "columns": [""]}
    (cells,) = parsed(table.row(told))
    assert cells == [*values, b"1", b"struct", b"2", b"5", str(length).encode(), raw]


def test_other_separators_and_files_from_before_columns_were_kept() -> None:
    table = MendingTable({"understood": {"separator": ";", "header": ["ID", "reviewId", "URL"]}})
    assert table.header().startswith(b'"ID";"reviewId";"URL";"atelier_reject";')
    told = {"id": 1, "raw": b"1,2\n", "byte_length": 4, "byte_offset": 5, "line": 2, "reasons": ["x"], "columns": [""]}
    assert parsed(MendingTable({"understood": {}}).row(told)) == [[b"1", b"x", b"2", b"5", b"4", b"1,2\n"]]
