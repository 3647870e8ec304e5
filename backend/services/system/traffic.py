"""What was served within a period: its course, by route, and what is going on right now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backend.domain.actors import Actor
from backend.domain.histograms import merged, quantile
from backend.domain.roles import Permission
from backend.domain.targets import Reading
from backend.domain.traffic import is_api
from backend.services.system.spans import Period
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("system")

NOW = timedelta(minutes=5)  # what "now" is of requests
LIMIT_MS = 1_000
_LEAST_ERRORS = 5  # a target is missed by no fewer: of three requests one is no share
_LEAST_BEYOND = 5  # requests beyond a quantile without which it says nothing
_WHOLE = timedelta(minutes=1)  # the least of a point that has only begun
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Served:
    """Requests of some kind: how many, of them refused (4xx) and failed (5xx), and quantiles in milliseconds.

    The quantiles are None where there are none.
    """

    name: str
    requests: int
    refused: int
    errors: int
    p50: float | None
    p95: float | None
    p99: float | None

    @property
    def failing(self) -> float | None:
        """The share that failed, in per cent."""
        return 100 * self.errors / self.requests if self.requests else None


@dataclass(frozen=True, slots=True)
class Point:
    """A piece of the course: all requests a second and what failed of them, in per cent; the API's quantiles."""

    at: datetime
    rate: float
    served: Served
    api: Served


@dataclass(frozen=True, slots=True)
class Traffic:
    """`now` and `now_api` are of the last five minutes, `rate` is requests a second in them; the rest of the period.

    `instances` has what each served in those five minutes.
    """

    points: list[Point]
    routes: list[Served]
    together: Served
    now: Served
    now_api: Served
    rate: float
    instances: dict[str, Served]

    def readings(self) -> list[Reading]:
        """What targets are judged by; without what too few requests would tell."""
        found = []
        if self.now.failing is not None and self.now.errors >= _LEAST_ERRORS:
            found.append(Reading("errors", self.now.failing))
        for code, share in _QUANTILES.items():
            value = getattr(self.now_api, code)
            if value is not None and self.now_api.requests * (1 - share) >= _LEAST_BEYOND:
                found.append(Reading(code, value))
        return found


async def read(reader: Reader, actor: Actor, period: Period, at: datetime, since: datetime | None) -> Traffic:
    """What was served in the period that ends `at`. `since` is when the oldest instance began, where one is known."""
    actor.require(Permission.READ)
    axis = times(period, at)
    rows = await _rows(reader, period.step, axis[0])
    began = _floor(max(at - NOW, since or at - NOW), timedelta(minutes=1))
    minutes = rows if period.step == 1 else await _rows(reader, 1, began)
    recent = [row for row in minutes if row["at"] >= began]
    now = _served("now", recent)
    return Traffic(
        points=[_point(time, period, at, rows_of) for time, rows_of in _by(rows, axis).items()],
        routes=sorted(
            (_served(name, of) for name, of in _grouped(rows, "route").items()), key=lambda each: -each.requests
        ),
        together=_served("The API together", _of_api(rows)),
        now=now,
        now_api=_served("now", _of_api(recent)),
        rate=now.requests / max((at - began).total_seconds(), 1.0),
        instances={name: _served(name, of) for name, of in _grouped(recent, "instance").items()},
    )


def times(period: Period, at: datetime) -> list[datetime]:
    """When each point of a period that ends `at` begins; the last one has lasted for a minute at least."""
    step = timedelta(minutes=period.step)
    last = _floor(at - _WHOLE, step)
    return [last - place * step for place in range(int(period.length / step) - 1, -1, -1)]


def _floor(at: datetime, step: timedelta) -> datetime:
    epoch = datetime.fromtimestamp(0, UTC)
    return epoch + (at - epoch) // step * step


async def _rows(reader: Reader, span: int, since: datetime) -> list[Row]:
    return await reader.fetch_all(queries["requests"], {"span": span, "since": since}, limit_ms=LIMIT_MS)


def _by(rows: list[Row], axis: list[datetime]) -> dict[datetime, list[Row]]:
    found: dict[datetime, list[Row]] = {time: [] for time in axis}
    for row in rows:
        if row["at"] in found:
            found[row["at"]].append(row)
    return found


def _grouped(rows: list[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _of_api(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if is_api(row["route"])]


def _point(time: datetime, period: Period, at: datetime, rows: list[Row]) -> Point:
    seconds = min(timedelta(minutes=period.step), at - time).total_seconds()
    served = _served("all", rows)
    return Point(time, served.requests / seconds, served, _served("api", _of_api(rows)))


def _served(name: str, rows: list[Row]) -> Served:
    counts = merged(row["buckets"] for row in rows)
    p50, p95, p99 = (_milliseconds(quantile(counts, share)) for share in _QUANTILES.values())
    requests, refused, errors = (sum(row[each] for row in rows) for each in ("requests", "refused", "errors"))
    return Served(name, requests, refused, errors, p50, p95, p99)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds
