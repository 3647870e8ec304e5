"""A mapping: read from TOML, wrong in no way or told all that is wrong, and what it makes of a file."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import FieldError, Invalid
from etl import mapping
from etl.formats import FORMATS, PHOTOS, REVIEWS, NotUnderstoodError
from etl.mapping import Mapping, Part, from_dict, parse
from tests.etl.places import cleaned, opened
from tests.examples import tried

EXAMPLE = Path(__file__).parents[2] / "docs" / "mappings" / "clothing.toml"
PHOTO_LINE = "7;3;https://a.example/1"


def photos(**said: Any) -> Mapping:
    return from_dict({"photos": said}, "mine")


def refused(definition: object) -> dict[str, str]:
    """What is wrong with a definition, by field."""
    with pytest.raises(Invalid) as error:
        from_dict(definition)
    return {each.field: each.message for each in error.value.errors}


def test_all_errors_at_once_each_with_its_field_and_its_mend() -> None:
    wrong = refused(
        parse(
            """
            [reviws]
            [products]
            date = "iso"
            add = { id = "many", name = 1 }
            [reviews]
            file = "x.csv"
            files = 3
            date = "d/m/yy"
            encoding = "latin1"
            separator = ":"
            columns = { ratng = "Stars", body = "", summary = "Title" }
            constants = { id = 1, summary = "x", rating = 9, helpfulness = "", date = ["x"] }
            rules = { email = "repair", orphan = "warn", mojibak = "warn" }
            add = { id = 1_000_000_000, product_id = true }
            """
        )
    )
    assert wrong == {
        "reviws": "There is no such format; nearest: reviews.",
        "products.date": "products have no date.",
        "products.add.id": "It must be a whole number below 1,000,000,000.",
        "products.add.name": "There is no such name; there are: id.",
        "reviews.file": "There is no such key; nearest: files.",
        "reviews.files": "It must be a text or a list of texts.",
        "reviews.date": "d/m/yy is not known; nearest: d/m/y.",
        "reviews.encoding": "latin1 is not known; there are: utf-8, cp1252, mac_roman.",
        "reviews.separator": "It must be a comma, a semicolon, a tab or a bar.",
        "reviews.columns.ratng": "There is no such name; nearest: rating.",
        "reviews.columns.body": "It must be the name of a column in the file.",
        "reviews.constants.id": "Every row needs an id of its own: name its column under columns.",
        "reviews.constants.summary": "It stands under columns too: leave one of them out.",
        "reviews.constants.rating": "9 is refused: A number below or above what it may be.",
        "reviews.constants.helpfulness": "Nothing is not as it should be: A missing helpfulness is 0, a missing"
        " `reported` is false.",
        "reviews.constants.date": "It must be a text, a number, true or false.",
        "reviews.rules.email": "repair is none of what it may be: warn, reject.",
        "reviews.rules.orphan": "There is no such name; there are: control, default, email, encoding, mojibake.",
        "reviews.rules.mojibak": "There is no such name; nearest: mojibake.",
        "reviews.add.id": "It must be a whole number below 1,000,000,000.",
        "reviews.add.product_id": "It must be a whole number below 1,000,000,000.",
    }


def test_nothing_is_added_to_a_constant() -> None:
    wrong = refused({"photos": {"constants": {"review_id": 3}, "add": {"review_id": 1}}})
    assert wrong == {"photos.add.review_id": "Nothing can be added to a constant."}


@pytest.mark.parametrize("definition", [None, {}, [], "reviews", {"reviews": {}}, {"reviews": []}, {"reviews": [3]}])
def test_what_says_nothing_is_refused(definition: object) -> None:
    assert refused(definition)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [*mapping._KEYS, *(each.name for each in FORMATS), *REVIEWS.column_names, "email", "control", "reject", "url"]
)
DEFINITIONS = st.dictionaries(
    KEYS, JSON | st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON | KEYS, max_size=4), max_size=5), max_size=3
)


@tried(500)
@given(JSON | DEFINITIONS)
def test_whatever_is_said_is_taken_or_refused_by_field(definition: object) -> None:
    told: tuple[FieldError, ...] = ()
    parts: tuple[Part, ...] = ()
    try:
        parts = from_dict(definition).parts
    except Invalid as error:
        told = error.errors
    assert bool(parts) != bool(told)
    assert all(each.field and each.message for each in told)


def test_no_toml_is_said() -> None:
    with pytest.raises(Invalid, match="is not TOML"):
        parse("[reviews")


def test_a_text_that_no_database_can_keep_is_refused() -> None:
    assert refused(parse('[photos.columns]\nid = "a\\u0000b"')) == {"mapping": "A NUL stands in it: take it out."}


def test_columns_are_found_by_their_names_there_in_any_case_and_order(tmp_path: Path) -> None:
    said = photos(columns={"id": "Photo No", "url": "Link"})
    data = b"LINK,photo_no,note,review_id\nhttps://a.example/1,7,x,3\n"
    opening = opened(tmp_path, data, "any.csv", said)
    assert opening.understood.told()["columns"] == {"id": "photo_no", "review_id": "review_id", "url": "LINK"}
    assert opening.understood.unknown == ("note",)
    assert opening.understood.usual, "only names differ"
    assert cleaned(opening, data) == [[7, 3, "https://a.example/1"]]


def test_constants_stand_in_every_row_and_are_no_repair(tmp_path: Path) -> None:
    said = from_dict(
        {"reviews": {"constants": {"body": 'says "so", twice', "recommend": True, "helpfulness": 3, "response": ""}}}
    )
    names = [name for name in REVIEWS.column_names if name not in said.parts[0].constants]
    data = (",".join(names) + "\n1,2,5,2019-01-01,Fine,false,Ana,a@b.org\n").encode()
    opening = opened(tmp_path, data, "reviews.csv", said)
    understood = opening.understood
    assert understood.positions[5] == -1
    assert understood.constants["body"] == b'"says ""so"", twice"'
    assert understood.told()["constants"]["body"] == 'says "so", twice'
    assert cleaned(opening, data) == [
        [1, 2, 5, "2019-01-01T00:00:00+00:00", "Fine", 'says "so", twice', True, False, "Ana", "a@b.org", None, 3]
    ]


def test_a_key_may_be_constant_and_is_then_not_looked_for(tmp_path: Path) -> None:
    said = photos(constants={"review_id": 9})
    data = b'id,url\n1,"open\n2,https://a.example/2\n'
    opening = opened(tmp_path, data, "any.csv", said)
    assert opening.understood.keys == (0,)
    assert cleaned(opening, data) == [["struct"], [2, 9, "https://a.example/2"]]


@pytest.mark.parametrize(
    ("add", "raw", "found"),
    [(1, b"0", [1]), (500, b"7", [507]), (-500, b"507", [7]), (-500, b"500", "range"), (5, b"-1", "range"),
     (999_999_999, b"1", "id_range"), (1, b"x", "integer"), (1, b"", "missing")],
)  # fmt: skip
def test_a_number_is_added_to_ids(tmp_path: Path, add: int, raw: bytes, found: object) -> None:
    data = b"id,review_id,url\n%s,3,https://a.example/1\n" % raw
    opening = opened(tmp_path, data, "any.csv", photos(add={"id": add}))
    (row,) = cleaned(opening, data)
    assert (row[:1] if isinstance(found, list) else row[0]) == found


def test_dates_have_the_form_that_is_named(tmp_path: Path) -> None:
    said = from_dict({"reviews": {"date": "m/d/y"}})
    line = b"1,2,5,%s,Fine,Good,true,false,Ana,a@b.org,null,3\n"
    data = ",".join(REVIEWS.column_names).encode() + b"\n" + line % b"3/4/2019" + line % b"2019-03-04"
    first, second = cleaned(opened(tmp_path, data, "reviews.csv", said), data)
    assert (first[3], second) == ("2019-03-04T00:00:00+00:00", ["date"])


def test_separator_and_encoding_may_be_named(tmp_path: Path) -> None:
    data = f"id;review_id;url;größe\n{PHOTO_LINE};x\n".encode("mac_roman")
    opening = opened(tmp_path, data, "any.csv", photos(separator=";", encoding="mac_roman"))
    assert (opening.understood.separator, opening.understood.encoding) == (59, "mac_roman")
    with pytest.raises(NotUnderstoodError, match="separated by semicolons, where the mapping says commas"):
        opened(tmp_path, data, "any.csv", photos(separator=","))


@pytest.mark.parametrize(
    ("said", "name", "fits"),
    [
        ({"files": "p_*.csv"}, "p_1.csv", True),
        ({"files": "P_*.csv"}, "drop/p_1.CSV.gz", True),
        ({"files": ["x*", "p_?.csv"]}, "p_1.csv", True),
        ({"files": "drop/*.csv"}, "drop/p_1.csv", True),
        ({"files": "drop/*.csv"}, "other/p_1.csv", False),
        ({"files": "q_*.csv"}, "p_1.csv", False),
        ({"header": ["No"]}, "p_1.csv", True),
        ({"header": ["Nr"]}, "p_1.csv", False),
        ({"files": "p_*", "header": ["no", "note"]}, "p_1.csv", False),
        ({}, "p_1.csv", True),
    ],
)
def test_which_files_a_part_is_for(said: dict[str, Any], name: str, fits: bool) -> None:
    part = photos(**said, columns={"id": "No"}).part_for(name, ["no", "review_id", "url"])
    assert (part is not None) == fits


def test_without_files_and_header_a_part_is_for_those_that_have_its_columns(tmp_path: Path) -> None:
    said = photos(columns={"id": "No"}, add={"id": 5})
    ours = opened(tmp_path, b"id,review_id,url\n", "p.csv", said).understood
    assert (ours.mapping, ours.shifts) == (None, {})


def test_several_parts_of_one_format(tmp_path: Path) -> None:
    said = from_dict({"photos": [{"files": "a*", "columns": {"id": "A"}}, {"files": "b*", "columns": {"id": "B"}}]})
    for name in ("A", "B"):
        assert opened(tmp_path, f"{name},review_id,url\n".encode(), f"{name}.csv", said).understood.positions[0] == 0


def test_what_the_mapping_names_and_the_file_has_not_is_told_with_the_nearest(tmp_path: Path) -> None:
    said = photos(files="p*", columns={"id": "Photo", "url": "Link"})
    with pytest.raises(NotUnderstoodError) as error:
        opened(tmp_path, b"Photos,review_id,Address\n", "p.csv", said)
    assert "id (here Photo) (nearest: Photos), url (here Link)" in str(error.value)


def test_a_column_that_two_of_ours_read(tmp_path: Path) -> None:
    said = photos(columns={"review_id": "id"})
    assert opened(tmp_path, b"id,url\n", "p.csv", said).understood.positions == (0, 0, 1)


def test_the_example_of_the_documentation_is_whole() -> None:
    (part,) = from_dict(parse(EXAMPLE.read_text(encoding="utf-8"))).parts
    assert {*part.columns, *part.constants} == set(REVIEWS.column_names)


def test_a_run_without_a_mapping_is_one_that_says_nothing() -> None:
    assert mapping.from_options({"shell": True}) is mapping.NO_MAPPING
    definition = {"photos": {"files": "x*"}}
    made = mapping.from_options({"mapping": {"name": "x", "definition": definition}})
    assert (made.name, made.parts[0].format) == ("x", PHOTOS)
