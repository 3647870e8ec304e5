"""What is measured, what each is measured by, and the bars they must keep within."""

from dataclasses import dataclass

from loadtests.spread import Spread

# In the order in which they are shown. Each stands beside what must have been measured in the same round.
CASES = {
    "copy": (),
    "read": ("copy",),
    "load": ("copy",),
    "yardstick": (),
    "empty": ("yardstick",),
    "same": ("yardstick", "empty"),
    "changed": ("yardstick", "same"),
    "again": ("changed",),
    "gzip": ("empty",),
    "s3": ("empty",),
    "dirt": ("empty",),
    "yardstick-ten": (),
    "ten": ("yardstick-ten",),
}
TITLES = {
    "copy": "plain COPY of reviews.csv",
    "read": "reviews: read, clean, encode",
    "load": "reviews: the same with the load",
    "yardstick": "yardstick: COPY of five files, keys",
    "empty": "import into an empty system",
    "same": "the same content, other ETags",
    "changed": "1 % changed",
    "again": "the same ETags again",
    "gzip": "gzip, into an empty system",
    "s3": "from S3, into an empty system",
    "dirt": "5 % dirt, into an empty system",
    "yardstick-ten": "COPY of all ten files, keys",
    "ten": "import of all ten, into an empty system",
}
ALL = (*CASES, "truth")
MEMORY = 1_000_000_000  # bytes of a worker


@dataclass(frozen=True, slots=True)
class Bar:
    """A case may take at most `most` times what its limit takes in the same round; the aim is lower."""

    limit: str
    most: float | None = None
    aim: float | None = None


BARS = {
    "read": Bar("copy", 0.6, 0.35),
    "load": Bar("copy", 0.75, 0.55),
    "empty": Bar("yardstick", 0.9, 0.6),
    "same": Bar("yardstick", 0.6, 0.35),
    "changed": Bar("yardstick", 0.7, 0.4),
    "again": Bar("empty"),
    "gzip": Bar("empty"),
    "s3": Bar("empty"),
    "dirt": Bar("empty", 1.2),
    "ten": Bar("yardstick-ten"),
}


def wanted(only: tuple[str, ...]) -> frozenset[str]:
    """The cases to measure: those named, or all, with those they are measured by."""
    found: set[str] = set()
    waiting = list(only or ALL)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += CASES.get(name, ())
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Result:
    """One case over all rounds. `memory` is the highest peak, in bytes; `apart` the medians of what came apart."""

    case: str
    seconds: Spread
    rows: float
    ratio: Spread | None
    bar: Bar | None
    memory: int
    stages: dict[str, float]
    apart: dict[str, float]

    @property
    def demands(self) -> bool:
        """Whether anything is demanded of it."""
        return bool(self.memory or (self.bar and self.bar.most))

    @property
    def holds(self) -> bool:
        """Whether its bar holds, if it has one, and the memory's."""
        within = self.ratio is None or self.bar is None or self.bar.most is None or self.ratio.median <= self.bar.most
        return within and self.memory <= MEMORY
