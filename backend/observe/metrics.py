"""Numbers for Prometheus: requests by route and status, the pools, the replicas, the process; the figures of System."""

import asyncio
from collections.abc import Iterable
from itertools import accumulate

from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from backend.domain.errors import AtelierError
from backend.domain.histograms import BOUNDS
from backend.observe.measures import MEASURES
from backend.store import sql
from backend.store.database import Database, Row

PATIENCE = 1.0  # seconds for what is asked of the database
system = sql.load("system")
alerts = sql.load("alerts")

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_BOUNDS = (*(str(bound) for bound in BOUNDS), "+Inf")


class RequestNumbers(Collector):
    """How many requests of each kind there were, and how long they took."""

    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(
            "atelier_request_seconds",
            "Seconds from a request's arrival to the end of its reply",
            labels=["method", "route", "status"],
        )
        for (method, route, status), measure in list(MEASURES.items()):
            upto = list(zip(_BOUNDS, map(float, accumulate(measure.counts)), strict=True))
            family.add_metric([method, route, str(status or "none")], upto, measure.seconds)
        return [family]


REGISTRY.register(RequestNumbers())


class DatabaseNumbers(Collector):
    """The pools and replicas as they stand at the moment of asking."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def collect(self) -> Iterable[Metric]:
        size = GaugeMetricFamily("atelier_pool_connections", "Open connections", labels=["pool"])
        idle = GaugeMetricFamily("atelier_pool_idle", "Connections that nobody uses", labels=["pool"])
        waiting = GaugeMetricFamily("atelier_pool_waiting", "Requests that wait for a connection", labels=["pool"])
        replicas = self.database.replicas.members
        pools = {"writers": self.database.writers, "readers": self.database.readers}
        for name, pool in {**pools, **{member.name: member.pool for member in replicas}}.items():
            numbers = pool.get_stats()
            size.add_metric([name], numbers.get("pool_size", 0))
            idle.add_metric([name], numbers.get("pool_available", 0))
            waiting.add_metric([name], numbers.get("requests_waiting", 0))
        serves = GaugeMetricFamily("atelier_replica_serves", "1 while reads may go to it", labels=["replica"])
        lag = GaugeMetricFamily("atelier_replica_lag_seconds", "Age of the oldest open write", labels=["replica"])
        behind = GaugeMetricFamily("atelier_replica_behind_bytes", "Log not replayed", labels=["replica"])
        for member in replicas:
            serves.add_metric([member.name], float(member.may_serve()))
            behind.add_metric([member.name], member.behind_bytes)
            if member.lag_seconds is not None:
                lag.add_metric([member.name], member.lag_seconds)
        return [size, idle, waiting, serves, lag, behind]


class Figures(Collector):
    """What a worker last read of the whole service, and which alerts are open: the same from every instance."""

    def __init__(self, figures: list[Row], alerts: list[Row]) -> None:
        self.figures = figures
        self.alerts = alerts

    def collect(self) -> Iterable[Metric]:
        read = GaugeMetricFamily("atelier_figure", "What a worker last read", labels=["code", "subject"])
        for row in self.figures:
            read.add_metric([row["code"], row["subject"]], row["value"])
        is_open = GaugeMetricFamily("atelier_alert_open", "1 while it is open", labels=["code", "subject"])
        for row in self.alerts:
            is_open.add_metric([row["code"], row["subject"]], 1.0)
        return [read, is_open]


async def _figures(database: Database) -> Figures:
    """Nothing where the database does not answer soon: the numbers of this process are told all the same."""
    try:
        async with asyncio.timeout(PATIENCE), database.read(fresh=True) as reader:
            return Figures(await reader.fetch_all(system["latest"]), await reader.fetch_all(alerts["open"]))
    except (AtelierError, TimeoutError):
        return Figures([], [])


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[None, None, State]) -> Response[bytes]:
    """Everything above, in Prometheus' text format."""
    database: Database = request.app.state.database
    asked_now = CollectorRegistry()
    asked_now.register(DatabaseNumbers(database))
    asked_now.register(await _figures(database))
    return Response(generate_latest(REGISTRY) + generate_latest(asked_now), media_type=CONTENT_TYPE_LATEST)
