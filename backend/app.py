"""The one place where everything is wired: an application of one role from settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from backend import observe
from backend.settings import Settings
from backend.store.database import Database


def create_app(settings: Settings, role: str) -> Litestar:
    """An application that serves the API at /, the console below /console/, or both; `role` is api, console or all.

    Health and metrics are there in each. The database is opened with the application's lifespan.
    """
    database = Database(settings)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with database:
            yield

    handlers = [*observe.routes()]
    if role in ("api", "all"):
        from backend import api

        handlers += api.routes()
    if role in ("console", "all"):
        import admin_ui

        handlers += admin_ui.routes()
    app = Litestar(
        handlers,
        lifespan=[lifespan],
        middleware=observe.middleware(settings),
        openapi_config=None,
    )
    app.state.settings = settings
    app.state.database = database
    return app
