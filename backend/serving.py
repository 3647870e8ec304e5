"""How an instance runs under uvicorn: its answers in one piece, and its garbage collected seldom.

uvicorn writes the head and then the body. An instance that is killed between the two leaves an answer that Nginx has
already begun to pass on and can no longer ask of another instance; in one piece there is either no answer or all of it.
It also saves a system call and a packet.

An instance that ends does so unseen: it takes no new connection, and says with each answer that its connection ends
there. What waits unused in Nginx meanwhile ends after a second: closed at once it might meet a request on its way, and
Nginx sends a write only once. Where two share a port, the next one has taken over before.

Python looks for cycles of garbage after every 700 objects that stay, and every hundredth time through all there are:
under load that took a tenth of the time, and whoever asked meanwhile waited. A request leaves next to none.
"""

import asyncio
import gc
import socket
import time
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_THRESHOLDS = 50_000, 20, 50
DRAIN = 1.0  # seconds that kept connections have, at the end, to be used once more
_BACKLOG = 2048


def shared(host: str, port: int) -> socket.socket:
    """A socket on a port at which another process of this user may listen, too: the kernel gives each its share."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=True, backlog=_BACKLOG)


class Instance(uvicorn.Server):
    """uvicorn's server, which once it has started looks no more at what it started with."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell the streams first: they would go on for minutes. What is under way ends, and nobody is left halfway."""
        app = self.config.loaded_app
        while app is not None and not hasattr(app, "state"):
            app = getattr(app, "app", None)
        if app is not None:
            app.state.closing.set()
        for listener in self.servers:
            listener.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        until = time.monotonic() + DRAIN
        while self.server_state.connections and not self.force_exit and time.monotonic() < until:
            await asyncio.sleep(0.02)
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
