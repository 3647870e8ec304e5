"""One look at the whole service: what the page shows, and what a worker judges."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.actors import Actor
from backend.domain.targets import Reading, headline
from backend.services import load_tests
from backend.services.system import alerts, standing, traffic
from backend.services.system.spans import PERIODS, USUAL, Period
from backend.services.system.standing import Standing
from backend.services.system.traffic import Traffic
from backend.store import sql
from backend.store.database import Database, Reader, Row

queries = sql.load("system")


@dataclass(frozen=True, slots=True)
class Look:
    """Everything at one moment. `courses` are figures by code, a value for each point of the traffic or None.

    `open` are the alerts that are, `ended` those that were; `load_tests` are the latest.
    """

    period: Period
    at: datetime
    traffic: Traffic
    standing: Standing
    courses: dict[str, list[float | None]]
    open: list[Row]
    ended: list[Row]
    load_tests: list[Row]

    def readings(self) -> list[Reading]:
        return [*self.traffic.readings(), *self.standing.readings()]

    def headline(self) -> str:
        """Whether we are all right, in a few words."""
        return headline(self.readings())


async def take(database: Database, actor: Actor, period: Period) -> Look:
    """Look at everything, as the primary knows it."""
    async with database.read(fresh=True) as reader:
        stands = await standing.read(database, reader, actor)
        began = min((each["started_at"] for each in stands.instances), default=None)
        return Look(
            period=period,
            at=stands.at,
            traffic=await traffic.read(reader, actor, period, stands.at, began),
            standing=stands,
            courses=await _courses(reader, period, stands.at),
            open=await alerts.open_ones(reader, actor),
            ended=await alerts.latest(reader, actor),
            load_tests=await load_tests.latest(reader, actor),
        )


async def readings(database: Database, actor: Actor) -> list[Reading]:
    """What targets are judged by, now."""
    async with database.read(fresh=True) as reader:
        stands = await standing.read(database, reader, actor)
        began = min((each["started_at"] for each in stands.instances), default=None)
        served = await traffic.read(reader, actor, PERIODS[USUAL], stands.at, began)
    return [*served.readings(), *stands.readings()]


async def _courses(reader: Reader, period: Period, at: datetime) -> dict[str, list[float | None]]:
    axis = traffic.times(period, at)
    rows = await reader.fetch_all(queries["gauges"], {"span": period.step, "since": axis[0]})
    places = {time: place for place, time in enumerate(axis)}
    found: dict[str, list[float | None]] = {}
    for row in rows:
        if row["at"] in places:
            found.setdefault(row["code"], [None] * len(axis))[places[row["at"]]] = row["value"]
    return found
