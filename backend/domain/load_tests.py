"""What a load test came to: the figures that are told, kept and compared. Times are in milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SHAPES = ("ramp", "steady", "spike", "soak")
NEAR = 0.7  # of the tool's ceiling: from here on the times may be the tool's own


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind of request, or all together. `rate` is in requests a second; times are None where nothing was asked."""

    name: str
    requests: int
    errors: int
    rate: float
    p50: float | None
    p95: float | None
    p99: float | None

    @property
    def failed(self) -> float:
        """The share of the requests that failed."""
        return self.errors / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Ten seconds of the course, that began so many seconds after the first request."""

    at: int
    rate: float
    errors: int
    p95: float | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a kind of request, and how often."""

    name: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit and what was reached, in the same unit: `errors` is a share, `rate` the least, the others the most."""

    name: str
    limit: float
    reached: float | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTest:
    """One run. `asked_by` is the account of the shell; `options` what was asked for, without secrets.

    `ceiling` is the rate that the tool reached by itself, against something that costs nothing: None where it was not
    measured. `partial` says that somebody broke it off.
    """

    began_at: datetime
    ended_at: datetime
    asked_by: str
    host: str
    version: str
    shape: str
    options: Mapping[str, Any]
    partial: bool
    total: Figures
    names: list[Figures]
    course: list[Moment]
    thresholds: list[Threshold]
    faults: list[Fault]
    ceiling: float | None

    @property
    def held(self) -> bool:
        """Whether something was asked, and every threshold held."""
        return self.total.requests > 0 and all(each.held for each in self.thresholds)
