"""The compiled pass and the plain one are the same: rows to the byte, rejects, repairs, and every byte's account."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import records
from etl.compiled import ready
from etl.compiled.ahead import Ahead
from etl.encode import Rows
from etl.formats import FORMATS, Format, Understood, placed, understand
from etl.layout import copied
from etl.opening import Opening
from etl.read import FileReading
from etl.records import COMMA, SEPARATORS, unquoted
from etl.rejects import Reject
from etl.repair import mojibake
from etl.sample import dirt, prose
from etl.sample.kinds import KINDS
from etl.seen import Seen
from etl.steps import Notes, Refused
from etl.tally import Tally
from tests.etl.oddities import BOOLEANS, DATES, DIRT, EMAILS, LONG, NAMES, NUMBERS, PRICES, SHORT_TEXTS, URLS
from tests.examples import tried

pytestmark = pytest.mark.usefixtures("machine_code")
BIG = 1 << 20
HEADER = b"head\n"

POOLS: dict[str, list[bytes]] = {
    "date": DATES,
    "recommend": BOOLEANS,
    "reported": BOOLEANS,
    "default_price": PRICES,
    "sale_price": PRICES,
    "original_price": PRICES,
    "default_style": BOOLEANS,
    "thumbnail_url": URLS,
    "url": URLS,
    "reviewer_email": EMAILS,
}
TEXTS = (
    "name", "slogan", "description", "category", "summary", "body", "reviewer_name", "response", "feature", "size",
)  # fmt: skip
GOOD = {
    "date": b"1585603112874",
    "recommend": b"true",
    "reported": b"false",
    "default_price": b"12.50",
    "sale_price": b"null",
    "original_price": b"12.50",
    "default_style": b"1",
    "thumbnail_url": b'"https://a.example/1-small"',
    "url": b'"https://a.example/1"',
    "reviewer_email": b'"ana@example.org"',
    "name": b'"Fit"',
}


def pool_of(fmt: Format, name: str) -> list[bytes]:
    if fmt.name == "characteristics" and name == "name":
        return NAMES
    if fmt.name == "features" and name == "value":
        return [*SHORT_TEXTS, *LONG]
    return [*SHORT_TEXTS, *LONG] if name in TEXTS else POOLS.get(name, NUMBERS)


def good_of(name: str) -> bytes:
    return GOOD.get(name, b'"Warm, and quiet."' if name in TEXTS else b"3")


def constants_of(fmt: Format) -> dict[str, list[bytes]]:
    """What a mapping may say instead of a column: values as they should be."""
    found = {}
    for column in fmt.columns[1:]:
        found[column.name] = [good_of(column.name)]
        for raw in pool_of(fmt, column.name):
            notes = Notes()
            with suppress(Refused):
                column.rule(unquoted(raw), notes)
                found[column.name] += [] if notes else [raw]
    return found


CONSTANTS = {fmt.name: constants_of(fmt) for fmt in FORMATS}


def understood_of(
    fmt: Format, order: tuple[str, ...], separator: int = COMMA, constants: dict[str, bytes] | None = None
) -> Understood:
    """How a file is read that has these columns, this separator, and constants for what it lacks."""
    wanted = {name: name for name in fmt.column_names if name not in (constants or {})}
    return replace(placed(fmt, order, wanted), separator=separator, constants=constants or {})


@st.composite
def records_of(draw: st.DrawFn, order: tuple[str, ...], fmt: Format, separator: bytes) -> bytes:
    """One row: mostly good, ids mostly new, with a few fields from anywhere."""
    fields = {name: good_of(name) for name in order}
    fields["id"] = str(draw(st.integers(1, 40))).encode()
    for name in draw(st.lists(st.sampled_from(order), max_size=3)):
        fields[name] = draw(
            st.sampled_from(pool_of(fmt, name)) | st.binary(max_size=9) | st.text(max_size=6).map(str.encode)
        )
    end = draw(st.sampled_from([b"\n", b"\n", b"\r\n", separator + b"more\n", b""]))
    return separator.join(fields.get(name, b"x") for name in order) + end


@st.composite
def files(draw: st.DrawFn) -> tuple[Understood, bytes]:
    fmt = draw(st.sampled_from(FORMATS))
    order = draw(st.permutations([*fmt.column_names, "unknown"]) | st.just(list(fmt.column_names)))
    separator = draw(st.just(COMMA) | st.sampled_from(SEPARATORS))
    lacking = draw(st.just([]) | st.lists(st.sampled_from(fmt.column_names[1:]), unique=True))
    constants = {name: draw(st.sampled_from(CONSTANTS[fmt.name][name])) for name in lacking}
    there = tuple(name for name in order if name not in constants)
    between = bytes((separator,))
    # Dirt with commas is dirt of another kind in a file that has other separators.
    dirt_of_it = [*DIRT, *(piece.replace(b",", between) for piece in DIRT), between * (len(there) - 1) + b"\n"]
    row = records_of(there, fmt, between)
    pieces = draw(st.lists(row | row | st.sampled_from(dirt_of_it), max_size=25))
    return understood_of(fmt, there, separator, constants), b"".join(pieces)


def read(
    told: Understood | tuple[str, ...], data: bytes, block: int, *, plain: bool
) -> tuple[list[bytes], list[Reject], Tally, bytes]:
    """What becomes of a file: its rows, its rejects, its account, the ids that were met."""
    seen = Seen()
    understood = told if isinstance(told, Understood) else understand(told, "any.csv")
    assert understood.usual
    reading = FileReading(Opening(understood, len(HEADER), 2, 0, 0), 7, seen, plain=plain)
    written, refused = bytearray(), []
    rows = Rows()
    for part, final in parts_of(HEADER + data, block):
        rows.clear()
        refused += reading.read(part, rows, final=final)
        written += rows.written()
    assert reading.tally.accounts
    # The two passes write the rows of a step in another order.
    return sorted(rows_of(bytes(written), understood.format)), refused, reading.tally, seen.bits[:128]


def rows_of(data: bytes, fmt: Format) -> Iterator[bytes]:
    """Each row in binary form."""
    columns, at = len(copied(fmt)), 0
    while at < len(data):
        start, at = at, at + 2
        for _ in range(columns):
            at += 4 + max(0, int.from_bytes(data[at : at + 4], "big", signed=True))
        yield data[start:at]


def parts_of(data: bytes, block: int) -> Iterator[tuple[bytes, bool]]:
    yield from ((data[at : at + block], False) for at in range(0, len(data), block))
    yield b"", True


@tried(1_500)
@given(files(), st.integers(1, 400))
def test_both_passes_say_the_same_whatever_the_file_and_its_blocks(file: tuple[Understood, bytes], block: int) -> None:
    understood, data = file
    expected = read(understood, data, BIG, plain=True)
    assert read(understood, data, BIG, plain=False) == expected
    assert read(understood, data, block, plain=False) == expected


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_every_value_of_every_column(fmt: Format) -> None:
    order = fmt.column_names
    for name in order:
        lines = []
        for number, value in enumerate(pool_of(fmt, name), 1):
            fields = {each: good_of(each) for each in order} | {"id": str(number).encode()} | {name: value}
            lines.append(b",".join(fields[each] for each in order) + b"\n")
        for line in lines:
            assert read(order, line, BIG, plain=False) == read(order, line, BIG, plain=True), line
        data = b"".join(lines)
        assert read(order, data, BIG, plain=False) == read(order, data, 50, plain=True)


@pytest.mark.parametrize("separator", SEPARATORS, ids=hex)
def test_a_row_of_separators_is_blank_to_both(separator: int) -> None:
    fmt, between = FORMATS[4], bytes((separator,))
    lines = between.join([b"1"] * 4) + b"\n" + between * 3 + b"\n" + between.join([b"2"] * 4) + b"\n"
    understood = understood_of(fmt, fmt.column_names, separator)
    expected = read(understood, lines, BIG, plain=True)
    assert (expected[2].records, expected[2].blank) == (2, 1)
    assert read(understood, lines, BIG, plain=False) == expected


def test_the_last_field_counts_once_beside_constants() -> None:
    order = ("id", "name")
    constants = {"slogan": b"", "description": b"", "category": b"x", "default_price": b"1"}
    understood = understood_of(FORMATS[0], order, constants=constants)
    for plain in (True, False):
        assert read(understood, b"1, a\n2,null\n", BIG, plain=plain)[2].forms == {"trim": 1, "null": 1}


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_every_constant_of_every_column(fmt: Format) -> None:
    for name, values in CONSTANTS[fmt.name].items():
        order = tuple(each for each in fmt.column_names if each != name)
        lines = b"".join(b",".join([str(number).encode(), *map(good_of, order[1:])]) + b"\n" for number in range(1, 4))
        for value in values:
            understood = understood_of(fmt, order, constants={name: value})
            assert read(understood, lines, BIG, plain=False) == read(understood, lines, BIG, plain=True), value


@tried(60)
@given(
    st.lists(st.integers(0, 2 * len(dirt.REVIEWS)), max_size=40),
    st.randoms(use_true_random=False),
    st.integers(20, 3_000),
)
def test_the_samples_dirt_in_any_mixture(kinds: list[int], random: Any, block: int) -> None:
    review = FORMATS[2]
    bank, data = prose.bank_of(KINDS[0]), b""
    for number, kind in enumerate(kinds, 1):
        body = prose.body(bank, 4, random.random, special=number % 3 == 0, foreign=number % 5 == 0).replace('"', '""')
        fields = [good_of(name).decode() for name in review.column_names]
        fields[0], fields[5] = str(number), f'"{body}"'
        line = (",".join(fields) + "\n").encode()
        parts = {name: field.encode() for name, field in zip(review.column_names, fields, strict=True)}
        data += b"".join(piece for piece, _ in dirt.plant_review(parts, kind)) if kind < len(dirt.REVIEWS) else line
    expected = read(review.column_names, data, BIG, plain=True)
    assert read(review.column_names, data, BIG, plain=False) == expected
    assert read(review.column_names, data, block, plain=False) == expected


@pytest.mark.parametrize("separator", SEPARATORS, ids=hex)
@pytest.mark.parametrize(
    "constants", [{}, {"date": b"2018-01-01", "rating": b"4", "response": b""}], ids=["", "constants"]
)
def test_spotless_rows_are_not_left_to_the_plain_pass(
    monkeypatch: pytest.MonkeyPatch, separator: int, constants: dict[str, bytes]
) -> None:
    review = FORMATS[2]
    order = tuple(name for name in review.column_names if name not in constants)
    lines = []
    texts = ('"Warm ""one"""', '"Zoë"', "null", '"two\nlines"', '"Café, très bien."', '"とても良い"')
    dates = (
        "1585603112874", "2019-01-31", "2019-01-31T12:34:56Z", "2019-01-31 12:34:56.789", "2019-01-31T23:59:59+05:30",
        "2020-01-01T00:30:00-08:00",
    )  # fmt: skip
    for number, (text, date) in enumerate(zip(texts, dates, strict=True), 1):
        values = {name: good_of(name).decode() for name in order}
        values |= {"id": str(number), "body": text, "summary": text, "date": date}
        lines.append((chr(separator).join(values[name] for name in order) + "\n").encode())
    monkeypatch.setattr(FileReading, "_take", lambda *_: pytest.fail("The plain pass was asked."))
    monkeypatch.setattr(Ahead, "_settle_row", lambda *_: pytest.fail("The rules were asked."))
    understood = understood_of(review, order, separator, constants)
    _, refused, tally, _ = read(understood, b"".join(lines), BIG, plain=False)
    assert (tally.records, tally.rejected, refused) == (6, 0, [])


