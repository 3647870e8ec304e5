"""Health: ready only when it can serve, and saying what is missing."""

import os
from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest

from backend.observe import health
from backend.settings import Settings
from backend.store.database import Database
from backend.store.replicas import Member
from tests.conftest import Urls
from tests.postgres import Server

pytestmark = pytest.mark.anyio


async def test_all_is_well(api: httpx.AsyncClient) -> None:
    assert (await api.get("/health/live")).json() == {"live": True}
    response = await api.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "instance": "test-1",
        "process": os.getpid(),
        "parts": {
            "database": {"ok": True, "needed": True, "says": "It answers"},
            "schema": {"ok": True, "needed": True, "says": f"Revision {health._revisions()[0]}"},
        },
    }


@pytest.mark.parametrize(
    ("known", "ready", "says"),
    [
        ({"0000", "9999"}, False, "Revision 0000, this code needs 9999: run `atelier db upgrade`"),
        ({"9999"}, True, "Revision 0000, newer than this code's 9999"),
    ],
)
async def test_an_older_schema_is_not_ready_and_a_newer_one_is(
    api: httpx.AsyncClient,
    database_urls: Urls,
    monkeypatch: pytest.MonkeyPatch,
    known: set[str],
    ready: bool,
    says: str,
) -> None:
    with psycopg.connect(database_urls.owner, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '0000'")
    monkeypatch.setattr(health, "_revisions", lambda: ("9999", frozenset(known)))
    response = await api.get("/health/ready")
    assert response.status_code == (200 if ready else 503)
    assert response.json()["ready"] is ready
    assert response.json()["parts"]["schema"] == {"ok": ready, "needed": True, "says": says}


async def test_without_its_database_it_is_not_ready_but_alive(
    api: httpx.AsyncClient, postgres: Server, database_urls: Urls
) -> None:
    name = database_urls.app.rpartition("/")[2]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"alter database {name} with allow_connections false")
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        response = await api.get("/health/ready")
        assert response.status_code == 503
        assert response.headers["retry-after"]
        parts: dict[str, Any] = response.json()["parts"]
        assert parts == {"database": {"ok": False, "needed": True, "says": "It does not answer"}}
        assert (await api.get("/health/live")).status_code == 200
        refused = await api.get("/reviews?product_id=1")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert refused.headers["retry-after"]
        connection.execute(f"alter database {name} with allow_connections true")
    assert (await api.get("/health/ready")).status_code == 200
    assert (await api.get("/reviews?product_id=1")).status_code == 200


async def test_a_replica_out_of_rotation_is_said_but_not_needed(
    postgres: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = settings.database_url.rpartition("/")[2]
    with postgres.standby("sleepy") as standby:
        url = standby.url(name, "atelier_read")
        async with Database(replace(settings, replica_urls=(url,))) as database:
            parts = await health.parts_of(database)
            assert parts["replica sleepy"]["ok"]
            monkeypatch.setattr(Member, "may_serve", lambda _: False)
            parts = await health.parts_of(database)
            assert parts["replica sleepy"]["says"].startswith("Out of rotation")
            assert not parts["replica sleepy"]["needed"]
