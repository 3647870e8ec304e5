"""The dialect's integers, against what Python and the contract say of any text."""

import json
import string
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.api import parse
from backend.api.draft import draft_from
from backend.domain import drafts
from backend.domain.errors import Invalid


@given(st.integers())
def test_an_integer_reads_as_itself(number: int) -> None:
    assert parse.integer(str(number)) == max(-parse.HUGE, min(number, parse.HUGE)) or abs(number) >= 10**19


@example(b"product_id=1&product_id=2&count=&=3&x&a=b=c&&")
@given(st.text("ab=&+%41;\xe9", max_size=30).map(lambda text: text.encode("latin-1")))
def test_parameters_are_those_that_the_library_reads(query: bytes) -> None:
    read = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace")
    assert parse.parameters_of(query) == {name: value for name, value in dict(read).items() if value}


@given(st.integers(0, 10**18), st.integers(0, 5000))
def test_leading_zeros_mean_nothing(number: int, zeros: int) -> None:
    assert parse.integer("0" * zeros + str(number)) == number


@example("+5")
@example(" 5")
@example("5\n")
@example("--5")
@example("1_0")
@example("٥")
@given(st.text() | st.text(string.digits + "+-_ .eE٥\x00\ud800"))
def test_only_ascii_digits_make_one(text: str) -> None:
    digits = text.removeprefix("-")
    is_one = digits != "" and set(digits) <= set("0123456789")
    assert (parse.integer(text) is not None) == is_one


@given(st.integers(min_value=10**19))
def test_what_is_too_long_is_out_of_every_range(number: int) -> None:
    assert parse.integer(str(number)) == parse.HUGE > parse.LARGEST_ID
    assert parse.integer(str(-number)) == -parse.HUGE


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=8), inner, max_size=5)
)
_FIELDS = ["product_id", "rating", "summary", "body", "recommend", "name", "email", "photos", "characteristics"]


@given(st.dictionaries(st.sampled_from(_FIELDS), _values))
def test_any_object_is_a_draft_or_a_list_of_its_faults(sent: dict[str, Any]) -> None:
    try:
        draft = draft_from(sent)
    except Invalid as error:
        fields = {fault.field.partition(".")[0] for fault in error.errors}
        assert fields
        assert fields <= set(_FIELDS)
        json.dumps([fault.field + fault.message for fault in error.errors]).encode()
        return
    assert drafts.BODY[0] <= len(draft.body) <= drafts.BODY[1]


_digits = st.integers(1, 5).flatmap(lambda value: st.sampled_from([value, str(value), float(value)]))
_good = st.fixed_dictionaries(
    {
        "product_id": st.integers(1, parse.LARGEST_ID).flatmap(lambda number: st.sampled_from([number, str(number)])),
        "rating": _digits,
        "body": st.text("aé😀 ", min_size=50, max_size=1000).filter(str.strip),
        "recommend": st.booleans(),
        "name": st.text("aé😀 ", min_size=1, max_size=60).filter(str.strip),
        "email": st.text("a@é.", min_size=1, max_size=60),
    },
    optional={
        "summary": st.text("aé😀 ", max_size=60),
        "photos": st.lists(st.sampled_from(["https://a/b", "http://a:8/b?c"]), max_size=5),
        "characteristics": st.dictionaries(st.integers(1, 2**31).map(str), _digits, max_size=6),
    },
)


@given(_good)
def test_what_keeps_the_limits_is_taken_as_it_was_sent(sent: dict[str, Any]) -> None:
    draft = draft_from(sent)
    assert (draft.body, draft.name, draft.email) == (sent["body"], sent["name"], sent["email"])
    assert (draft.product_id, draft.rating) == (int(sent["product_id"]), int(sent["rating"]))
    assert draft.recommend is sent["recommend"]
    assert list(draft.photos) == sent.get("photos", [])
    given_values = {int(key): int(value) for key, value in sent.get("characteristics", {}).items()}
    assert draft.characteristics == given_values


@given(_good, st.sampled_from(["product_id", "rating", "body", "recommend", "name", "email"]))
def test_the_one_fault_is_the_one_that_is_named(sent: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        draft_from({**sent, field: []})
    assert [fault.field for fault in refused.value.errors] == [field]
