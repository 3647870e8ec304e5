"""The API as a server hands it its requests, from a test that is not async (hypothesis has none that are)."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from backend.app import create_app
from backend.settings import Settings
from backend.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Bare:
    """An open application with a loop of its own."""

    def __init__(self, runner: asyncio.Runner, app: Any) -> None:
        self._runner = runner
        self._app = app
        self.database: Database = app.state.database

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def ask(
        self, method: str, address: str, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
    ) -> Reply:
        """One request. Nothing about it is made sane on the way, as a client would."""
        return self.run(self.asked(method, address, body, headers))

    async def asked(
        self, method: str, address: str, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
    ) -> Reply:
        """The same for a test that has several at once."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("utf-8", "surrogatepass"),
            "root_path": "",
            "query_string": query.encode("utf-8", "surrogatepass"),
            "headers": headers or [],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        start: dict[str, Any] = {}
        received = bytearray()

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def answer(message: dict[str, Any]) -> None:
            # A server looks here to know whether a body may come.
            assert scope["method"] == method
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                received.extend(message.get("body", b""))

        await self._app(scope, receive, answer)
        headers_of = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], headers_of, bytes(received))


@contextmanager
def bare(settings: Settings) -> Iterator[Bare]:
    """Open the API for as long as the `with` lasts."""
    app = create_app(settings, "api")
    ended = asyncio.Event()

    async def live(opened: asyncio.Event) -> None:
        async with app.lifespan():
            opened.set()
            await ended.wait()

    async def begin() -> asyncio.Task[None]:
        opened = asyncio.Event()
        life = asyncio.create_task(live(opened))
        await asyncio.wait([life, asyncio.create_task(opened.wait())], return_when=asyncio.FIRST_COMPLETED)
        return life

    with asyncio.Runner() as runner:
        # The lifespan wants to be left by the task that entered it.
        life = runner.run(begin())
        try:
            yield Bare(runner, app)
        finally:
            ended.set()
            runner.run(asyncio.wait_for(life, 10))
