"""Named repairs: each does what its name says, leaves what it does not know, and leads to what the rules take."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import remedies
from etl.clean import Refusal, Row
from etl.formats import FORMATS, understand
from etl.records import unquoted
from etl.remedies import REMEDIES, remedy
from etl.retry import Retrier
from etl.steps import STEPS

OF_VALUES = [each for each in REMEDIES if each.value is not None]
OF_FIELDS = [each for each in REMEDIES if each.fields is not None]


@pytest.mark.parametrize(
    ("name", "reason", "column", "value", "mended"),
    [
        ("day-month-year", "date", "date", "31/12/2019", "2019-12-31"),
        ("day-month-year", "date", "date", " 1.2.2020 10:11:12 ", "2020-02-01 10:11:12"),
        ("day-month-year", "date", "date", "1-2-2020, 10:11", "2020-02-01 10:11"),
        ("day-month-year", "date", "date", "2020/1/2", None),
        ("month-day-year", "date", "date", "12/31/2019", "2019-12-31"),
        ("month-day-year", "date", "date", "soon", None),
        ("seconds", "date_range", "date", "1585689942", "1585689942000"),
        ("seconds", "date", "date", "1585689942.5", "1585689942500"),
        ("seconds", "date_range", "date", "1585689942000", None),
        ("microseconds", "date_range", "date", "1585689942123456", "1585689942123"),
        ("microseconds", "date_range", "date", "158568994212", None),
        ("decimal-comma", "number", "default_price", "1.299,50", "1299.50"),
        ("decimal-comma", "number", "default_price", "12,5", "12.5"),
        ("decimal-comma", "number", "default_price", "1,2,3", None),
        ("whole", "integer", "rating", "4.0", "4"),
        ("whole", "integer", "rating", "4.5", None),
        ("digits-only", "integer", "rating", "4 stars", "4"),
        ("digits-only", "number", "default_price", "€ 12.50", "12.50"),
        ("digits-only", "integer", "rating", "4 of 5", None),
        ("clamp", "range", "rating", "9", "5"),
        ("clamp", "range", "value", "-3", "1"),
        ("clamp", "range", "helpfulness", "-3", "0"),
        ("clamp", "range", "helpfulness", "9" * 100_000, "1000000000"),
        ("clamp", "range", "rating", "-" + "9" * 100_000, "1"),
        ("clamp", "range", "rating", "many", None),
        ("zero", "integer", "helpfulness", "many", "0"),
        ("false", "missing", "recommend", "", "false"),
        ("empty", "number", "default_price", "on request", ""),
        ("latin-1", "encoding", "body", b"caf\xe9", "café"),
        ("latin-1", "encoding", "body", b"\x81", None),
        ("mac-roman", "encoding", "body", b"caf\x8e", "café"),
        ("yes-no-words", "boolean", "recommend", "Oui!", "true"),
        ("yes-no-words", "boolean", "recommend", "нет", "false"),
        ("yes-no-words", "boolean", "recommend", "perhaps", None),
        ("https-prefix", "url", "url", "//img.example/1.jpg", "https://img.example/1.jpg"),
        ("https-prefix", "url", "url", "img.example:8080/1.jpg", "https://img.example:8080/1.jpg"),
        ("https-prefix", "url", "url", "ftp://img.example/1.jpg", None),
        ("https-prefix", "url", "url", "no address", None),
    ],
)
def test_what_each_makes_of_a_value(
    name: str, reason: str, column: str, value: str | bytes, mended: str | None
) -> None:
    found = remedy(name, reason, column)
    assert found is not None
    assert found.value is not None
    raw = value if isinstance(value, bytes) else value.encode()
    assert found.value(raw) == (mended.encode() if mended is not None else None)


def test_fields_are_dropped_or_added_at_the_end() -> None:
    assert remedies.drop_extra_fields([b"1", b"2", b"3"], 2) == [b"1", b"2"]
    assert remedies.pad_missing_fields([b"1"], 3) == [b"1", b"", b""]
    assert remedies.drop_extra_fields([b"1"], 2) is None
    assert remedies.pad_missing_fields([b"1", b"2", b"3"], 2) is None


def test_each_is_for_reasons_and_columns_that_there_are_and_has_one_meaning_there() -> None:
    reasons = {step.name for step in STEPS if step.does == "reject"}
    columns = {column.name for each in FORMATS for column in each.columns}
    for each in REMEDIES:
        assert each.reasons <= reasons, each.name
        assert each.columns <= columns, each.name
        assert (each.value is None) != (each.fields is None), each.name
        assert each.meaning.endswith(".")
    for reason in reasons:
        for column in columns | {""}:
            names = [each.name for each in remedies.fitting(reason, column)]
            assert len(names) == len(set(names)), (reason, column)
    assert remedies.fitting("range", "product_id") == []
    assert remedies.fitting("orphan", "review_id") == []


def test_each_has_its_line_in_the_papers() -> None:
    told = (Path(__file__).parents[2] / "docs" / "imports.md").read_text(encoding="utf-8")
    assert [name for name in remedies.names() if f"| `{name}` |" not in told] == []


@given(st.sampled_from(OF_VALUES), st.binary(max_size=60))
def test_whatever_the_bytes_a_remedy_answers(each: remedies.Remedy, value: bytes) -> None:
    assert each.value is not None
    mended = each.value(value)
    assert mended is None or isinstance(mended, bytes)


@given(
    st.sampled_from([each for each in REMEDIES if each.fields is not None]),
    st.lists(st.binary(max_size=3)),
    st.integers(1, 9),
)
def test_fields_are_mended_to_their_count_or_left(each: remedies.Remedy, fields: list[bytes], count: int) -> None:
    assert each.fields is not None
    mended = each.fields(list(fields), count)
    assert mended is None or len(mended) == count


PHOTOS = understand(["id", "review_id", "url"], "photos.csv")


def retrier(name: str, reason: str, column: str = "") -> Retrier:
    found = remedy(name, reason, column)
    assert found is not None
    return Retrier(PHOTOS, found, column)


def test_a_record_is_mended_in_its_column_alone_and_cleaned_by_the_rules() -> None:
    tried = retrier("https-prefix", "url", "url").try_again(b'1,2,"//a.example/q"\r\n')
    assert isinstance(tried.outcome, Row)
    assert tried.outcome.values == [1, 2, "https://a.example/q"]
    other = retrier("https-prefix", "url", "url").try_again(b"1,x,//a.example/q\n")
    assert isinstance(other.outcome, Refusal)
    assert (other.outcome.reasons, other.outcome.columns) == (["integer"], ["review_id"])


def test_a_record_of_the_wrong_count_stays_refused_unless_it_is_mended() -> None:
    assert isinstance(retrier("drop-extra-fields", "fields").try_again(b"1,2,https://a.example/1,,\n").outcome, Row)
    short = retrier("drop-extra-fields", "fields").try_again(b"1,2\n")
    assert isinstance(short.outcome, Refusal)
    assert (short.outcome.reasons, short.shape, short.after) == (["fields"], "2 of 3 fields", None)
    open_quote = retrier("drop-extra-fields", "fields").try_again(b'1,"2\n')
    assert isinstance(open_quote.outcome, Refusal)
    assert open_quote.outcome.reasons == ["struct"]


def test_a_value_that_begins_with_a_quote_keeps_it() -> None:
    tried = retrier("pad-missing-fields", "fields").try_again(b'1,""""\n')
    assert unquoted((tried.after or b"").split(b",")[1]) == b'"'
