"""Records are cut strictly, every byte is accounted for, and the way is found back after a fault."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import records
from etl.records import Cut, Cutter, Fault, Record, cut, unquoted
from tests.examples import tried

COLUMNS = 3


def cut_all(data: bytes, block: int = 1 << 20, columns: int = COLUMNS) -> tuple[list[Record | Fault], Cutter]:
    cutter = Cutter(columns, keys=(0,))
    pieces = [piece for start in range(0, len(data), block) for piece in cutter.feed(data[start : start + block])]
    return pieces + list(cutter.feed(b"", final=True)), cutter


def told(data: bytes, block: int = 1 << 20) -> tuple[list[tuple[object, ...]], int, int]:
    """Everything a reading says, so that two readings can be compared."""
    pieces, cutter = cut_all(data, block)
    return (
        [
            (
                piece.offset,
                piece.length,
                piece.line,
                piece.raw,
                piece.fields if isinstance(piece, Record) else piece.reason,
            )
            for piece in pieces
        ],
        cutter.blank,
        cutter.blank_bytes,
    )


def fields_of(data: bytes) -> list[list[bytes]]:
    return [[unquoted(field) for field in piece.fields] for piece in cut_all(data)[0] if isinstance(piece, Record)]


def faults_of(data: bytes) -> list[tuple[str, bytes]]:
    return [(piece.reason, piece.raw) for piece in cut_all(data)[0] if isinstance(piece, Fault)]


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"1,a,b\n", [[b"1", b"a", b"b"]]),
        (b"1,a,b", [[b"1", b"a", b"b"]]),
        (b"1,a,b\r\n2,c,d\r\n", [[b"1", b"a", b"b"], [b"2", b"c", b"d"]]),
        (b'1,"a,b","c ""d"""\n', [[b"1", b"a,b", b'c "d"']]),
        (b'1,"a\nb","c\r\nd"\n', [[b"1", b"a\nb", b"c\r\nd"]]),
        (b"1,,\n", [[b"1", b"", b""]]),
        (b'1,"",""', [[b"1", b"", b""]]),
        (b"1,a\rb,c\n", [[b"1", b"a\rb", b"c"]]),
    ],
)
def test_well_formed_records(data: bytes, fields: list[list[bytes]]) -> None:
    assert fields_of(data) == fields
    assert faults_of(data) == []


@pytest.mark.parametrize("data", [b"1,a\n", b"1,a,b,c\n", b'1,"a"\n'])
def test_a_wrong_count_is_one_fault_and_reading_goes_on(data: bytes) -> None:
    assert faults_of(data + b"2,c,d\n") == [("fields", data)]
    assert fields_of(data + b"2,c,d\n") == [[b"2", b"c", b"d"]]


@pytest.mark.parametrize(
    "fault",
    [
        b'1,"a,b\n',  # a quote that is never closed
        b'1,"a "nice" one",b\n',  # quotes within a quoted field
        b'1,a "nice" one,b\n',  # a quote within an unquoted field
        b'1,"a" ,b\n',  # something between the closing quote and the comma
        b'1,"a\nstill a,b\n',  # an unclosed quote over two lines
    ],
)
def test_a_structural_fault_ends_where_a_whole_record_begins(fault: bytes) -> None:
    after = b'2,"c\nof two lines",d\n3,e,f\n'
    assert faults_of(b"0,x,y\n" + fault + after) == [("struct", fault)]
    assert fields_of(b"0,x,y\n" + fault + after)[1:] == [[b"2", b"c\nof two lines", b"d"], [b"3", b"e", b"f"]]


def test_a_line_that_alone_looks_whole_without_an_integer_key_is_not_where_reading_goes_on() -> None:
    fault = b'1,"a\nhe said, she said, b\n'
    assert faults_of(fault + b"2,c,d\n") == [("struct", fault)]


def test_a_file_that_ends_within_a_quote_loses_only_its_last_record() -> None:
    data = b'1,a,b\n2,"c'
    assert fields_of(data) == [[b"1", b"a", b"b"]]
    assert faults_of(data) == [("struct", b'2,"c')]


