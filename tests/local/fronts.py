"""Nginx in front of instances that answer as they are told."""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from backend.local import nginx as local
from backend.local.ports import HOST, inner_ports
from nginx.render import Site, render

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


@dataclass
class Instance:
    """A server that keeps every request it read, and answers as it is told: with bytes, or by breaking off."""

    answer: Callable[[bytes], bytes | Iterator[bytes] | None] = lambda _: OK
    path: Path | None = None  # of a Unix socket, instead of a port
    seen: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.path:
            self.path.unlink(missing_ok=True)
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.bind(str(self.path))
            self._socket.listen()
            self.address = f"unix:{self.path}"
        else:
            self._socket = socket.create_server((HOST, 0))
            self.address = f"{HOST}:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while request := self._read(connection):
                self.seen.append(request)
                answer = self.answer(request)
                if answer is None:
                    return
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(piece)

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        got = b""
        while b"\r\n\r\n" not in got:
            more = connection.recv(65536)
            if not more:
                return b""
            got += more
        return got

    def close(self) -> None:
        with suppress(OSError):  # it was closed before
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@dataclass
class Front:
    """Nginx before two API instances and one console."""

    api: tuple[Instance, Instance]
    console: Instance
    client: httpx.Client
    log: Path


@contextmanager
def running(site: Site, folder: Path) -> Iterator[None]:
    configuration = folder / "nginx.conf"
    configuration.write_text(render(site))
    process = subprocess.Popen([local.binary(), "-e", "stderr", "-p", str(folder), "-c", str(configuration)])
    try:
        port = int(site.listen.rpartition(":")[2])
        for _ in range(200):
            with suppress(OSError), socket.create_connection((HOST, port), 0.2):
                break
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def front(*, sockets: bool = False, **site: Any) -> Iterator[Front]:
    """A front whose `Site` has these values beside what every one needs; instances at ports, or at `sockets`."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-nginx-"))
    folder.chmod(0o755)
    static = folder / "static"
    static.mkdir(mode=0o755)
    (static / "base.css").write_text("body { margin: 0 }\n" * 200)
    (port,) = islice(inner_ports(), 1)
    first, second, console = (
        Instance(path=folder / f"{name}.sock" if sockets else None) for name in ("api-1", "api-2", "console-1")
    )
    api = first, second
    made = Site(
        listen=f"{HOST}:{port}",
        api=tuple(each.address for each in api),
        console=(console.address,),
        static=static,
        folder=folder,
        access_log=str(folder / "access.log"),
        error_log="stderr",
        user="root" if Path("/root").owner() == "root" and Path(folder).owner() == "root" else "",
        workers="1",
        foreground=True,
        **site,
    )
    try:
        with running(made, folder), httpx.Client(base_url=f"http://{HOST}:{port}", timeout=10) as client:
            yield Front(api, console, client, folder / "access.log")
    finally:
        for each in (*api, console):
            each.close()
        shutil.rmtree(folder)


def head_of(request: bytes) -> dict[str, str]:
    """A request's headers, their names in lower case."""
    lines = request.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
