"""The states of a background job, and what somebody may wish of one."""

from enum import StrEnum

from backend.domain.errors import Conflict


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Wish(StrEnum):
    PAUSE = "pause"
    CANCEL = "cancel"
    RESUME = "resume"


# A failed one is none of these for good: it may be resumed where it stopped.
ENDED = frozenset({JobState.FINISHED, JobState.FAILED, JobState.CANCELLED})

_AT_ONCE = {
    (JobState.WAITING, Wish.PAUSE): JobState.PAUSED,
    (JobState.WAITING, Wish.CANCEL): JobState.CANCELLED,
    (JobState.PAUSED, Wish.CANCEL): JobState.CANCELLED,
    (JobState.PAUSED, Wish.RESUME): JobState.WAITING,
    (JobState.FAILED, Wish.RESUME): JobState.WAITING,
}


def wished(state: JobState, wish: Wish) -> JobState | None:
    """The state that a wish brings about at once; None where the worker has to be asked. `Conflict` where it cannot."""
    if becomes := _AT_ONCE.get((state, wish)):
        return becomes
    if state is JobState.RUNNING and wish is not Wish.RESUME:
        return None
    raise Conflict(f"This job is {state.value}: there is nothing to {wish.value}.")
