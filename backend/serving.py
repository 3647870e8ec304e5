"""How an instance runs under uvicorn: it ends unseen, and its garbage is collected seldom.

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

import uvicorn

from backend.protocol import state_of

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
        if state := state_of(self.config.loaded_app):
            state.closing.set()
        for listener in self.servers:
            listener.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        until = time.monotonic() + DRAIN
        while self.server_state.connections and not self.force_exit and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)
