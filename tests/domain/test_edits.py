"""Two edits of one review: what only one of them changed is merged, what both changed is asked about."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain import edits
from backend.domain.errors import Invalid

_fields = st.fixed_dictionaries({name: st.integers(0, 2) for name in ("summary", "body", "rating")})
REVIEW: dict[str, Any] = {
    "summary": "Warm  and quiet", "body": "One.\r\nTwo.", "rating": 4, "recommend": True, "reviewer_name": "Inês",
    "response": "null", "product_id": 1, "ratings": [900, 11, 3],
}  # fmt: skip


@given(_fields, _fields, _fields)
def test_each_field_is_somebodys(original: dict[str, int], theirs: dict[str, int], yours: dict[str, int]) -> None:
    merged = edits.merged(original, theirs, yours)
    for name, value in merged.values.items():
        if name in merged.conflicts:
            assert len({original[name], theirs[name], yours[name]}) == 3
        elif theirs[name] == original[name]:
            assert value == yours[name]
        else:
            assert value == theirs[name]
            assert yours[name] in (original[name], theirs[name])


@given(_fields, _fields)
def test_without_the_original_whatever_differs_is_asked_about(theirs: dict[str, int], yours: dict[str, int]) -> None:
    merged = edits.merged(None, theirs, yours)
    assert merged.values == theirs
    assert set(merged.conflicts) == {name for name in theirs if theirs[name] != yours[name]}


def test_a_form_that_came_back_as_it_was_changes_nothing() -> None:
    shown = edits.fields_of(REVIEW)
    assert shown["response"] == ""
    assert shown["characteristic.11"] == 3
    posted = {name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in shown.items()}
    assert edits.cleaned(posted, REVIEW) == shown


@given(st.text())
def test_whatever_is_typed_is_text(typed: str) -> None:
    clean = edits.cleaned({"response": typed}, REVIEW)["response"]
    assert "\0" not in clean
    clean.encode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("body", " \0 "),
        ("reviewer_name", ""),
        ("summary", "x" * 301),
        ("rating", 6),
        ("rating", None),
        ("product_id", 0),
        ("characteristic.11", 0),
    ],
)
def test_a_field_that_cannot_be_is_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        edits.cleaned({field: value}, REVIEW)
    assert [error.field for error in refused.value.errors] == [field]
