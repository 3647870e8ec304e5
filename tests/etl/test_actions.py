"""A step does what stands in the table, or what a mapping tells it: repair, warn, reject; and each of it counts."""

from dataclasses import replace

import pytest

from admin_ui import words
from etl.clean import Cleaner, Refusal, Row
from etl.formats import CHARACTERISTICS, PHOTOS, REVIEWS, Format, understand
from etl.rules import steps_of
from etl.steps import CONFIGURABLE, STEPS, Action, Notes, notes_with

REVIEW = dict(
    zip(
        REVIEWS.column_names,
        b'5,2,4,2019-06-23,Fine,"All of it",true,false,Ana,ana@example.org,null,7'.split(b","),
        strict=True,
    )
)
PHOTO = {"id": b"1", "review_id": b"2", "url": b"https://a.example/1"}
CHARACTERISTIC = {"id": b"1", "product_id": b"2", "name": b"Fit"}


def clean(fmt: Format, row: dict[str, bytes], actions: dict[str, Action]) -> Row | Refusal:
    understood = replace(understand(fmt.column_names, "x.csv"), actions=actions)
    return Cleaner(understood).clean(tuple(row[name] for name in fmt.column_names))


# Step, format, the row, what spoils it, and what becomes of the value when it is repaired and when it is let be.
MET = [
    ("control", REVIEWS, REVIEW, ("body", b"a\x00b"), "ab", None),
    ("encoding", REVIEWS, REVIEW, ("body", b"caf\xe9"), "café", None),
    ("mojibake", REVIEWS, REVIEW, ("body", "cafÃ©".encode()), "café", "cafÃ©"),
    ("email", REVIEWS, REVIEW, ("reviewer_email", b"nobody"), None, "nobody"),
    ("default", REVIEWS, REVIEW, ("helpfulness", b""), 0, None),
    ("default", REVIEWS, REVIEW, ("reported", b"null"), False, None),
    ("name", CHARACTERISTICS, CHARACTERISTIC, ("name", b"fit"), "Fit", None),
    ("url", PHOTOS, PHOTO, ("url", b"//a.example/1"), "https://a.example/1", None),
]
CASES = [
    (step, fmt, {**row, column: raw}, column, action, {"repair": repaired, "warn": left}.get(action))
    for step, fmt, row, (column, raw), repaired, left in MET
    for action in (CONFIGURABLE[step].does, *CONFIGURABLE[step].may)
]


@pytest.mark.parametrize(("step", "fmt", "row", "column", "action", "value"), CASES)
def test_every_action_of_every_step(
    step: str, fmt: Format, row: dict[str, bytes], column: str, action: Action, value: object
) -> None:
    found = clean(fmt, row, {step: action})
    if action == "reject":
        assert isinstance(found, Refusal)
        assert (found.reasons, found.columns) == ([step], [column])
    else:
        assert isinstance(found, Row)
        assert found.values[fmt.column_names.index(column)] == value
        assert found.repairs == (step,)
    if action == CONFIGURABLE[step].does:
        assert clean(fmt, row, {}) == found


def test_every_step_that_may_be_given_an_action_is_tried_above() -> None:
    assert {step for step, *_ in MET} == set(CONFIGURABLE)
    reached = {
        step for fmt in (REVIEWS, PHOTOS, CHARACTERISTICS) for column in fmt.columns for step in steps_of(column.rule)
    }
    assert reached == set(CONFIGURABLE)


@pytest.mark.parametrize("url", [b"javascript:alert(1)", b"//", b"//a b/", b"a.example/1", b"///x", b"//u@a.example/"])
def test_an_address_is_repaired_only_where_its_scheme_alone_is_missing(url: bytes) -> None:
    found = clean(PHOTOS, {**PHOTO, "url": url}, {"url": "repair"})
    assert isinstance(found, Refusal)
    assert found.reasons == ["url"]


def test_what_one_row_met_is_not_told_of_the_next() -> None:
    cleaner = Cleaner(understand(REVIEWS.column_names, "x.csv"))
    good, bad = REVIEW, {**REVIEW, "reviewer_email": b"nobody"}
    rows = [cleaner.clean(tuple(row.values())) for row in (bad, good, {**bad, "rating": b"9"}, good, bad)]
    told = [row.repairs if isinstance(row, Row) else tuple(row.reasons) for row in rows]
    assert told == [("email",), (), ("range",), (), ("email",)]


def test_a_row_tells_all_its_errors_also_those_that_only_a_mapping_makes() -> None:
    row = {**REVIEW, "rating": b"9", "reviewer_email": b"nobody", "body": b"a\x00"}
    found = clean(REVIEWS, row, {"email": "reject", "control": "reject"})
    assert isinstance(found, Refusal)
    assert dict(zip(found.columns, found.reasons, strict=True)) == {
        "rating": "range",
        "body": "control",
        "reviewer_email": "email",
    }


def test_files_without_actions_of_their_own_share_the_notes_that_know_none() -> None:
    assert notes_with({}) is Notes
    assert notes_with({"email": "reject"}).actions == {"email": "reject"}
    assert Notes.actions == {}


def test_the_table_is_sound() -> None:
    assert len({(step.name, step.does) for step in STEPS}) == len(STEPS)
    assert len(CONFIGURABLE) == sum(bool(step.may) for step in STEPS), "a name may be configured once"
    for step in STEPS:
        assert step.does not in step.may
        assert step.meaning.endswith(".")
        if step.does == "reject" or "reject" in step.may:
            assert step.name in words.REJECTS, "the console has no words for it"
