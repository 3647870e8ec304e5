"""Times counted in steps of one per cent, by request and by second: small enough to be kept and added up for hours."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from backend.domain.load_tests import Fault, Figures, Moment

STEPS = 100  # of the logarithm's unit: times within a step differ by one per cent
LEAST = 0.01  # ms
SLOT = 10  # seconds of the course that stand together
FAULTS = 20  # kinds of failure that are told, the most frequent first


@dataclass(slots=True)
class Histogram:
    """How many requests took how long, and how many of them failed."""

    steps: Counter[int] = field(default_factory=Counter)
    errors: int = 0

    def add(self, ms: float, *, failed: bool) -> None:
        """Count a request."""
        self.steps[math.floor(math.log(max(ms, LEAST)) * STEPS)] += 1
        self.errors += failed

    @property
    def requests(self) -> int:
        return self.steps.total()

    def quantile(self, share: float) -> float | None:
        """The time in ms that this share of the requests kept within, to one per cent; None where there were none."""
        wanted, seen = math.ceil(self.requests * share), 0
        for step in sorted(self.steps):
            seen += self.steps[step]
            if seen >= wanted:
                return math.exp((step + 0.5) / STEPS)
        return None

    def take(self, told: list[Any]) -> None:
        """Add what another told."""
        steps, errors = told
        self.steps.update({int(step): count for step, count in steps})
        self.errors += errors

    def tell(self) -> list[Any]:
        """For another process."""
        return [[list(pair) for pair in self.steps.items()], self.errors]

    def figures(self, name: str, seconds: float) -> Figures:
        """What it came to in so many seconds."""
        p50, p95, p99 = (_rounded(self.quantile(share)) for share in (0.5, 0.95, 0.99))
        rate = round(self.requests / seconds, 2) if seconds else 0.0
        return Figures(name, self.requests, self.errors, rate, p50, p95, p99)


@dataclass(slots=True)
class Tally:
    """All requests of a test: by name, by second of the clock, and what went wrong with them."""

    names: dict[str, Histogram] = field(default_factory=dict)
    seconds: dict[int, Histogram] = field(default_factory=dict)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: float = math.inf
    last: float = -math.inf

    def add(self, name: str, at: float, ms: float, fault: str = "") -> None:
        """Count a request that was sent at a moment (of the epoch); `fault` is empty where it was answered well."""
        for told, key in ((self.names, name), (self.seconds, int(at))):
            if key not in told:
                told[key] = Histogram()  # type: ignore[index]
            told[key].add(ms, failed=bool(fault))  # type: ignore[index]
        self._span(at, at)
        if fault:
            self.faults[name, fault] += 1

    def tell(self) -> dict[str, Any]:
        """For the process that adds them up; what was told is not told again."""
        told = {
            "names": [[name, each.tell()] for name, each in self.names.items()],
            "seconds": [[second, each.tell()] for second, each in self.seconds.items()],
            "faults": [[*key, count] for key, count in self.faults.items()],
            "span": [self.first, self.last] if self.seconds else [],
        }
        self.names, self.seconds, self.faults = {}, {}, Counter()
        return told

    def take(self, told: dict[str, Any]) -> Self:
        """Add what another process told."""
        for name, each in told["names"]:
            self.names.setdefault(name, Histogram()).take(each)
        for second, each in told["seconds"]:
            self.seconds.setdefault(int(second), Histogram()).take(each)
        for name, fault, count in told["faults"]:
            self.faults[name, fault] += count
        self._span(*told["span"])
        return self

    @property
    def length(self) -> float:
        """Seconds from the first request to the last."""
        return self.last - self.first if self.seconds else 0.0

    def total(self) -> Figures:
        """All of it together."""
        whole = Histogram()
        for each in self.names.values():
            whole.take(each.tell())
        return whole.figures("All", self.length)

    def by_name(self) -> list[Figures]:
        """A row a request, by name."""
        return [self.names[name].figures(name, self.length) for name in sorted(self.names)]

    def course(self) -> list[Moment]:
        """Ten seconds after ten seconds; the last ones are five to fifteen."""
        if not self.seconds:
            return []
        first, count = min(self.seconds), max(1, round(self.length / SLOT))
        slots = [Histogram() for _ in range(count)]
        for second, each in self.seconds.items():
            slots[min((second - first) // SLOT, count - 1)].take(each.tell())
        ends = [*(first + SLOT * number for number in range(1, count)), self.last]
        told = [
            slot.figures("", end - begin) for slot, begin, end in zip(slots, [self.first, *ends], ends, strict=False)
        ]
        return [Moment(SLOT * number, each.rate, each.errors, each.p95) for number, each in enumerate(told)]

    def worst(self) -> list[Fault]:
        """What went wrong, the most frequent first."""
        return [Fault(name, what, count) for (name, what), count in self.faults.most_common(FAULTS)]

    def _span(self, *times: float) -> None:
        self.first, self.last = min(self.first, *times, math.inf), max(self.last, *times, -math.inf)

    def usual_rate(self) -> float:
        """The requests of the second in the middle, by how many there were; the first and the last are not whole."""
        whole = [self.seconds[second].requests for second in sorted(self.seconds)][1:-1]
        return float(sorted(whole)[len(whole) // 2]) if whole else 0.0


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else float(f"{ms:.3g}")
