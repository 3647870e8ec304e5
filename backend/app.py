"""The one place where everything is wired: an application of one role from settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from backend import api
from backend.api.direct import Direct
from backend.domain.errors import Misconfigured
from backend.jobs.originals import Originals, sources_of
from backend.jobs.previews import Previews
from backend.jobs.repairs import Repairs
from backend.observe.recording import recording
from backend.observe.requests import Watch
from backend.observe.routes import routes
from backend.services.importing import Watching
from backend.services.keys import Keyring
from backend.services.system import Looking
from backend.settings import Settings
from backend.store.database import Database


def create_app(settings: Settings, role: str) -> Litestar:
    """An application that serves the API at /, the console below /console/, or both; `role` is api, console or all.

    Health and metrics are there in each. The database is opened with the application's lifespan. Raises `Misconfigured`
    without a secret: sessions, forms and the hashes of voters are signed with it.
    """
    return wire(assemble(role), settings)


def assemble(role: str) -> Litestar:
    """All routes of a role, which are the same whatever the settings."""
    handlers: list[ControllerRouterHandler] = [*routes()]
    exception_handlers = api.exception_handlers()
    if role in ("api", "all"):
        handlers += api.routes()
    if role in ("console", "all"):
        # Only here: an instance of the API starts in half the time without the console's imports.
        from admin_ui import routes as console  # noqa: PLC0415

        handlers.append(console.router())
        exception_handlers = console.exception_handlers(exception_handlers)
    return Litestar(
        handlers,
        lifespan=[_opened],
        exception_handlers=exception_handlers,
        openapi_config=None,
        logging_config=None,
        state=State({"role": role}),
    )


def wire(app: Litestar, settings: Settings) -> Litestar:
    """Give an assembled application what its routes want."""
    if not settings.secret:
        raise Misconfigured("No secret is set: give all instances the same long random ATELIER_SECRET (or _FILE).")
    database = Database(settings)
    # Around Litestar's own router, so that what no route answers has a request id, a line in the log and CORS too.
    router = app.state.setdefault("router", app.asgi_handler)
    around = api.around(settings)
    app.asgi_handler = watch = Watch(around(router), settings)
    if app.state.role in ("api", "all"):
        app.state.shortcut = Direct(around, settings, database, watch)
    app.state.settings = settings
    app.state.database = database
    app.state.keyring = Keyring(database)
    app.state.browse = sources_of(settings).entries
    app.state.originals = Originals(settings)
    app.state.repairs = Repairs(app.state.originals)
    app.state.previews = Previews(settings)
    app.state.watching = Watching(database)
    app.state.looking = Looking(database)
    app.state.closing = asyncio.Event()
    return app


@asynccontextmanager
async def _opened(app: Litestar) -> AsyncIterator[None]:
    state = app.state
    async with state.database, recording(state.database, state.settings, state.role):
        yield