def test_of_rows_of_one_id_the_first_stays_where_the_rules_settle_it_too() -> None:
    order = FORMATS[0].column_names
    lines = b'5,"a\x01",,,,\n5,"b",,,,\n6,"c\x01",,,,\n6,"d\x01",,,,\n7,"e",,,,\n7,"f\x01",,,,\n'
    rows, refused, tally, _ = read(order, lines, BIG, plain=False)
    assert (tally.records, tally.duplicates, tally.repaired, refused) == (6, 3, 2, [])
    assert sorted(rows) == sorted(read(order, lines, BIG, plain=True)[0])


@pytest.mark.parametrize("between", [b"x,2,3,4\n", b"1,2,3\n", b'1,2,3,"x\n', b'1, 2\t,3"",4\n', b"\n,,,\n"])
def test_behind_a_fault_reading_goes_on_where_a_whole_record_has_ids(between: bytes) -> None:
    """Whatever else stands there belongs to the fault."""
    order = FORMATS[4].column_names
    lines = b'1,2,"3"x,4\n' + between + b'5," 6\t",7,1\n8,9,10,2\n'
    expected = read(order, lines, BIG, plain=True)
    assert [each.line for each in expected[1]] == [2]
    assert read(order, lines, BIG, plain=False) == expected


def test_a_record_beyond_the_limit_is_a_fault_to_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 60)
    order = FORMATS[3].column_names
    lines = b"".join(b'%d,1,"https://a.example/%s"\n' % (n, b"x" * size) for n, size in enumerate(range(20, 45), 1))
    expected = read(order, lines, BIG, plain=True)
    assert 0 < expected[2].rejected < 25
    assert read(order, lines, BIG, plain=False) == expected


