"""An instance ends unseen: what comes on a kept connection until then is answered, and the next one has its port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from backend.protocol import OnePiece
from backend.serving import Instance, shared

pytestmark = pytest.mark.anyio
HOST = "127.0.0.1"


@asynccontextmanager
async def instance(says: bytes, listener: socket.socket) -> AsyncIterator[Instance]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": says})

    server = Instance(uvicorn.Config(app, http=OnePiece, lifespan="off", log_config=None))
    # Without its own taking of signals, which are the test's.
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield server
    server.should_exit = True
    await asyncio.wait_for(task, 5)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
    """Head and body of one answer on this connection."""
    writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await reader.readexactly(3)


async def test_the_next_takes_over_and_a_kept_connection_is_answered_once_more() -> None:
    first = shared(HOST, 0)
    port = first.getsockname()[1]
    async with instance(b"old", first) as ending:
        kept = await asyncio.open_connection(HOST, port)
        head, body = await ask(*kept)
        assert body == b"old"
        assert b"connection: close" not in head
        async with instance(b"new", shared(HOST, port)):
            ending.should_exit = True
            while ending.servers[0].is_serving():
                await asyncio.sleep(0.01)
            for _ in range(20):
                fresh = await asyncio.open_connection(HOST, port)
                assert (await ask(*fresh))[1] == b"new"
                fresh[1].close()
            head, body = await ask(*kept)
            assert body == b"old"
            assert b"connection: close" in head
            assert await kept[0].read() == b""
            kept[1].close()
