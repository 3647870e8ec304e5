"""Ids are remembered exactly, however scattered."""

from hypothesis import given
from hypothesis import strategies as st

from etl.seen import Seen


@given(st.lists(st.integers(1, 999_999_999) | st.integers(1, 50), max_size=100))
def test_it_answers_as_a_set_does(numbers: list[int]) -> None:
    seen, known = Seen(), set[int]()
    for number in numbers:
        assert seen.add(number) == (number not in known)
        known.add(number)
