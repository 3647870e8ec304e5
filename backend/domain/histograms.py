"""How long requests took, as counts between fixed bounds: small to keep, quick to add up, exact to a bound.

A histogram is a list of `SIZE` counts: the n-th counts what took longer than bound n - 1 and at most bound n; the last
one what took longer than all bounds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

# Seconds. About two thirds more each, so that a quantile is told to within a third, and every target is a bound.
BOUNDS = (
    0.0005, 0.001, 0.0015, 0.0025, 0.004, 0.006, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.15, 0.25, 0.4, 0.6,
    1.0, 1.5, 2.5, 4.0, 6.0, 10.0,
)  # fmt: skip
SIZE = len(BOUNDS) + 1


def place_of(seconds: float) -> int:
    """Which count something adds to that took so long."""
    return bisect_left(BOUNDS, seconds)


def merged(histograms: Iterable[Sequence[int]]) -> list[int]:
    """The histogram of everything that these count; empty ones of nothing."""
    return [sum(counts) for counts in zip([0] * SIZE, *histograms, strict=True)]


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The seconds that this share (0 to 1) took at most, None of nothing.

    Within its bound, what is counted there is taken to be spread evenly. Beyond the last bound that bound is told.
    """
    rank = share * sum(counts)
    if not rank:
        return None
    below = 0
    for place, count in enumerate(counts):
        if count and below + count >= rank:
            if place == len(BOUNDS):
                break
            low = BOUNDS[place - 1] if place else 0.0
            return low + (BOUNDS[place] - low) * (rank - below) / count
        below += count
    return BOUNDS[-1]


__all__ = ["BOUNDS", "SIZE", "merged", "place_of", "quantile"]
