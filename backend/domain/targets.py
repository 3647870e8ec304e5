"""What is promised of the service: each figure with its limit, how long it may be missed, and what is said then.

The page, the alerts and the shell judge by these alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

PROVEN_RATE = 1000  # requests a second that were carried for five minutes: what there is room for, no limit
SILENT = 30.0  # seconds after which an instance that says nothing is taken for gone
NO_ANSWER = 10_000.0  # milliseconds: what stands for storage that does not answer
_NAMED = 2  # misses in a headline
_EASE = 0.9  # of a limit, at which one that was missed holds again


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that a figure may reach. `opens` and `closes` are seconds that it is missed, or holds, before an alert.

    `seen` tells of a miss, by `subject` and `value`; `short` says the same in a headline. `grave` misses are felt by
    callers. Where `wakes` is false the page shows the miss, and nobody is told.
    """

    code: str
    limit: float
    unit: str
    seen: str
    short: str
    opens: int = 60
    closes: int = 120
    grave: bool = False
    wakes: bool = True

    def missed(self, value: float, *, was_missed: bool = False) -> bool:
        """Whether a value misses it. What was missed holds again only with some room, so that nothing flaps."""
        return value > (self.limit * _EASE if was_missed else self.limit)

    def limit_told(self) -> str:
        """2,000 ms."""
        return f"{self.limit:,.0f} {self.unit}".strip()

    def told(self, subject: str, value: float) -> str:
        """What was seen, as a sentence without its full stop."""
        return self.seen.format(subject=subject, value=value)


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure as it was read. `subject` is what it is of where there are several: a replica, an instance, a place."""

    code: str
    value: float
    subject: str = ""

    @property
    def missed(self) -> bool:
        target = TARGETS.get(self.code)
        return target is not None and target.missed(self.value)


# The gravest first: a headline names the first that is missed.
_TARGETS = (
    Target("errors", 1.0, "%", "{value:.1f} % of requests fail", "requests fail", 120, 300, grave=True),
    Target("silent", SILENT, "s", "{subject} has said nothing for {value:,.0f} s", "an instance is gone", 30, 30),
    Target(
        "p99", 250.0, "ms", "One request in a hundred takes {value:,.0f} ms", "answers are slow", 300, 300, grave=True
    ),
    Target("p95", 100.0, "ms", "One request in twenty takes {value:,.0f} ms", "answers are slow", wakes=False),
    Target("p50", 10.0, "ms", "Half of the requests take {value:,.1f} ms", "answers are slow", wakes=False),
    Target("schema", 0.0, "", "{subject} runs code of another schema", "a deploy is not finished", 600, 60),
    Target("away", 0.0, "", "{subject} does not answer", "a replica does not answer", 60, 60),
    Target("lag", 2.0, "s", "{subject} is {value:,.1f} s behind", "a replica is behind"),
    Target("stalled", 0.0, "jobs", "Jobs are stalled: {value:,.0f}", "jobs are stalled", 120, 120),
    Target("connections", 80.0, "%", "{value:,.0f} % of connections are taken", "connections run short", 120, 300),
    Target("storage", 5_000.0, "ms", "{subject} took {value:,.0f} ms to answer", "storage is slow or away", 120, 120),
    Target("disk", 85.0, "%", "The disk of {subject} is {value:,.0f} % full", "a disk fills up", 300, 600),
    Target("oldest", 24.0, "h", "A report has waited for {value:,.0f} h", "a report waits too long", wakes=False),
)
TARGETS = {target.code: target for target in _TARGETS}


def headline(readings: Iterable[Reading]) -> str:
    """Whether we are all right, in a few words: the gravest that are missed, and how many others."""
    codes = {reading.code for reading in readings if reading.missed}
    missed = [target for target in TARGETS.values() if target.code in codes]
    if not missed:
        return "Serving well"
    shorts = list(dict.fromkeys(target.short for target in missed))
    told = shorts[0] if len(shorts) == 1 else f"{shorts[0]} and {shorts[1]}"
    if len(shorts) > _NAMED:
        told = f"{', '.join(shorts[:_NAMED])} and {len(shorts) - _NAMED} more"
    return f"Serving badly: {told}" if missed[0].grave else f"Serving well, but {told}"
