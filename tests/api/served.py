"""An application behind a port, by the server and the protocol that production has."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from backend.protocol import OnePiece


@contextmanager
def over_http(app: Any) -> Iterator[str]:
    """Its address, for as long as the `with` lasts."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # whoever asks before the server is up waits
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, http=OnePiece))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@asynccontextmanager
async def over_loopback(app: Any) -> AsyncIterator[str]:
    """The same in the loop that runs already, for an application that is open."""
    config, state = uvicorn.Config(app, log_config=None, http=OnePiece, lifespan="off"), ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: OnePiece(config, state, {}), "127.0.0.1")
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