def test_an_unclosed_quote_that_swallows_the_rest_gives_the_rest_back() -> None:
    rest = b"".join(b"%d,c,d\n" % number for number in range(2, 2000))
    assert faults_of(b'1,"a,b\n' + rest) == [("struct", b'1,"a,b\n')]
    assert len(fields_of(b'1,"a,b\n' + rest)) == 1998


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"  \t\n", b",,\n", b",,\r\n", b", ,,,,\r\n"])
def test_blank_lines_are_counted_and_are_no_records(blank: bytes) -> None:
    pieces, cutter = cut_all(b"1,a,b\n" + blank + blank + b"2,c,d\n")
    assert [piece.line for piece in pieces] == [1, 4]
    assert (cutter.blank, cutter.blank_bytes) == (2, 2 * len(blank))


def test_a_blank_end_without_a_line_end_is_blank() -> None:
    pieces, cutter = cut_all(b"1,a,b\n,,")
    assert (len(pieces), cutter.blank, cutter.blank_bytes) == (1, 1, 2)


def test_lines_and_offsets_are_physical() -> None:
    data = b'1,"a\nb",c\n2,d\n3,"e,f\n4,g,h\n'
    pieces, _ = cut_all(data)
    assert [(piece.line, piece.offset, piece.length) for piece in pieces] == [
        (1, 0, 10),
        (3, 10, 4),
        (4, 14, 7),
        (5, 21, 6),
    ]
    assert all(data[piece.offset : piece.offset + piece.length] == piece.raw for piece in pieces)


def test_a_record_longer_than_the_limit_is_a_fault_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 100)
    data = b'1,"' + b"a" * 90 + b'",b\n2,"' + b"a" * 98 + b'",b\n3,c,d\n'
    assert [reason for reason, _ in faults_of(data)] == ["struct"]
    assert all(told(data, block) == told(data) for block in (1, 7, 64, 101))


def test_a_huge_unclosed_quote_costs_bounded_memory_and_keeps_the_first_64_kb() -> None:
    line = b"words without a quote and without an end, and again\n"
    cutter = Cutter(COLUMNS, keys=(0,))
    assert not list(cutter.feed(b'1,"' + line))
    held = 0
    for _ in range(200):
        assert not list(cutter.feed(line * 1000))
        held = max(held, len(cutter._carry))
    found = [*cutter.feed(b"2,c,d\n"), *cutter.feed(b"", final=True)]
    assert held < 2 << 20
    fault, record = found
    assert isinstance(fault, Fault)
    assert (fault.length, len(fault.raw)) == (3 + 200_001 * len(line), records.KEPT_BYTES)
    assert record.line == 200_002


def test_a_cut_that_needs_more_says_so() -> None:
    assert cut(b'1,"a', 0, final=False)[0] is Cut.MORE
    assert cut(b'1,"a"', 0, final=False)[0] is Cut.MORE
    assert cut(b'1,"a"\r', 0, final=False)[0] is Cut.MORE
    assert cut(b'1,"a"\r', 0, final=True)[0] is Cut.RECORD
    assert cut(b'1,"a"x', 0, final=False)[0] is Cut.MALFORMED


PIECES = st.sampled_from(
    [
        b"1",
        b"22",
        b",",
        b",",
        b'"',
        b'"',
        b'""',
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"a",
        b"1,a,b\n",
        b'2,"x\ny","z"\r\n',
        b",,\n",
    ]
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)


@tried(400)
@given(STREAMS, st.integers(1, 20))
def test_the_blocks_change_nothing(data: bytes, block: int) -> None:
    assert told(data, block) == told(data)


@tried(400)
@given(STREAMS)
def test_every_byte_is_accounted_for_once(data: bytes) -> None:
    pieces, cutter = cut_all(data)
    assert sum(piece.length for piece in pieces) + cutter.blank_bytes == len(data)
    ends = [piece.offset + piece.length for piece in pieces]
    assert all(piece.offset >= end for piece, end in zip(pieces[1:], ends, strict=False))
    assert all(data[piece.offset : piece.offset + piece.length] == piece.raw for piece in pieces)
    assert all(piece.line == 1 + data.count(b"\n", 0, piece.offset) for piece in pieces)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@tried(200)
@given(st.lists(st.tuples(st.integers(1, 9), TEXTS, TEXTS), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_csv_writes_is_read_back(rows: list[tuple[int, str, str]], end: str) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(rows)
    data = out.getvalue().encode()
    assert [[field.decode() for field in fields] for fields in fields_of(data)] == [
        [str(number), first, second] for number, first, second in rows
    ]
    assert faults_of(data) == []
