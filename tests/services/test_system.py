"""Figures over time, how everything stands, and alerts, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Forbidden
from backend.domain.histograms import SIZE, merged
from backend.domain.targets import Reading
from backend.services import system
from backend.services.system import alerts, keeping, standing, traffic
from backend.services.system.spans import HOURS, PERIODS
from backend.services.system.standing import Server, Standing
from backend.store.database import Database, Writer

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
MINUTE = NOW.replace(second=0, microsecond=0)


def buckets(**counts: int) -> list[int]:
    """`p6=3` is three requests in the sixth place."""
    return [counts.get(f"p{place}", 0) for place in range(SIZE)]


async def serve(writer: Writer, at: datetime, route: str, instance: str, counts: list[int], errors: int = 0) -> None:
    await writer.execute(
        "insert into metric_request values (1, %s, %s, %s, %s, 0, %s, %s)",
        (at, route, instance, sum(counts), errors, counts),
    )


async def everything(database: Database, table: str, **where: int) -> list[dict[str, Any]]:
    async with database.read(fresh=True) as reader:
        return await reader.fetch_all(
            f"select * from {table} where span = %(span)s order by at, 3",
            where,
        )


async def test_minutes_add_up_to_quarters_and_these_to_two_hours(database: Database) -> None:
    counts = [buckets(p3=place, p5=1) for place in range(40)]
    async with database.write() as writer:
        for place, each in enumerate(counts):
            at = MINUTE - timedelta(minutes=place)
            await serve(writer, at, "GET /reviews", f"api-{place % 3}", each, errors=1)
            await keeping.note(writer, [Reading("lag", place, "replica-1")])
        for _ in range(2):  # again changes nothing
            await keeping.roll_up(writer)
    for span in (15, 120):
        rows = await everything(database, "metric_request", span=span)
        assert merged(row["buckets"] for row in rows) == merged(counts)
        assert sum(row["errors"] for row in rows) == 40
        assert all(row["at"].timestamp() % (60 * span) == 0 and row["instance"] == "" for row in rows)
        assert [row["value"] for row in await everything(database, "metric_gauge", span=span)] == [39]
    # An instance tells of a minute that was added up already.
    async with database.write() as writer:
        await serve(writer, MINUTE - timedelta(minutes=20), "GET /reviews", "late", buckets(p1=7))
        await keeping.roll_up(writer)
    rows = await everything(database, "metric_request", span=120)
    assert sum(row["requests"] for row in rows) == sum(map(sum, counts)) + 7


async def test_what_is_old_goes(database: Database) -> None:
    async with database.write() as writer:
        for span, hours in HOURS.items():
            for more in (-0.1, 0.1):
                at = datetime.now(UTC) - timedelta(hours=hours + more)
                await writer.execute(
                    "insert into metric_request values (%s, %s, 'x', '', 1, 0, 0, %s)", (span, at, buckets(p1=1))
                )
                await writer.execute("insert into metric_gauge values (%s, %s, 'x', '', 1)", (span, at))
        await keeping.forget(writer)
    for span in HOURS:
        for table in ("metric_request", "metric_gauge"):
            assert len(await everything(database, table, span=span)) == 1


async def test_traffic_of_a_quarter_of_an_hour(database: Database) -> None:
    async with database.write() as writer:
        for place in range(1, 15):
            at = MINUTE - timedelta(minutes=place)
            for instance in ("api-1", "api-2"):
                await serve(writer, at, "GET /reviews", instance, buckets(p6=300), errors=15)
            await serve(writer, at, "console pages", "console-1", buckets(p14=6))
    async with database.read(fresh=True) as reader:
        seen = await traffic.read(reader, SYSTEM, PERIODS["15m"], MINUTE, None)
    assert [point.at for point in seen.points] == [MINUTE - timedelta(minutes=n) for n in range(15, 0, -1)]
    assert [round(point.rate, 2) for point in seen.points] == [0.0] + [10.1] * 14
    assert seen.points[0].api.p50 is None
    assert [(each.name, each.requests) for each in seen.routes] == [("GET /reviews", 8400), ("console pages", 84)]
    assert 6 < (seen.together.p50 or 0) <= 10
    assert (seen.routes[1].p95 or 0) > 100
    assert seen.instances["api-1"].requests == seen.instances["api-2"].requests == 1500
    assert round(seen.rate, 1) == 10.1
    read = {each.code: each.value for each in seen.readings()}
    assert round(read["errors"], 2) == 4.95
    assert 6 < read["p99"] <= 10


@pytest.mark.parametrize("name", PERIODS)
async def test_now_is_the_same_whatever_is_looked_back_at(database: Database, name: str) -> None:
    async with database.write() as writer:
        for place in range(10):
            await serve(writer, MINUTE - timedelta(minutes=place), "GET /reviews", "api-1", buckets(p6=60))
    at, young = MINUTE + timedelta(seconds=40), MINUTE - timedelta(seconds=100)
    async with database.read(fresh=True) as reader:
        seen = await traffic.read(reader, SYSTEM, PERIODS[name], at, None)
        fresh = await traffic.read(reader, SYSTEM, PERIODS[name], at, young)
    assert (seen.now.requests, round(seen.rate, 2)) == (360, round(360 / 340, 2))
    assert (fresh.now.requests, round(fresh.rate, 2)) == (180, round(180 / 160, 2))


async def test_few_requests_are_not_judged(database: Database) -> None:
    async with database.write() as writer:
        await serve(writer, MINUTE, "GET /reviews", "api-1", buckets(p20=4), errors=4)
    async with database.read(fresh=True) as reader:
        seen = await traffic.read(reader, SYSTEM, PERIODS["15m"], NOW, None)
    assert seen.now.failing == 100
    assert seen.readings() == []


async def test_jobs_stall_when_nobody_takes_them(database: Database) -> None:
    async with database.write() as writer:
        for _ in range(3):
            await writer.defer("work", queue="jobs", job_id=1)
        await writer.defer("import", queue="imports", lock="import", run_id=1)
        await writer.execute(
            "update procrastinate_jobs set status = 'doing' where queue_name = 'imports'"
        )  # its worker is not known
        await writer.defer("import", queue="imports", lock="import", run_id=2)
        await writer.execute("update procrastinate_events set at = now() - interval '1 hour' where job_id in (1, 5)")
    async with database.read(fresh=True) as reader:
        seen = await standing.read(database, reader, SYSTEM)
    assert seen.queues is not None
    told = {row["queue"]: (row["waiting"], row["running"], row["stalled"]) for row in seen.queues}
    # The first of three waits too long; the import that waits is behind another, whose worker is gone.
    assert told == {"jobs": (3, 0, 1), "imports": (1, 1, 1)}


def test_a_replica_that_is_gone_is_no_replica_without_lag() -> None:
    primary = Server("primary", True, None, None, 20, 100)
    gone, late = Server("one", False, None, None, None, None), Server("two", False, 3.0, 500, 5, 100)
    stands = Standing(NOW, "1", "1", "18", 1.0, None, [], [primary, gone, late], None, [])
    read = {(each.code, each.subject): each.missed for each in stands.readings()}
    assert [key for key, missed in read.items() if missed] == [("lag", "two"), ("away", "one")]
    assert ("lag", "one") not in read
    assert ("away", "primary") not in read


async def test_one_look_needs_the_permission_to_read(database: Database) -> None:
    look = await system.take(database, SYSTEM, PERIODS["24h"])
    assert look.headline() == "Serving well"
    assert (len(look.traffic.points), look.standing.servers[0].name) == (96, "primary")
    async with database.read(fresh=True) as reader:
        sizes = await standing.tables(reader, SYSTEM)
    assert sizes is not None
    assert len(sizes[1]) == 8
    with pytest.raises(Forbidden):
        await system.take(database, Actor(kind="public"), PERIODS["24h"])


async def test_an_alert_opens_is_told_and_ends(database: Database) -> None:
    late, well = [Reading("lag", 4.2, "replica-1")], [Reading("lag", 0.1, "replica-1")]

    async def at(seconds: int, readings: list[Reading]) -> None:
        async with database.write() as writer:
            await alerts.judge_all(writer, readings, NOW + timedelta(seconds=seconds))

    async def claimed() -> Any:
        async with database.write() as writer:
            return await alerts.claim(writer)

    async def states() -> tuple[int, int]:
        async with database.read(fresh=True) as reader:
            return len(await alerts.open_ones(reader, SYSTEM)), len(await alerts.latest(reader, SYSTEM))

    await at(0, late)
    await at(30, well)  # for a moment only
    await at(40, late)
    assert (await states(), await claimed()) == ((0, 0), None)
    await at(100, late)
    assert await states() == (1, 0)
    alert = await claimed()
    assert (alert["code"], alert["subject"], alert["latest"], alert["sent"]) == ("lag", "replica-1", 4.2, 0)
    assert await claimed() is None  # somebody is at it
    async with database.write() as writer:
        await alerts.sent(writer, alert["id"], 1)
    for seconds in (110, 170, 229):
        await at(seconds, well)
        assert await states() == (1, 0)
    await at(231, well)
    assert await states() == (0, 1)
    alert = await claimed()
    assert (alert["worst"], alert["sent"]) == (4.2, 1)
    async with database.write() as writer:
        await alerts.sent(writer, alert["id"], 2)
    assert await claimed() is None


async def test_what_ended_long_ago_is_no_news(database: Database) -> None:
    async with database.write() as writer:
        await writer.execute(
            "insert into alert (code, subject, began_at, opened_at, ended_at, worst, latest, target)"
            " select 'lag', '', t, t, t, 3, 3, 2 from (values (now() - interval '25 hours')) as v (t)"
        )
        assert await alerts.claim(writer) is None


async def test_gauges_keep_the_largest(database: Database) -> None:
    async with database.write() as writer:
        for value in (1.0, 3.0, 2.0):
            await keeping.note(writer, [Reading("waiting", value), Reading("silent", 5, "api-1")])
        assert await writer.fetch_all("select code, value from metric_gauge") == [{"code": "waiting", "value": 3.0}]
