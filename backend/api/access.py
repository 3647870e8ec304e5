"""A handler's way to the database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from backend.api.parse import ApiRequest
from backend.observe.requests import note_source
from backend.store.database import Database, Reader, Writer


@asynccontextmanager
async def reading(request: ApiRequest) -> AsyncIterator[Reader]:
    """A Reader for this request. Who answered is noted for the log (and a header in local mode)."""
    database: Database = request.app.state.database
    async with database.read() as reader:
        yield reader
        note_source(request.scope, reader.source)


def writing(request: ApiRequest) -> AbstractAsyncContextManager[Writer]:
    """The one transaction of this request."""
    database: Database = request.app.state.database
    return database.write()
