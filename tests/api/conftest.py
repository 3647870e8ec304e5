"""The public API alone, and its cast."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backend.app import create_app
from backend.settings import Settings
from backend.store.database import Database
from tests import cast


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API without a network. An error that nobody foresaw is the 500 that a storefront would see."""
    app = create_app(settings, "api")
    asgi: Any = app  # typed more narrowly than ASGI is
    async with app.lifespan():
        transport = httpx.ASGITransport(app=asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as opened:
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
