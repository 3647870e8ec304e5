"""How long requests took, counted between bounds: nothing is lost by adding up, and a quantile is true to its bound."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.histograms import BOUNDS, SIZE, merged, place_of, quantile
from tests.examples import tried

seconds = st.one_of(st.floats(0, 20), st.sampled_from(BOUNDS))
samples = st.lists(seconds, max_size=60)


def counted(values: list[float]) -> list[int]:
    counts = [0] * SIZE
    for value in values:
        counts[place_of(value)] += 1
    return counts


@tried(200)
@given(st.lists(seconds, min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_quantile_lies_between_the_bounds_of_the_true_one(values: list[float], share: float) -> None:
    told = quantile(counted(values), share)
    rank = next(place for place in range(1, len(values) + 1) if place >= share * len(values))
    true = sorted(values)[rank - 1]
    assert told is not None
    assert place_of(told) == min(place_of(true), len(BOUNDS) - 1)


@tried(100)
@given(st.lists(samples, max_size=6))
def test_merged_histograms_are_the_histogram_of_all(parts: list[list[float]]) -> None:
    assert merged(map(counted, parts)) == counted([value for part in parts for value in part])


@tried(100)
@given(samples)
def test_a_larger_share_takes_no_less(values: list[float]) -> None:
    told = [quantile(counted(values), share) for share in (0.5, 0.95, 0.99, 1)]
    assert told == sorted(told, key=lambda value: value or 0)
    assert (told[0] is None) == (not values)
