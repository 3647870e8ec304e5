"""What an instance tells of itself reaches the database once, however the database fares meanwhile."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from backend.domain.histograms import SIZE
from backend.observe import recording
from backend.observe.measures import MEASURES, measure
from backend.observe.recording import Recorder
from backend.settings import Settings
from backend.store.database import Database
from tests.conftest import Urls
from tests.postgres import Server

pytestmark = pytest.mark.anyio

READ, VOTE = ("GET", "/reviews"), ("PUT", "/reviews/{review_id}/helpful")


@pytest.fixture(autouse=True)
def _own_measures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process has counted other tests' requests."""
    before = dict(MEASURES)
    MEASURES.clear()
    yield
    MEASURES.clear()
    MEASURES.update(before)


async def rows(database: Database, query: str) -> list[dict[str, Any]]:
    async with database.read(fresh=True) as reader:
        return await reader.fetch_all(query)


async def served(database: Database) -> dict[str, tuple[int, int, int, int]]:
    """By route: requests, refused, failed, and how many its histogram counts."""
    found = await rows(database, "select * from metric_request")
    assert all(len(row["buckets"]) == SIZE for row in found)
    told: dict[str, tuple[int, int, int, int]] = {}
    for row in found:
        one = (row["requests"], row["refused"], row["errors"], sum(row["buckets"]))
        told[row["route"]] = tuple(map(sum, zip(told.get(row["route"], (0, 0, 0, 0)), one, strict=True)))  # type: ignore[assignment]
    return told


async def test_what_it_served_is_told_once(database: Database, settings: Settings) -> None:
    measure(*READ, 200).observe(0.001)  # before it began, and of somebody else
    recorder = Recorder(database, settings, "api")
    for seconds in (0.002, 0.003, 20):
        measure(*READ, 200).observe(seconds)
    measure(*READ, 404).observe(0.001)
    measure(*READ, 0).observe(0.001)
    measure("GET", "/health/ready", 200).observe(0.001)
    await recorder.tell()
    assert await served(database) == {"GET /reviews": (5, 1, 1, 5)}
    await recorder.tell()
    measure(*READ, 503).observe(0.001)
    measure(*VOTE, 204).observe(0.004)
    await recorder.tell()
    assert await served(database) == {"GET /reviews": (6, 1, 2, 6), "PUT /reviews/{review_id}/helpful": (1, 0, 0, 1)}


async def test_it_notes_itself_until_it_leaves(database: Database, settings: Settings) -> None:
    old = Recorder(database, settings, "api")
    await old.tell()
    (row,) = await rows(database, "select *, now() - seen_at < interval '5 s' as fresh from instance")
    assert (row["name"], row["role"], row["fresh"]) == ("test-1", "api", True)
    assert row["memory"] > 1_000_000
    assert 0 < row["disk_used"] <= row["disk_size"]
    young = Recorder(database, settings, "api")  # the next one of the same name, which takes over
    await young.tell()
    await old.leave()
    assert len(await rows(database, "select from instance")) == 1
    await young.leave()
    assert await rows(database, "select from instance") == []


async def test_what_the_database_cannot_take_is_kept_and_bounded(
    settings: Settings, postgres: Server, database_urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = database_urls.app.rpartition("/")[2]
    async with Database(replace(settings, pool_timeout=0.2)) as database:
        recorder = Recorder(database, settings, "api")
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f"alter database {name} with allow_connections false")
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
            measure(*READ, 200).observe(0.001)
            await recorder.tell()
            now = datetime.now(UTC).replace(second=0, microsecond=0)
            for minute in range(recording.KEPT + 10):
                measure(*VOTE, 204).observe(0.001)
                recorder._collect(now + timedelta(minutes=minute))
            connection.execute(f"alter database {name} with allow_connections true")
        assert len(recorder._waiting) == recording.KEPT
        await recorder.tell()
        assert (await served(database))["PUT /reviews/{review_id}/helpful"][0] == recording.KEPT
        assert recorder._waiting == {}


async def test_it_tells_by_itself_and_the_rest_at_its_end(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FIRST", 0.01)
    async with recording.recording(database, settings, "worker"):
        while not await rows(database, "select from instance where role = 'worker'"):
            await asyncio.sleep(0.01)
        monkeypatch.setattr(recording, "FIRST", 2.0)
        measure(*READ, 200).observe(0.001)
    assert (await served(database))["GET /reviews"][0] == 1
    assert await rows(database, "select from instance") == []
