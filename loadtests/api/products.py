"""Which products are asked for: any of them, the last tenth, a few by Zipf's law, or the most reviewed one.

A law is written three times, for those who ask: wrk's Lua, pgbench, and Python.
"""

from dataclasses import dataclass
from random import Random

LAWS = ("random", "last", "zipf", "hot")
_STEP = 1_000_003  # prime: it scatters Zipf's ranks over the products, each on one of its own


@dataclass(frozen=True, slots=True)
class Products:
    """Numbered from 1 to `count`; `hot` is the most reviewed."""

    count: int
    hot: int

    def lua(self, law: str) -> str:
        """An expression for an id."""
        match law:
            case "random":
                return f"math.random({self.count})"
            case "last":
                return f"math.random({self._last}, {self.count})"
            case "zipf":
                return f"math.floor({self.count} ^ math.random()) * {_STEP} % {self.count} + 1"
        return str(self.hot)

    def pgbench(self, law: str) -> str:
        """An expression for an id; of Zipf's there is none."""
        first = {"random": 1, "last": self._last}
        return f"random({first[law]}, {self.count})" if law in first else str({"hot": self.hot}[law])

    def draw(self, law: str, random: Random) -> int:
        """An id."""
        match law:
            case "random":
                return random.randint(1, self.count)
            case "last":
                return random.randint(self._last, self.count)
            case "zipf":
                # Rank r has a share in proportion to 1 / r.
                return int(self.count ** random.random()) * _STEP % self.count + 1
        return self.hot

    @property
    def _last(self) -> int:
        return self.count - self.count // 10 + 1
