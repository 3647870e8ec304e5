"""Places of an object are the bytes that stand there, however they come and whoever asks for how many at once."""

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from etl import sources
from tests.examples import tried

DATA = bytes(range(256)) * 8


@tried(200)
@given(
    st.lists(st.integers(1, 40), max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 50)), max_size=20),
)
def test_slices_of_a_stream_are_the_same_however_it_comes(sizes: list[int], steps: list[tuple[int, int]]) -> None:
    """Also places within others, of no length, and beyond the end."""
    data, ends = DATA[: sum(sizes)], list(accumulate(sizes))
    blocks = (data[end - size : end] for end, size in zip(ends, sizes, strict=True))
    places = list(zip(accumulate(step for step, _ in steps), (length for _, length in steps), strict=True))
    found = sources._slices_of_stream(blocks, places)
    assert list(found) == [data[start : start + length] for start, length in places]


@tried(200)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=20))
def test_places_are_asked_for_together_where_they_are_near(steps: list[tuple[int, int]]) -> None:
    places: list[tuple[int, int]] = []
    at = 0
    for step, length in steps:
        places.append((at + step, length))
        at += step + length
    groups = list(sources._groups(places, 30))
    assert [place for group in groups for place in group] == places
    for group in groups:
        assert all(after[0] - sum(before) <= 30 for before, after in pairwise(group))
    assert all(after[0][0] - sum(before[-1]) > 30 for before, after in pairwise(groups))