def test_rows_beyond_the_buffer_make_it_larger() -> None:
    order = FORMATS[4].column_names
    lines = b"".join(b"%d,1,1,1\n" % number for number in range(1, 40_000))
    expected = read(order, lines, 1 << 22, plain=True)
    assert sum(map(len, expected[0])) > 2 * BIG
    assert read(order, lines, 1 << 22, plain=False) == expected


def test_constants_beyond_the_buffer_make_it_larger() -> None:
    order = ("id", "name", "slogan", "category", "default_price")
    long = "Zoë, ".encode() * 20_000
    lines = b"".join(b'%d,,,,"%d"\n' % (number, number) for number in range(1, 60)) + b"60,caf\xe9,,,\n"
    understood = understood_of(FORMATS[0], order, constants={"description": b'"' + long + b'"'})
    expected = read(understood, lines, 1 << 22, plain=True)
    assert sum(map(len, expected[0])) > 6 * BIG
    assert read(understood, lines, 1 << 22, plain=False) == expected


LATIN = st.characters(min_codepoint=0xA0, max_codepoint=0x17F)


@tried(2_000)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("éèçåæãñØÐðÂÃ–…’€日😍Ωя\ufb01\uf8ff┬") | LATIN,
            st.sampled_from(["a", "b ", "t. ", "-", " x", " x "]),
        ),
        max_size=5,
    )
)
def test_what_the_pass_takes_was_never_misread(letters: list[tuple[str, str]]) -> None:
    """The plain pass is asked wherever ftfy might find something: here that is looked at with ftfy alone."""
    text = "".join(letter + behind for letter, behind in letters)
    order = FORMATS[0].column_names
    line = b'1,"' + text.encode() + b'",,,,\n'
    reading = FileReading(Opening(understand(order, "x"), 0, 1, 0, 0), 1, Seen())
    left: list[object] = []
    reading._take = lambda piece, rows: left.append(piece)  # type: ignore[method-assign]
    reading.read(b"", Rows())
    assert reading._ahead is not None
    settle_row = reading._ahead._settle_row

    def note(*row: Any) -> int:
        left.append(row)
        return settle_row(*row)

    reading._ahead._settle_row = note  # type: ignore[method-assign, assignment]
    reading.read(line, Rows())
    assert left or mojibake(text) is None


def test_without_numba_nothing_is_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(ready, "find_spec", lambda _name: None)
    assert ready.load(tmp_path) is None


def test_a_folder_that_cannot_be_written_leaves_files_to_the_plain_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "file"))
    assert ready.load(tmp_path) is None
    monkeypatch.setattr(ready, "_made", None)
    assert replace(Tally()) == Tally()
    assert ready.ahead(understand(FORMATS[0].column_names, "x"), 1, Seen()) is None
