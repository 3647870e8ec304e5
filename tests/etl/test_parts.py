"""Of the parts of one file often only the first has a header: the others are read by it, to the byte."""

from pathlib import Path

import pytest

from etl import mapping
from etl.formats import REVIEWS, NotOursError, NotUnderstoodError
from etl.parts import family
from tests.etl.places import cleaned, opener, read_whole
from tests.jobs.delivery import HEADERS, review

HEADER = HEADERS["reviews.csv"].encode() + b"\n"


def lines(*numbers: int) -> bytes:
    return "".join(f"{review(number)}\n" for number in numbers).encode()


@pytest.mark.parametrize(
    "name",
    [
        "reviews.csv",
        "reviews.part-000.csv",
        "reviews.part-017.csv.gz",
        "reviews-00001.csv.gz",
        "reviews_2.csv",
        "Reviews 3.CSV",
        "reviews.csv.001",
        "reviews.csv.part2",
        "reviews-1-of-12.csv",
        "reviews_part2.tsv",
    ],
)
def test_a_family_is_what_is_left_without_number_and_ending(name: str) -> None:
    assert family(name) == "reviews"


def test_families_are_kept_apart() -> None:
    names = ("reviews.csv", "reviews_photos.csv", "old/reviews.csv", "reviews_fr_1.csv")
    assert len({family(name) for name in names}) == 4
    spark = [f"reviews/part-{number:05}-0f8a9c1e-c000.csv" for number in (0, 17)]
    assert len({family(name) for name in spark}) == 1


def test_a_part_without_a_header_takes_its_siblings_and_says_so(tmp_path: Path) -> None:
    data = {"reviews.part-000.csv": HEADER + lines(1, 2), "reviews.part-001.csv": lines(3, 4)}
    opened, objects = opener(tmp_path, data)
    first, second = (opened.open(each) for each in objects.values())
    assert (first.headed, second.headed) == (True, False)
    assert "header_of" not in first.understood.told()
    assert second.understood.told()["header_of"] == "reviews.part-000.csv"
    assert (second.offset, second.line) == (0, 1)
    assert [row[0] for row in cleaned(second, data["reviews.part-001.csv"])] == [3, 4]


def test_every_byte_of_a_part_is_accounted_for(tmp_path: Path) -> None:
    part = b"\xef\xbb\xbf\r\n \n" + lines(3) + b"\n" + lines(4)
    opened, objects = opener(tmp_path, {"reviews.csv": HEADER + lines(1), "reviews_2.csv": part})
    tally, refused = read_whole(opened.open(objects["reviews_2.csv"]), part)
    assert (tally.headers, tally.header_bytes, tally.blank, tally.blank_bytes) == (0, 3, 3, 5)
    assert (tally.records, tally.accounts, refused) == (2, True, [])


def test_a_part_that_repeats_the_header_is_just_headed(tmp_path: Path) -> None:
    opened, objects = opener(tmp_path, {"reviews_1.csv": HEADER + lines(1), "reviews_2.csv": HEADER + lines(2)})
    assert all(opened.open(each).headed for each in objects.values())


def test_the_headed_one_need_not_be_the_first(tmp_path: Path) -> None:
    opened, objects = opener(tmp_path, {"reviews_1.csv": lines(1), "reviews_2.csv": HEADER + lines(2)})
    assert opened.open(objects["reviews_1.csv"]).understood.header_of == "reviews_2.csv"


def test_columns_stand_as_in_the_siblings_header(tmp_path: Path) -> None:
    opened, objects = opener(
        tmp_path, {"photos_1.csv": b"url;id;review_id\n", "photos_2.csv": b"https://a.example/1;7;3\n"}
    )
    opening = opened.open(objects["photos_2.csv"])
    assert cleaned(opening, b"https://a.example/1;7;3\n") == [[7, 3, "https://a.example/1"]]


@pytest.mark.parametrize("part", [b"1,2,3\n", b"a,b,c,d,e,f,g,h,i,j,k,l\n", b'1,"a\n', b"id,product_id,stars\n"])
def test_what_does_not_fit_the_sibling_is_refused_and_says_why(tmp_path: Path, part: bytes) -> None:
    opened, objects = opener(tmp_path, {"reviews_1.csv": HEADER + lines(1), "reviews_2.csv": part})
    with pytest.raises(NotUnderstoodError, match=r"Nor does its first record fit the header of reviews_1\.csv"):
        opened.open(objects["reviews_2.csv"])


def test_without_a_headed_sibling_a_part_is_what_it_was(tmp_path: Path) -> None:
    opened, objects = opener(tmp_path, {"reviews_1.csv": lines(1), "reviews_2.csv": lines(2), "notes_1.csv": b"a,b\n"})
    with pytest.raises(NotUnderstoodError, match="lacks the columns"):
        opened.open(objects["reviews_2.csv"])
    with pytest.raises(NotOursError):
        opened.open(objects["notes_1.csv"])


def test_a_part_of_a_mapped_file_is_mapped_as_its_sibling(tmp_path: Path) -> None:
    said = mapping.from_dict({"photos": {"columns": {"id": "No"}, "add": {"id": 100}}}, "mine")
    opened, objects = opener(
        tmp_path, {"p_1.csv": b"No,review_id,url\n", "p_2.csv": b"1,2,https://a.example/1\n"}, said
    )
    opening = opened.open(objects["p_2.csv"])
    assert (opening.understood.mapping, opening.understood.header_of) == ("mine", "p_1.csv")
    assert cleaned(opening, b"1,2,https://a.example/1\n") == [[101, 2, "https://a.example/1"]]


def test_the_format_of_the_tests_own_header() -> None:
    assert tuple(HEADERS["reviews.csv"].split(",")) == REVIEWS.column_names
