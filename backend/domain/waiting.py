"""How long something waited, in steps of a seventh: coarse enough to be counted, fine enough for a median in words."""

import math
from collections.abc import Mapping

STEP = 1.15


def step_of(seconds: float) -> int:
    """The step that a wait falls into; less than a second counts as one."""
    return math.floor(math.log(max(seconds, 1)) / math.log(STEP))


def seconds_of(step: int) -> float:
    """The middle of a step, in seconds."""
    return float(STEP ** (step + 0.5))


def median(counts: Mapping[int, int]) -> float | None:
    """The median wait, in seconds, of waits counted by step: within a twelfth of the exact one. None of none."""
    total, seen = sum(counts.values()), 0
    for step in sorted(counts):
        seen += counts[step]
        if 2 * seen >= total:
            return seconds_of(step)
    return None
