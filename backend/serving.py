"""How an instance runs under uvicorn: its answers in one piece, and its garbage collected seldom.

uvicorn writes the head and then the body. An instance that is killed between the two leaves an answer that Nginx has
already begun to pass on and can no longer ask of another instance; in one piece there is either no answer or all of it.
It also saves a system call and a packet.

Python looks for cycles of garbage after every 700 objects that stay, and every hundredth time through all there are:
under load that took a tenth of the time, and whoever asked meanwhile waited. A request leaves next to none.
"""

import asyncio
import gc
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_THRESHOLDS = 50_000, 20, 50


class Instance(uvicorn.Server):
    """uvicorn's server, which once it has started looks no more at what it started with."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell the streams first: they would go on for minutes, and the instance waits for what is under way."""
        app = self.config.loaded_app
        while not hasattr(app, "state"):
            app = app.app
        app.state.closing.set()
        await super().shutdown(sockets)


class _Corked:
    """A transport that holds what is written until the loop's next turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._let_go)
        self._held.append(data)

    def _let_go(self) -> None:
        if self._held:
            data, self._held = b"".join(self._held), []
            self._transport.write(data)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class OnePiece(HttpToolsProtocol):
    """uvicorn's protocol on such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Corked(transport, self.loop))  # type: ignore[arg-type]
