"""An instance ends unseen: what comes on a kept connection until then is answered, and the next one has its place."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from backend.domain.errors import Misconfigured
from backend.protocol import OnePiece
from backend.serving import Instance, shared

pytestmark = pytest.mark.anyio
HOST = "127.0.0.1"


@asynccontextmanager
async def instance(says: bytes, listener: socket.socket, path: Path | None = None) -> AsyncIterator[Instance]:
    """One that says so much, and to whom: it ends with the `with`."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"3"), (b"x-to", scope["client"][0].encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": says})

    server = Instance(uvicorn.Config(app, http=OnePiece, lifespan="off", log_config=None), path)
    # Without its own taking of signals, which are the test's.
    task = asyncio.create_task(server._serve([listener]))
    while not server.started or (path and len(server.servers) < 2):
        await asyncio.sleep(0.01)
    yield server
    server.should_exit = True
    await asyncio.wait_for(task, 5)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
    """Head and body of one answer on this connection."""
    writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await reader.readexactly(3)


@pytest.mark.parametrize("at_socket", [False, True])
async def test_the_next_takes_over_and_a_kept_connection_is_answered_once_more(tmp_path: Path, at_socket: bool) -> None:
    first = shared(HOST, 0)
    port, path = first.getsockname()[1], tmp_path / "socket"

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await (asyncio.open_unix_connection(path) if at_socket else asyncio.open_connection(HOST, port))

    async with instance(b"old", first, path) as ending:
        kept = await connect()
        head, body = await ask(*kept)
        assert body == b"old"
        assert b"x-to: 127.0.0.1" in head
        assert b"connection: close" not in head
        async with instance(b"new", shared(HOST, port), path):
            ending.should_exit = True
            while any(server.is_serving() for server in ending.servers):
                await asyncio.sleep(0.01)
            for _ in range(20):
                fresh = await connect()
                assert (await ask(*fresh))[1] == b"new"
                fresh[1].close()
            head, body = await ask(*kept)
            assert body == b"old"
            assert b"connection: close" in head
            assert await kept[0].read() == b""
            kept[1].close()


async def test_who_connects_to_a_socket_meets_somebody_all_along(tmp_path: Path) -> None:
    path, answered, done = tmp_path / "socket", [], asyncio.Event()

    async def call() -> None:
        while not done.is_set():
            reader, writer = await asyncio.open_unix_connection(path)
            answered.append((await ask(reader, writer))[1])
            writer.close()

    async with instance(b"old", shared(HOST, 0), path):
        caller = asyncio.create_task(call())
        async with instance(b"new", shared(HOST, 0), path):
            while answered[-1:] != [b"new"]:
                await asyncio.sleep(0.001)
            done.set()
            await caller
    assert set(answered) == {b"old", b"new"}


@pytest.mark.parametrize("path", ["nowhere/socket", "x" * 90])
def test_no_socket_where_there_can_be_none(tmp_path: Path, path: str) -> None:
    with pytest.raises(Misconfigured, match="There can be no socket at"):
        Instance(uvicorn.Config(lambda: None), tmp_path / path)


async def test_what_stands_at_the_path_and_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("nobody asks")

    def there() -> list[str]:
        return [each.name for each in tmp_path.iterdir()]

    (path := tmp_path / "socket").mkdir()
    server = Instance(uvicorn.Config(app, http=OnePiece, lifespan="off", log_config=None), path)
    with pytest.raises(Misconfigured, match=f"no socket at {path}: Is a directory"):
        await server._serve([shared(HOST, 0)])
    for listener in server.servers:
        listener.close()
    assert there() == ["socket"]
