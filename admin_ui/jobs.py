"""A background job as the console tells it: how far it is, how fast, how long still, and what may be wished of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backend.domain.errors import Conflict
from backend.domain.jobs import ENDED, JobState, Wish, wished
from backend.services.jobs import Place
from backend.store.database import Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCES = ("import", "job")
_LONGEST_NUMBER = 16  # digits: microseconds until the year 2286


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `share` is 0 to 1, None where nobody knows how much there is; rate is in rows a second."""

    done: int
    total: int | None
    share: float | None
    rate: float | None
    left: float | None


def progress(job: Row, now: datetime | None = None) -> Progress | None:
    """How far a job is that has begun and not ended; None else. Its rate is that since it was last taken up."""
    state = JobState(job["state"])
    if state in ENDED or job["started_at"] is None:
        return None
    done, total = job["done"], job["total"]
    share = min(done / total, 1.0) if total else None
    seconds = ((now or datetime.now(UTC)) - job["started_at"]).total_seconds()
    fresh = done - job["done_before"]
    rate = fresh / seconds if state is JobState.RUNNING and fresh > 0 and seconds > 0 else None
    left = max(total - done, 0) / rate if rate and total else None
    return Progress(done, total, share, rate, left)


def took(job: Row, now: datetime | None = None) -> float | None:
    """Seconds since it was last taken up until it ended, or until now; None before that."""
    if job["started_at"] is None:
        return None
    ended: datetime = job["finished_at"] or now or datetime.now(UTC)
    began: datetime = job["started_at"]
    return max((ended - began).total_seconds(), 0.0)


def is_live(job: Row) -> bool:
    """Whether its page changes by itself."""
    return JobState(job["state"]) in (JobState.WAITING, JobState.RUNNING)


def wishes(job: Row) -> list[Wish]:
    """What can be wished of a job as it stands: pause, resume, cancel, in this order."""
    if job["wish"]:
        return []
    found = []
    for wish in (Wish.PAUSE, Wish.RESUME, Wish.CANCEL):
        try:
            wished(JobState(job["state"]), wish)
        except Conflict:
            continue
        found.append(wish)
    return found


def cursor(place: Place) -> str:
    """A place in the list as an address carries it: microseconds, which of the two lists, id."""
    return f"{(place.at - EPOCH) // timedelta(microseconds=1)}.{place.source}.{place.id}"


def place(text: str) -> Place | None:
    """The place that an address names; None for what is none."""
    moment, _, rest = text.partition(".")
    source, _, number = rest.partition(".")
    if source not in SOURCES or not all(
        part.isascii() and part.isdigit() and len(part) <= longest
        for part, longest in ((moment, _LONGEST_NUMBER), (number, 9))
    ):
        return None
    return Place(EPOCH + timedelta(microseconds=int(moment)), source, int(number))
