"""How many of the users are there while a test goes on, as a share, by how much of its time has passed (0 to 1)."""

from collections.abc import Callable

RISE = 0.1  # of a soak's time passes until everybody is there


def ramp(passed: float) -> float:
    """From one to all, evenly: at which rate does it begin to hurt?"""
    return passed


def steady(_passed: float) -> float:
    """All, from the first second on."""
    return 1.0


def spike(passed: float) -> float:
    """A quarter, then at once all for a fifth of the time, then a quarter again."""
    return 1.0 if 0.4 <= passed < 0.6 else 0.25


def soak(passed: float) -> float:
    """All for a long time, after a gentle beginning: what grows meanwhile?"""
    return min(1.0, passed / RISE)


CURVES: dict[str, Callable[[float], float]] = {"ramp": ramp, "steady": steady, "spike": spike, "soak": soak}
SECONDS = {"ramp": 120, "steady": 60, "spike": 120, "soak": 1800}  # where no time is asked for
EVEN = ("steady",)  # of these the rate that was asked for must be reached


def users(shape: str, passed: float, most: int) -> int:
    """How many users there are, of at most so many: never none."""
    return max(1, min(most, round(most * CURVES[shape](passed))))
