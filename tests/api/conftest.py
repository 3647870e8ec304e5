"""The public API alone, and its cast."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from backend.app import assemble
from backend.store.database import Database
from tests import cast
from tests.api.served import over_loopback


@pytest.fixture(scope="session")
def assembled() -> Litestar:
    """The API's routes, once for all its tests."""
    return assemble("api")


@pytest.fixture
def database(app: Litestar) -> Database:
    """The application's own: connecting to the server once more costs as much as most tests."""
    opened: Database = app.state.database
    return opened


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """It as storefronts reach it: what is plain is answered where it comes in."""
    async with over_loopback(app) as url, httpx.AsyncClient(base_url=url) as opened:
        yield opened


@pytest.fixture
async def catalogue(database: Database) -> None:
    """The cast's products, without reviews."""
    async with database.write() as writer:
        await cast.catalogue(writer)


@pytest.fixture
async def shelf(database: Database) -> None:
    """The cast's products with what is sold of each."""
    async with database.write() as writer:
        await cast.shelf(writer)
