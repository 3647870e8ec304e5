"""How a file's bytes are written is found out: encoding, separator, quotes; and said before anything is written."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import dialect
from etl.formats import PHOTOS, REVIEWS, NotUnderstoodError
from etl.records import SEPARATORS, Cutter, Fault, Record, unquoted
from tests.etl.places import cleaned, opened, read_whole
from tests.examples import tried

HEADER = list(REVIEWS.column_names)
NAME, BODY = HEADER.index("reviewer_name"), HEADER.index("body")
SEPARATORS_AS_TEXT = [chr(byte) for byte in SEPARATORS]


def delivery(separator: str = ",", bodies: tuple[str, ...] = ("Warm", "Fine"), end: str = "\r\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(HEADER)
    for number, body in enumerate(bodies, 1):
        writer.writerow([number, 1, 4, "2019-01-31", "Title", body, "true", "false", "Ana", "a@b.org", "null", 3])
    return out.getvalue()


@pytest.mark.parametrize("separator", SEPARATORS_AS_TEXT)
@pytest.mark.parametrize("quoted", [False, True])
def test_every_separator_is_read_and_said(tmp_path: Path, separator: str, quoted: bool) -> None:
    text = delivery(separator, ('One, two; three\tfour|five and "six"', "two\r\nlines"))
    if quoted:
        text = text.replace(separator.join(HEADER), separator.join(f'"{name}"' for name in HEADER))
    data = text.encode()
    opening = opened(tmp_path, data)
    assert (opening.understood.told()["separator"], opening.understood.told()["quotes"]) == (separator, '"')
    assert [row[BODY] for row in cleaned(opening, data)] == ['One, two; three\tfour|five and "six"', "two\r\nlines"]
    tally, refused = read_whole(opening, data)
    assert (tally.accounts, tally.records, tally.headers, refused) == (True, 2, 1, [])


FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@tried(300)
@given(
    st.sampled_from(SEPARATORS_AS_TEXT),
    st.lists(st.tuples(st.integers(1, 9), FIELDS, FIELDS), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 60),
)
def test_what_csv_writes_with_any_separator_is_read_back(
    separator: str, rows: list[tuple[int, str, str]], end: str, block: int
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(rows)
    data = out.getvalue().encode()
    found: list[Record | Fault] = []
    cutter = Cutter(3, (0,), separator=ord(separator))
    for at in range(0, len(data), block):
        found += cutter.feed(data[at : at + block])
    found += cutter.feed(b"", final=True)
    assert all(isinstance(each, Record) for each in found)
    fields = [[unquoted(field).decode() for field in each.fields] for each in found if isinstance(each, Record)]
    assert fields == [[str(number), first, second] for number, first, second in rows]
    assert sum(each.length for each in found) == len(data)


@pytest.mark.parametrize("separator", SEPARATORS_AS_TEXT)
def test_rows_of_nothing_but_separators_are_blank(tmp_path: Path, separator: str) -> None:
    data = (delivery(separator) + separator * 11 + "\r\n \r\n").encode()
    tally, refused = read_whole(opened(tmp_path, data), data)
    assert (tally.blank, tally.blank_bytes, tally.records, tally.accounts) == (2, 16, 2, True)
    assert refused == []


def test_a_fault_costs_its_own_record_whatever_the_separator(tmp_path: Path) -> None:
    data = delivery(";", ("Warm", "Fine", "Good")).encode().replace(b";Fine;", b';"Fine;')
    tally, refused = read_whole(opened(tmp_path, data), data)
    assert [reject.why.reasons for reject in refused] == [("struct",)]
    assert (tally.records, tally.accounts) == (3, True)


def test_a_header_that_is_written_otherwise_than_its_records_is_refused(tmp_path: Path) -> None:
    data = delivery(";").encode().replace(";".join(HEADER).encode(), ",".join(HEADER).encode())
    with pytest.raises(NotUnderstoodError, match="separated by commas, its records by semicolons: make them the same"):
        opened(tmp_path, data)


def test_a_file_of_faults_is_still_read_by_its_header(tmp_path: Path) -> None:
    data = (delivery().splitlines()[0] + "\n1,2\n3\n").encode()
    assert opened(tmp_path, data).understood.usual


def test_missing_columns_are_named_for_the_separator_that_finds_the_most(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstoodError, match="lacks the columns rating \\(nearest: ratng\\)"):
        opened(tmp_path, delivery(";").replace("rating", "ratng").encode())


def test_utf_16_is_refused_with_its_mend(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstoodError, match="save it as UTF-8"):
        opened(tmp_path, delivery().encode("utf-16"))


WORDS = ("École privée", "très doux", "café crème", "Zoë mag ihn", "Größe passt", "naïve idée", "Ça va", "l’été")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("cp1252", "Windows-1252 (Latin-1)"),
        ("mac_roman", "Mac-Roman"),
        ("latin-1", "Windows-1252 (Latin-1)"),
    ],
)
def test_every_encoding_is_read_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    words = WORDS[:-1] if encoding == "latin-1" else WORDS  # whose apostrophe Latin-1 has not
    data = delivery(bodies=words).encode(encoding)
    opening = opened(tmp_path, data)
    assert opening.understood.told()["encoding"] == said
    assert [row[BODY] for row in cleaned(opening, data)] == list(words)
    tally, _ = read_whole(opening, data)
    assert tally.accounts
    assert tally.repairs["encoding"] == 0, "it is how the file is read, and no repair"


def test_a_field_that_alone_nobody_could_read_is_right_in_a_file_that_is_known(tmp_path: Path) -> None:
    data = delivery(bodies=("École",)).encode("cp1252")
    assert cleaned(opened(tmp_path, data), data) == [["encoding"]]
    data = delivery(bodies=("École", "très doux", "café crème", "idée")).encode("cp1252")
    assert cleaned(opened(tmp_path, data), data)[0][BODY] == "École"


def test_odd_fields_in_a_file_of_utf_8_are_repaired_one_by_one(tmp_path: Path) -> None:
    data = delivery(bodies=("Zoë",) * 30).encode() + delivery(bodies=("café",)).encode("cp1252").split(b"\r\n", 1)[1]
    opening = opened(tmp_path, data.replace(b"\n1,1", b"\n99,1", 1))
    assert opening.understood.told()["encoding"] == "UTF-8"
    assert cleaned(opening, data)[-1][BODY] == "café"


@pytest.mark.parametrize(
    "bodies",
    [
        [b"caf\xe9", b"tr\xe8s", b"id\xe9e", b"caf\x8e", b"tr\x8fs", b"id\x8ee"],  # as many of one as of the other
        [b"caf\xe9"],  # one is not enough
        [b"caf\xe9", b"tr\xe8s", b"id\xe9e", "Zoë".encode(), "Renée".encode()],  # mixed
        [b"\xff\xfe\x81"] * 9,  # nothing at all
    ],
)
def test_what_cannot_be_decided_stays_utf_8(bodies: list[bytes]) -> None:
    assert dialect.encoding_of(b"\n".join(bodies) + b"\n") == "utf-8"


def test_bytes_that_the_files_encoding_does_not_have_are_read_as_in_any_other(tmp_path: Path) -> None:
    data = delivery(bodies=("très doux",) * 30 + ("{}", "#")).encode("cp1252")
    data = data.replace(b"{}", "“so”".encode()).replace(b"#", b"\x81\xff\xfe")
    opening = opened(tmp_path, data)
    assert opening.understood.encoding == "cp1252"
    # The closing quotation mark has a byte that Windows-1252 has not: the field is UTF-8.
    assert [row[BODY] if len(row) > 1 else row for row in cleaned(opening, data)[30:]] == ["“so”", ["encoding"]]


ACCENTED = st.lists(
    st.text(st.sampled_from("abcdefgéèüöàçñ"), min_size=2, max_size=8).filter(lambda word: not word.isascii()),
    min_size=12,
    max_size=30,
)


@tried(60)
@given(ACCENTED, st.sampled_from(["utf-8", "cp1252", "mac_roman"]))
def test_an_encoding_is_never_taken_for_another(tmp_path: Path, words: list[str], encoding: str) -> None:
    data = delivery(bodies=tuple(words)).encode(encoding)
    opening = opened(tmp_path, data)
    if opening.understood.encoding == "utf-8" != encoding:
        return  # words like `über`, and not one that only one encoding makes
    assert opening.understood.encoding == encoding
    assert [row[BODY] for row in cleaned(opening, data)] == words


def test_names_of_columns_are_read_in_the_files_encoding(tmp_path: Path) -> None:
    header = ",".join([*PHOTOS.column_names, "Größe"])
    opening = opened(tmp_path, f"{header}\n1,1,https://a.example/1,x\n".encode("cp1252"), "anything.csv")
    assert opening.understood.unknown == ("Größe",)


@pytest.mark.parametrize(("end", "encoding"), [(b"", "utf-8"), (b",", "cp1252"), (b"\n", "cp1252")])
def test_what_may_be_cut_off_at_the_end_of_a_sample_says_nothing(end: bytes, encoding: str) -> None:
    words = ["Größe"] * dialect.FEWEST
    assert dialect.encoding_of(",\n".join(words).encode("cp1252") + end) == encoding
