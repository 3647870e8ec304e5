"""What one measurement came to, and several of them."""

from dataclasses import dataclass, field

from backend.domain.errors import AtelierError


class BrokenMeasurementError(AtelierError):
    """A generator of load that did not run to its end: what it said first."""

    @classmethod
    def of(cls, program: str, said: str) -> "BrokenMeasurementError":
        """Of a program, by all that it said."""
        lines = [line for line in said.splitlines() if "error" in line.lower()] or said.strip().splitlines()
        return cls(f"{program} broke off: {lines[0].strip() if lines else 'it said nothing'}")


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement: answers a second, milliseconds within which a share of them came, and what did not.

    `cpu` is in seconds an answer, by who used it; `memory` in bytes, of the largest instance.
    """

    rate: float
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None
    errors: int = 0
    answers: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    memory: int = 0
    growth: float | None = None  # of an instance's memory, as a share of what it began with
