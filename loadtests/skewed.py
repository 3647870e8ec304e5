"""Which of many is asked for: a few most of the time, by Zipf's law, scattered over the range by a seed."""

from dataclasses import dataclass
from random import Random

_STEP = 1_000_003  # prime: neighbours in rank are no neighbours in number


@dataclass(frozen=True, slots=True)
class Skewed:
    """Numbers from `first` to `last`; rank r is drawn in proportion to 1 / r, and `seed` says who has which rank."""

    first: int
    last: int
    seed: int

    def draw(self, random: Random) -> int:
        """One of them."""
        count = self.last - self.first + 1
        rank = int(count ** random.random())
        return self.first + (rank * _STEP + self.seed) % count
