"""Our side as in production: API instances behind Nginx, of the same template, and beside them the limits of the two.

Whatever is first asked for is started then, and stays until the bench ends.
"""

import asyncio
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import admin_ui
from backend.domain.errors import Misconfigured
from backend.local import probes
from backend.local.nginx import binary
from backend.local.ports import HOST, inner_ports
from backend.local.postgres import bare_environment
from loadtests.api.place import FULL
from loadtests.place import ROOT, Place
from nginx.render import Site, render

FILE_BYTES = 2048
_CACHE = "cache"  # the setting of Nginx that keeps answers, where there is one
_CACHE_SECONDS = 1
_PATIENCE = 60.0  # seconds to become ready
_GRACE = 15.0  # seconds to end
_SERVE = ("-m", "backend.cli", "serve", "--role")
# Beside the template's own server: what Nginx alone can do, and what it can do before the least of applications.
_LIMITS = """
    upstream hello {{
        zone hello 128k;
        least_conn;
{servers}
        keepalive 64;
    }}
    server {{
        listen {listen};
        location = /return {{ return 200 "ok"; }}
        location = /file {{ alias "{folder}/file"; }}
        location = /hello {{ proxy_pass http://hello; }}
        location = /health/ready {{ return 200 "ok"; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """How our side stands: so many instances on a database, with its replica or not, Nginx keeping answers or not."""

    instances: int = 2
    database: str = FULL
    replica: bool = False
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Front:
    """An address, and whom a request there keeps busy: the ids of the instances and of Nginx's first process."""

    url: str
    instances: tuple[int, ...]
    nginx: int


class System:
    """Enter it to have fronts; all processes end with it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._ports = inner_ports()
        self._stack = ExitStack()
        self._instances: dict[Shape, list[tuple[int, str]]] = {}  # process, and where Nginx meets it
        self._fronts: dict[Shape | None, Front] = {}
        self._logs: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def front(self, shape: Shape) -> Front:
        """Our side in this shape."""
        if shape not in self._fronts:
            members = self._members(shape)
            self._fronts[shape] = self._nginx([met for _, met in members], [pid for pid, _ in members], shape.cached)
        return self._fronts[shape]

    def console(self) -> str:
        """The address of an instance of the console, by itself."""
        _, port = self._start(
            "console",
            *_SERVE,
            "console",
            "--port",
            environment=self._place.environment(FULL) | {"ATELIER_LOG_LEVEL": "warning"},
        )
        return f"http://{HOST}:{port}"

    def limits(self) -> Front:
        """`/return`, `/file` (2 KB), and `/hello` of two bare applications."""
        if None not in self._fronts:
            members = [self._start("hello", "-m", "loadtests.api.hello") for _ in range(2)]
            servers = [f"{HOST}:{port}" for _, port in members]
            self._fronts[None] = self._nginx(servers, [pid for pid, _ in members], None)
        return self._fronts[None]

    def forget_logs(self) -> None:
        """Empty Nginx's logs, which would fill the disk."""
        for log in self._logs:
            log.write_bytes(b"")

    def _members(self, shape: Shape) -> list[tuple[int, str]]:
        kind = replace(shape, instances=0)
        members = self._instances.setdefault(kind, [])
        environment = self._place.environment(shape.database)
        if shape.replica:
            environment["ATELIER_REPLICA_URLS"] = self._place.replica.url(shape.database, "atelier_read")
        if shape.cached:
            environment["ATELIER_CACHE_SECONDS"] = str(_CACHE_SECONDS)
        while len(members) < shape.instances:
            number = sum(map(len, self._instances.values())) + 1
            told = environment | {"ATELIER_INSTANCE": f"bench-{number}", "ATELIER_LOG_LEVEL": "warning"}
            socket = self._place.work / f"{number}.sock"
            command = (*_SERVE, "api", "--socket", str(socket), "--port")
            process, _ = self._start("instance", *command, environment=told)
            members.append((process, f"unix:{socket}"))
        return members[: shape.instances]

    def _start(self, what: str, *arguments: str, environment: dict[str, str] | None = None) -> tuple[int, int]:
        """A Python program that ends its arguments with a free port; its process and that port."""
        port = next(self._ports)
        environment = environment or {**bare_environment(), "PYTHONPATH": str(ROOT)}
        process = self._run(what, [sys.executable, "-P", *arguments, str(port)], environment)
        self._await(what, process, port, "/health/ready")
        return process.pid, port

    def _nginx(self, servers: list[str], instances: list[int], cached: bool | None) -> Front:
        """Nginx before those; `cached` is None before the limits."""
        folder = self._place.work / f"nginx-{len(self._fronts)}"
        folder.mkdir(mode=0o711)
        folder.chmod(0o711)
        account, port = self._place.server.account, next(self._ports)
        site = Site(
            listen=f"{HOST}:{port}",
            api=tuple(servers),
            console=tuple(servers),  # not asked for here
            static=Path(admin_ui.__file__).parent / "static",
            folder=folder,
            access_log=str(folder / "access.log"),
            error_log="stderr",
            user=f"{account.name} {account.group}" if account.other else "",
            foreground=True,
        )
        text = render(site if not cached else caching(site))
        if cached is None:
            (folder / "file").write_bytes(b"x" * FILE_BYTES)
            port = next(self._ports)
            told = "\n".join(f"        server {server};" for server in servers)
            limits = _LIMITS.format(listen=f"{HOST}:{port}", folder=folder, servers=told)
            text = text.rstrip().removesuffix("}") + limits
        configuration = folder / "nginx.conf"
        configuration.write_text(text, encoding="utf-8")
        command = [binary(), "-e", "stderr", "-p", str(folder), "-c", str(configuration)]
        process = self._run("nginx", command, bare_environment())
        self._await("nginx", process, port, "/health/ready")
        self._logs.append(folder / "access.log")
        return Front(f"http://{HOST}:{port}", tuple(instances), process.pid)

    def _run(self, what: str, command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        with (self._place.work / f"{what}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._stack.callback(_end, process)
        return process

    def _await(self, what: str, process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
        until = time.monotonic() + _PATIENCE
        while not asyncio.run(probes.is_ready(port, path)):
            if process.poll() is not None or time.monotonic() > until:
                said = (self._place.work / f"{what}.log").read_text(encoding="utf-8", errors="replace").splitlines()
                raise Misconfigured(f"{what} does not become ready: {said[-1] if said else 'it said nothing'}")
            time.sleep(0.05)


def caches() -> bool:
    """Whether this code's Nginx can keep answers."""
    return _CACHE in Site.__dataclass_fields__


def caching(site: Site) -> Site:
    """The same site, keeping answers as its instances allow."""
    told: dict[str, Any] = {_CACHE: _CACHE_SECONDS}
    return replace(site, **told)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
