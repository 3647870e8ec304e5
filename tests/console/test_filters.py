"""The URL is the state: filters written into it are read back the same, and nonsense in it is left out, and said."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from admin_ui import chips
from backend.domain.states import ReviewState
from backend.services import filters
from backend.services.filters import Cursor, Filters

_days = st.none() | st.dates(date(1900, 1, 1), date(2200, 12, 31))
_texts = st.text("aé\"-@'&=", max_size=8)
_ids, _maybe = st.none() | st.integers(1, 2_147_483_647), st.none() | st.booleans()
_clean = st.lists(_texts.filter(bool), max_size=4).map(" ".join)
some_filters = st.builds(
    Filters,
    states=st.sets(st.sampled_from(ReviewState)).map(lambda some: tuple(s for s in ReviewState if s in some)),
    ratings=st.sets(st.integers(1, 5)).map(lambda some: tuple(sorted(some))),
    product_id=_ids,
    since=_days,
    until=_days,
    run_id=_ids,
    reported=_maybe,
    photos=_maybe,
    verified=_maybe,
    reviewer=_clean,
    reason=st.sampled_from(["", "spam", "off-topic"]),
    moderator_id=_ids,
    text=_clean,
)
_names = st.sampled_from([*(field.name for field in filters.FIELDS), "older", "done", "x"])
_odd = ["hidden", "1", "5", "6", "2020-01-01", "2020-13-01", "0001-01-01", "٣", "0"]
_values = st.text(max_size=300) | st.sampled_from(_odd)


@given(some_filters)
def test_filters_survive_the_url(some: Filters) -> None:
    parsed = filters.parse(some.pairs())
    assert (parsed.filters, parsed.ignored) == (some, ())


@given(st.lists(st.tuples(_names, _values), max_size=12))
def test_whatever_is_read_reads_the_same_again(pairs: list[tuple[str, str]]) -> None:
    read = filters.parse(pairs).filters
    assert filters.parse(read.pairs()).filters == read
    assert len(read.text) <= filters.LONGEST_TEXT


@given(some_filters, st.sampled_from(Filters.__slots__))
def test_a_chips_cross_removes_that_field_alone(some: Filters, field: str) -> None:
    fewer = some.without(field)
    assert set(fewer.given) == set(some.given) - {field}
    assert all(getattr(fewer, name) == getattr(some, name) for name in Filters.__slots__ if name != field)


@given(some_filters)
def test_each_field_that_narrows_has_its_chip(some: Filters) -> None:
    assert [chip.field for chip in chips.chips(some, {})] == list(some.given)
    assert all(chip.label and chip.value for chip in chips.chips(some, {}))


def test_nonsense_is_named() -> None:
    pairs = [("status", "gone"), ("rating", "9"), ("product", "-1"), ("from", "yesterday"), ("q", "a\x00b")]
    parsed = filters.parse([*pairs, ("photos", "2"), ("reason", "'; --"), ("run", "9" * 30)])
    assert parsed.ignored == ("status", "rating", "product", "from", "photos", "reason", "run")
    assert parsed.filters == Filters(text="a b")


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 1, 1)), st.integers(0, 2_147_483_647), st.booleans())  # noqa: DTZ001
def test_a_place_survives_the_url(at: datetime, review_id: int, newer: bool) -> None:
    place = Cursor(at.replace(tzinfo=UTC), review_id, newer)
    assert filters.cursor([place.pair()]) == place


_odd_places = ["1.2.3", "9" * 40 + ".1", "-99999999999999999999.1", "1.99999999999", "."]


@given(st.text(max_size=30) | st.sampled_from(_odd_places))
def test_a_place_that_means_nothing_is_the_beginning(text: str) -> None:
    place = filters.cursor([("older", text)])
    assert place is None or 0 <= place.review_id <= 2_147_483_647
