"""Changes as data: what each does, what it refuses, and that a hostile pattern costs nothing."""

import time
from typing import Any

import pytest

from backend.domain import bulk
from backend.domain.bulk import Known, applied, parse, restored, stored
from backend.domain.errors import Invalid
from backend.domain.mending import mended

REVIEW: dict[str, Any] = {
    "product_id": 1, "state": "published", "rating": 2, "recommend": False, "summary": "Buy at www.kicks.example",
    "body": "Kicks at www.kicks.example and WWW.KICKS.EXAMPLE", "response": None, "reviewer_name": "Inês",
    "photo_ids": [7], "photo_urls": ["https://a.example/7"], "ratings": [70, 11, 2, 71, 12, 5],
}  # fmt: skip
KNOWN = Known({11: "Fit", 12: "Length"}, {2: {"Fit": 21}})


def form(**fields: str | list[str]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in fields.items()}


@pytest.mark.parametrize(
    ("asked", "differs"),
    [
        (form(kind="status", state="hidden", reason="spam"), {"state": "hidden"}),
        (form(kind="field", field="response", value=" Thanks "), {"response": "Thanks"}),
        (form(kind="field", field="rating", value="2"), {}),
        (form(kind="field", field="photos", clear="1"), {"photo_ids": [], "photo_urls": []}),
        (
            form(
                kind="replace", find="www.kicks.example", replacement=r"\1", **{"in": ["body", "summary", "response"]}
            ),
            {"summary": r"Buy at \1", "body": r"Kicks at \1 and WWW.KICKS.EXAMPLE"},
        ),
        (
            form(
                kind="replace",
                find=r"(www)\.(\w+)\.example",
                replacement=r"\2 of \1",
                pattern="1",
                any_case="1",
                **{"in": "body"},
            ),
            {"body": "Kicks at kicks of www and KICKS of WWW"},
        ),
        (form(kind="move", product="2"), {"product_id": 2, "ratings": [70, 21, 2]}),
        (form(kind="move", product="1"), {}),
        (form(kind="rate", name="Fit", value="5"), {"ratings": [70, 11, 5, 71, 12, 5]}),
        (form(kind="rate", name="Length", clear="1"), {"ratings": [70, 11, 2]}),
        (form(kind="repair"), {}),
    ],
)
def test_each_does_what_it_says_and_is_stored(asked: dict[str, list[str]], differs: dict[str, Any]) -> None:
    change = parse(asked)
    assert applied([change], REVIEW, KNOWN) == differs
    assert restored(stored(change)) == change
    assert change.words()


def test_several_go_one_after_the_other() -> None:
    changes = [parse(form(kind="move", product="2")), parse(form(kind="rate", name="Fit", value="5"))]
    known = Known({**KNOWN.names, 21: "Fit"}, KNOWN.of_product)
    assert applied(changes, REVIEW, known) == {"product_id": 2, "ratings": [70, 21, 5]}
    assert bulk.alike(changes) is None
    both = [parse(form(kind="status", state="approved")), parse(form(kind="field", field="summary", clear="1"))]
    assert bulk.alike(both) == {"state": "approved", "summary": ""}


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (form(), "kind"),
        (form(kind="status", state="removed"), "state"),
        (form(kind="status", state="hidden"), "reason"),
        (form(kind="field", field="reviewer_name", clear="1"), "field"),
        (form(kind="field", field="rating", value="6"), "value"),
        (form(kind="field", field="reviewer_email", value="x"), "field"),
        (form(kind="field", field="summary", value="\x00"), "value"),
        (form(kind="field", field="summary", value="\ud800"), "value"),
        (form(kind="replace", find="x", replacement="y"), "in"),
        (form(kind="replace", find="(", pattern="1", **{"in": "body"}), "find"),
        (form(kind="replace", find="(?=x)", pattern="1", **{"in": "body"}), "find"),
        (form(kind="replace", find="(((a{500}){9}){9})", pattern="1", **{"in": "body"}), "find"),
        (form(kind="replace", find="(a)", replacement=r"\2", pattern="1", **{"in": "body"}), "replacement"),
        (form(kind="replace", find="a", replacement=r"\g<x>", pattern="1", **{"in": "body"}), "replacement"),
        (form(kind="move", product="99999999999999999999"), "product"),
        (form(kind="rate", name="Smell", value="1"), "name"),
    ],
)
def test_what_is_wrong_is_named(asked: dict[str, list[str]], named: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(asked)
    assert [error.field for error in refused.value.errors] == [named]


def test_a_hostile_pattern_costs_nothing() -> None:
    change = parse(form(kind="replace", find="(a+)+$", replacement="b", pattern="1", **{"in": "body"}))
    began = time.perf_counter()
    applied([change], {**REVIEW, "body": "a" * 9_000 + "!"}, KNOWN)
    assert time.perf_counter() - began < 2


def test_a_text_that_would_be_empty_or_endless_stays() -> None:
    empty = parse(form(kind="replace", find=".*", pattern="1", **{"in": "body"}))
    endless = parse(form(kind="replace", find=".", replacement="x" * 500, pattern="1", **{"in": "body"}))
    for change in (empty, endless):
        with pytest.raises(bulk.Impossible):
            applied([change], REVIEW, KNOWN)


@pytest.mark.parametrize(
    ("garbled", "right"),
    [("cafÃ© crÃ¨me", "café crème"), ("itâ€™s", "it’s"), ("ðŸ˜€", "😀"), ("Ã¢â‚¬â„¢", "’"),
     ("  Ã la carte ", "Ã la carte"), ("Côté, “quoted”", "Côté, “quoted”"), ("a\u200bb\x07", "ab")],
)  # fmt: skip
def test_only_what_is_certain_is_mended(garbled: str, right: str) -> None:
    assert mended(garbled) == right
