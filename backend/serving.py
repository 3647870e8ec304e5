"""How an instance runs under uvicorn: it ends unseen, and its garbage is collected seldom.

An instance that ends does so unseen: it takes no new connection, and says with each answer that its connection ends
there. What waits unused in Nginx meanwhile ends after a second: closed at once it might meet a request on its way, and
Nginx sends a write only once. Where two share a port, the next one has taken over before.

Python looks for cycles of garbage after every 700 objects that stay, and every hundredth time through all there are:
under load that took a tenth of the time, and whoever asked meanwhile waited. A request leaves next to none.
"""

import asyncio
import gc
import os
import socket
import time
from pathlib import Path

import uvicorn

from backend.domain.errors import Misconfigured
from backend.protocol import OnePiece, state_of

_THRESHOLDS = 50_000, 20, 50
DRAIN = 1.0  # seconds that kept connections have, at the end, to be used once more
_BACKLOG = 2048
_LONGEST = 90  # bytes of a socket's path: systems take 104 to 108, and a name before it is its own has more


def shared(host: str, port: int) -> socket.socket:
    """A socket on a port at which another process of this user may listen, too: the kernel gives each its share."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=True, backlog=_BACKLOG)


def is_place(path: Path) -> bool:
    """Whether a Unix socket can be at a path: it must be short, and its folder be there."""
    return len(os.fsencode(path)) <= _LONGEST and path.parent.is_dir()


class Instance(uvicorn.Server):
    """uvicorn's server, which once it has started looks no more at what it started with.

    It can answer on a Unix socket, too: a proxy on the same machine reaches it there for less than on a port.
    `Misconfigured` where there can be none.
    """

    def __init__(self, config: uvicorn.Config, path: Path | None = None) -> None:
        if path and not is_place(path):
            raise Misconfigured(
                f"There can be no socket at {path}: it needs a folder that is there, and at most {_LONGEST} bytes."
            )
        super().__init__(config)
        self._path = path

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._path and not self.should_exit:
            await self._appear(self._path)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)

    async def _appear(self, path: Path) -> None:
        """Listen at a path instead of whoever did: there is no moment at which nobody is there."""
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        try:
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_unix_server(self._meet, fresh, backlog=_BACKLOG))
            fresh.chmod(0o666)  # who gets here is for the folder to say
            fresh.replace(path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise Misconfigured(f"There can be no socket at {path}: {error.strerror}.") from error

    def _meet(self) -> OnePiece:
        return OnePiece(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

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
