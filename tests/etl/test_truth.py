"""Dirt planted at random: reading finds every planted record where it stands, for its reasons, and no other."""

import struct
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.encode import Rows
from etl.formats import FORMATS
from etl.opening import open_file
from etl.read import FileReading
from etl.records import KEPT_BYTES
from etl.rejects import Reject
from etl.sample.faults import FAULTS
from etl.sample.truth import BLANK, DUPLICATE, STRUCT, FileTruth, Ledger, Outcome
from etl.sample.values import COLUMNS, VALUES
from etl.seen import Seen
from etl.sources import Object
from etl.steps import STEPS
from etl.tally import Tally
from tests.etl import mixtures
from tests.etl.mixtures import ENDS, Frame, Row
from tests.examples import tried

NAMES = {each.name: f"{each.name}.csv" for each in FORMATS}
REPAIRS = {step.name for step in STEPS if step.does in ("repair", "warn")}
PLACE = struct.Struct(">hi i iq ii ii".replace(" ", ""))  # columns, then file, offset, line, length behind their sizes


class OneFile:
    """A source of one file that is in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def blocks(self, _each: Object, _block: int = 0) -> list[bytes]:
        return [self._data]


@st.composite
def frames(draw: st.DrawFn, fmt: str) -> Frame:
    more = draw(st.sampled_from([(), (), ("note",), ("note", "other")]))
    order = (*COLUMNS[fmt], *more)
    return Frame(
        order=tuple(draw(st.permutations(order) | st.just(order))),
        case=draw(st.integers(0, 3)),
        mark=draw(st.booleans()),
        blank_before=draw(st.integers(0, 2)),
        end=draw(st.sampled_from(ENDS)),
    )


@st.composite
def rows(draw: st.DrawFn, fmt: str) -> list[Row]:
    numbers = draw(st.lists(st.integers(1, 900), unique=True, max_size=25))
    dirt = st.one_of(
        st.just((-1, ())),
        st.tuples(st.integers(0, len(FAULTS[fmt]) - 1), st.just(())),
        st.tuples(st.just(-1), st.lists(st.integers(0, len(VALUES[fmt]) - 1), min_size=1, max_size=4).map(tuple)),
    )
    return [Row(number, *draw(dirt), draw(st.booleans())) for number in numbers]


def read(name: str, data: bytes, block: int, *, plain: bool) -> tuple[list[Reject], Tally, list[tuple[int, int, int]]]:
    """What was refused, the account, and the places of the rows that were taken."""
    opening = open_file(OneFile(data), Object(name, None, len(data), None))  # type: ignore[arg-type]
    # A handful of odd fields may well look like a file in another encoding: here each is one of its own.
    opening = replace(opening, understood=replace(opening.understood, encoding="utf-8"))
    reading, rows = FileReading(opening, 7, Seen(), plain=plain), Rows()
    refused: list[Reject] = []
    places: list[tuple[int, int, int]] = []
    for part in [*(data[at : at + block] for at in range(0, len(data), block)), b""]:
        rows.clear()
        refused += reading.read(part, rows, final=not part)
        places += places_of(bytes(rows.written()))
    return refused, reading.tally, places


def places_of(data: bytes) -> list[tuple[int, int, int]]:
    """Offset, length and line of each row that is written in COPY's binary form."""
    found, at = [], 0
    while at < len(data):
        columns, *_, offset, _, line, _, length = PLACE.unpack_from(data, at)
        found.append((offset, length, line))
        at += 2
        for _ in range(columns):
            (size,) = struct.unpack_from(">i", data, at)
            at += 4 + max(0, size)
    return found


def assert_true(name: str, data: bytes, truth: FileTruth, block: int, *, plain: bool) -> None:
    refused, tally, places = read(name, data, block, plain=plain)
    expected = [
        (each.offset, each.length, each.line, each.fate.reasons, each.fate.columns,
         data[each.offset : each.offset + min(each.length, KEPT_BYTES)])
        for each in truth.rejects
    ]  # fmt: skip
    found = [
        (each.offset, each.length, each.line, tuple(each.why.reasons), tuple(each.why.columns), each.raw[:KEPT_BYTES])
        for each in refused
    ]
    assert found == expected
    taken = [(each.offset, each.length, each.line) for each in truth.planted if each.fate.outcome is Outcome.TAKEN]
    # The passes write the rows of a step in different orders.
    assert sorted(places) == taken
    repairs = Counter({rule: count for rule, count in tally.repairs.items() if rule in REPAIRS})
    assert (tally.records, tally.duplicates, tally.rejected, tally.blank, tally.repaired, repairs) == (
        truth.records, truth.duplicates, truth.rejected.total(), truth.blank, truth.repaired_records, truth.repaired,
    )  # fmt: skip
    assert (tally.headers, tally.accounts) == (1, True)


@pytest.mark.parametrize("fmt", COLUMNS)
@tried(120)
@given(st.data(), st.randoms(use_true_random=False))
def test_a_random_mixture_is_told_row_by_row(fmt: str, data: st.DataObject, random: Random) -> None:
    frame = data.draw(frames(fmt))
    file, truth = mixtures.write(fmt, frame, data.draw(rows(fmt)), random)
    assert_true(NAMES[fmt], file, truth, 1 << 20, plain=True)
    assert_true(NAMES[fmt], file, truth, data.draw(st.integers(20, 400)), plain=True)


@pytest.mark.parametrize("fmt", COLUMNS)
@pytest.mark.usefixtures("machine_code")
@tried(120)
@given(st.data(), st.randoms(use_true_random=False))
def test_the_compiled_pass_tells_the_same(fmt: str, data: st.DataObject, random: Random) -> None:
    frame = data.draw(frames(fmt))
    file, truth = mixtures.write(fmt, frame, data.draw(rows(fmt)), random)
    assert_true(NAMES[fmt], file, truth, data.draw(st.integers(100, 4_000)), plain=False)


@pytest.mark.parametrize("fmt", COLUMNS)
def test_every_value_and_every_fault_alone(fmt: str) -> None:
    frame, random = Frame(COLUMNS[fmt]), Random(1)
    singles = [Row(5, values=(at,)) for at in range(len(VALUES[fmt]))]
    singles += [Row(5, fault=at) for at in range(len(FAULTS[fmt]))]
    for row in singles:
        file, truth = mixtures.write(fmt, frame, [Row(4), row, Row(6)], random)
        assert_true(NAMES[fmt], file, truth, 1 << 20, plain=True)


def test_a_fault_takes_with_it_what_is_no_whole_record() -> None:
    out, truth = bytearray(), FileTruth()
    ledger = Ledger(truth, out.extend)
    ledger.head(b"id\n")
    ledger.rows(b"1\n2\n", 2)
    assert not ledger.plant([(b'"a\n', STRUCT), (b"\n", BLANK)])
    assert not ledger.plant([(b"7\n", DUPLICATE)])
    places = [(each.offset, each.length, each.line, each.fate) for each in truth.planted]
    assert places == [(7, 4, 4, STRUCT), (11, 2, 6, DUPLICATE)]
    assert (truth.records, truth.blank, truth.duplicates, truth.rejected) == (4, 0, 1, Counter(struct=1))
    assert truth.planted[-1:] == [truth.planted[1]]
    assert [each.fate for each in truth.rejects] == [STRUCT]
