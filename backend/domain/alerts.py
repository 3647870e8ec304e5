"""When somebody is told: a target that is missed for long enough, until it holds again for long enough."""

from dataclasses import dataclass, replace
from datetime import datetime

from backend.domain.targets import TARGETS, Reading, Target


@dataclass(frozen=True, slots=True)
class Watched:
    """A target that is, or was, missed. Until `opened_at` it is no alert yet; `held_since` is set while it holds."""

    began_at: datetime
    opened_at: datetime | None = None
    held_since: datetime | None = None
    ended_at: datetime | None = None


def judge(before: Watched | None, target: Target, value: float | None, now: datetime) -> Watched | None:
    """What becomes of a target by what is read of it now, None where there is nothing to remember.

    `value` is None where there is nothing to be read any more: then it holds.
    """
    missed = value is not None and target.missed(value, was_missed=before is not None and before.opened_at is not None)
    if before is None:
        before = Watched(now) if missed else None
    elif before.opened_at is None:
        before = before if missed else None
    elif missed:
        return replace(before, held_since=None)
    else:
        since = before.held_since or now
        is_over = (now - since).total_seconds() >= target.closes
        return replace(before, held_since=since, ended_at=now if is_over else None)
    if before is not None and (now - before.began_at).total_seconds() >= target.opens:
        return replace(before, opened_at=now)
    return before


def waking(readings: list[Reading]) -> dict[tuple[str, str], Reading]:
    """The readings that alerts are made of, by code and subject."""
    return {
        (reading.code, reading.subject): reading
        for reading in readings
        if (target := TARGETS.get(reading.code)) is not None and target.wakes
    }
