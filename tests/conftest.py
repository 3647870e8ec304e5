"""A real Postgres built by Alembic, a clean copy of it for each test that asks, and the application on top."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import hypothesis
import psycopg
import pytest
from litestar import Litestar
from moto.server import ThreadedMotoServer

from backend.app import assemble, wire
from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database
from etl.compiled import ready
from tests.databases import TEMPLATE, Databases
from tests.examples import tried
from tests.postgres import Server, free_port

# Workers that tests start as processes share what was compiled with the tests, and with the next run.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "machine-code"))

gc.disable()  # until all is loaded
hypothesis.settings.register_profile("atelier", tried(100))
hypothesis.settings.load_profile("atelier")


@dataclass(frozen=True, slots=True)
class Urls:
    """One database as each of the three roles sees it, and as the server's administrator."""

    app: str
    owner: str
    read: str
    admin: str


def pytest_collection_finish() -> None:
    """What is loaded by now stays: from here on the collector looks at what tests make."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs first: begun last, one of them would be waited for."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.parent not in (here, here / "local"))


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
            connection.execute(f"create database {TEMPLATE} owner atelier_owner")
        migrations.upgrade(server.url(TEMPLATE, "atelier_owner"))
        yield server


@pytest.fixture(scope="session")
def databases(postgres: Server) -> Databases:
    return Databases(postgres)


@pytest.fixture
def database_urls(postgres: Server, databases: Databases) -> Iterator[Urls]:
    """A database like the migrated template."""
    name = databases.lend()
    yield Urls(*(postgres.url(name, user) for user in ("atelier_app", "atelier_owner", "atelier_read", "postgres")))
    databases.take_back(name)


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


@pytest.fixture(scope="session")
def assembled() -> Litestar:
    """The routes, once for all tests: making them takes longer than most tests."""
    return assemble("all")


@pytest.fixture
async def app(assembled: Litestar, settings: Settings) -> AsyncIterator[Litestar]:
    """The whole application, open: API at /, console below /console/."""
    wired = wire(assembled, settings)
    async with wired.lifespan():
        yield wired


@pytest.fixture
def client(inside: httpx.AsyncClient) -> httpx.AsyncClient:
    """It as most tests ask it."""
    return inside


@pytest.fixture
async def inside(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """It without a network, which takes what no client sends. An error that nobody foresaw is a 500, as for all."""
    transport = httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as opened:
        yield opened
