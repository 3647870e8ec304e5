"""A real Postgres built by Alembic, a fresh copy of it for each test that asks, and the application on top."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database
from etl.compiled import ready
from tests.postgres import Server, free_port

# Workers that tests start as processes share what was compiled with the tests, and with the next run.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "machine-code"))
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Urls:
    """One database as each of the three roles sees it, and as the server's administrator."""

    app: str
    owner: str
    read: str
    admin: str


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The session's server, with the three roles and a migrated template."""
    with Server() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("create role atelier_owner login createrole")
            connection.execute("create role atelier_app login")
            connection.execute("create role atelier_read login")
            connection.execute("create database template_atelier owner atelier_owner")
        migrations.upgrade(server.url("template_atelier", "atelier_owner"))
        yield server


@pytest.fixture
def database_urls(postgres: Server) -> Iterator[Urls]:
    """A fresh copy of the migrated template."""
    name = f"atelier_{next(_numbers)}"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template template_atelier owner atelier_owner strategy file_copy")
    yield Urls(*(postgres.url(name, user) for user in ("atelier_app", "atelier_owner", "atelier_read", "postgres")))
    # Another connection: the test may have crashed the server.
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def settings(database_urls: Urls, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url=database_urls.app,
        owner_url=database_urls.owner,
        reader_url=database_urls.read,
        secret="for tests only",
        instance="test-1",
        local=True,
    )


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 that lets everybody in."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def machine_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files are read by the compiled pass."""
    made = ready.load(tmp_path)
    assert made is not None
    monkeypatch.setattr(ready, "_made", made)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings) as opened:
        yield opened


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The whole application without a network: API at /, console below /console/."""
    from backend.app import create_app

    app = create_app(settings, "all")
    async with app.lifespan():
        transport = httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as opened:
            yield opened
