"""What every request leaves behind: one more in a count. Prometheus and the System page are both told from here."""

from bisect import bisect_left

from backend.domain.histograms import BOUNDS, SIZE


class Measure:
    """How long the requests of one kind took: counts by `domain/histograms.py`, and the sum of the seconds."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * SIZE
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


# Of this process, by method, route and status (0 where none was sent). There are few kinds: they are kept.
MEASURES: dict[tuple[str, str, int], Measure] = {}


def measure(method: str, route: str, status: int) -> Measure:
    """The measure of a kind of request."""
    kind = (method, route, status)
    found = MEASURES.get(kind)
    if found is None:
        found = MEASURES[kind] = Measure()
    return found
