"""Plain requests past ASGI: on a connection they take turns with others, and end with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from backend.protocol import Exchange, Headers, OnePiece, Reply

pytestmark = pytest.mark.anyio
PLAIN, OTHER = b"GET /plain HTTP/1.1\r\nHost: shop\r\n\r\n", b"GET /other HTTP/1.1\r\nHost: shop\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class App:
    """Answers `app` to what its shortcut leaves to it; that says `cut` once it may."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    state: Any = None
    heard: bytes | None = b""

    def __post_init__(self) -> None:
        self.state = SimpleNamespace(shortcut=self.shortcut)

    def shortcut(self, method: bytes, target: bytes, headers: Headers, exchange: Exchange) -> bool:
        del headers
        if target == b"/plain":
            exchange.carry_out(self.work(exchange, has_body=method == b"POST"))
        return target == b"/plain"

    async def work(self, exchange: Exchange, *, has_body: bool) -> None:
        self.begun.set()
        await self.may.wait()
        if has_body:
            self.heard = await exchange.whole_body()
        exchange.answer(Reply(200, b"content-length: 3\r\n", b"got" if has_body else b"cut"))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": b"app"})


@asynccontextmanager
async def connected(app: App, keep: int = 5) -> AsyncIterator[tuple[Streams, ServerState]]:
    state = ServerState()
    config = uvicorn.Config(app, log_config=None, http=OnePiece, lifespan="off", timeout_keep_alive=keep)
    state.default_headers = [(b"date", b"today")]
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: OnePiece(config, state, {}), "127.0.0.1") as server:
        streams = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield streams, state
        finally:
            streams[1].close()


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next one."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    return head, await reader.readexactly(3)


async def test_a_plain_request_is_answered_by_the_shortcut_and_another_by_the_application() -> None:
    app = App()
    app.may.set()
    async with connected(app) as ((reader, writer), state):
        for asked, said in ((PLAIN, b"cut"), (OTHER, b"app"), (PLAIN, b"cut")):
            writer.write(asked)
            head, body = await answer(reader)
            assert body == said
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"date: today\r\n" in head
        assert state.total_requests == 3
        assert not state.tasks


@pytest.mark.parametrize(
    "asked",
    [
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b"1.1", b"1.0").replace(b"Host", b"Connection: keep-alive\r\nHost"),
        PLAIN.replace(b"Host", b"Connection: close\r\nHost"),
        PLAIN.replace(b"Host", b"Expect: 100-continue\r\nHost"),
    ],
)
async def test_what_wants_more_than_an_answer_is_left_to_uvicorn(asked: bytes) -> None:
    async with connected(App()) as ((reader, writer), _):
        writer.write(asked)
        assert (await answer(reader))[1] == b"app"


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    app = App()
    async with connected(app) as ((reader, writer), _):
        writer.write(PLAIN + OTHER + PLAIN)
        await app.begun.wait()
        app.may.set()
        # What waits behind another is left to uvicorn, which has a queue for it.
        assert [(await answer(reader))[1] for _ in range(3)] == [b"cut", b"app", b"app"]
        writer.write(PLAIN)
        assert (await answer(reader))[1] == b"cut"


@pytest.mark.parametrize("size", [0, 5, 300])
@pytest.mark.parametrize("early", [True, False])
async def test_a_body_is_heard_whole_before_the_answer_or_after_the_head(size: int, early: bool) -> None:
    app = App()
    async with connected(app) as ((reader, writer), _):
        sent = b"x" * 1024 * size
        head = b"POST /plain HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % len(sent)
        writer.write(head + sent if early else head)
        await app.begun.wait()
        app.may.set()
        if not early:
            for at in range(0, len(sent), 70_000):
                await asyncio.sleep(0.005)
                writer.write(sent[at : at + 70_000])
        for _ in range(2):
            assert (await answer(reader))[1] == b"got"
            assert app.heard == sent
            writer.write(head + sent)  # and the connection goes on


async def test_a_body_that_breaks_off_is_none() -> None:
    app = App()
    app.may.set()
    async with connected(app) as ((_, writer), state):
        writer.write(b"POST /plain HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nabc")
        await app.begun.wait()
        writer.close()
        while state.tasks:
            await asyncio.sleep(0.01)
    assert app.heard is None


async def test_who_goes_away_meanwhile_is_forgotten() -> None:
    app = App()
    async with connected(app) as ((_, writer), state):
        writer.write(PLAIN)
        await app.begun.wait()
        writer.close()
        while state.connections:
            await asyncio.sleep(0.01)
        app.may.set()
        while state.tasks:
            await asyncio.sleep(0.01)


async def test_an_instance_that_ends_answers_first_and_closes_then() -> None:
    app = App()
    async with connected(app) as ((reader, writer), state):
        writer.write(PLAIN)
        await app.begun.wait()
        for connection in state.connections:
            connection.shutdown()
        app.may.set()
        head, body = await answer(reader)
        assert body == b"cut"
        assert b"connection: close\r\n" in head
        assert await reader.read() == b""


async def test_what_is_broken_off_closes_the_connection() -> None:
    app = App()
    async with connected(app) as ((reader, writer), state):
        writer.write(PLAIN)
        await app.begun.wait()
        for task in state.tasks:
            task.cancel()
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_connection_that_nobody_uses_is_closed_and_a_used_one_is_not() -> None:
    app = App()
    app.may.set()
    async with connected(app, keep=1) as ((reader, writer), _):
        clock = asyncio.get_running_loop().time
        writer.write(PLAIN)
        await answer(reader)
        await asyncio.sleep(0.5)
        writer.write(OTHER)  # also by uvicorn, which has a timer of its own
        await answer(reader)
        began = clock()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert clock() - began > 0.9
