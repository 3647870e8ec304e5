"""Free ports on loopback: the one public one, and the inner ones."""

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from backend.domain.errors import Misconfigured

HOST = "127.0.0.1"
PUBLIC = 8080
# Below the range from which outgoing connections take theirs: a child that starts again finds its port still free.
INNER = range(20000, 32000)


def is_free(port: int) -> bool:
    """Whether nobody listens there, on loopback or on all addresses."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def inner_ports() -> Iterator[int]:
    """Free ports, never the same twice."""
    for port in random.sample(INNER, len(INNER)):
        if is_free(port):
            yield port
    raise Misconfigured(f"No port from {INNER.start} to {INNER.stop - 1} is free on {HOST}: stop what holds them.")


def public_port(wanted: int | None, last: int | None) -> int:
    """The port that was asked for, or none; else the last one, else 8080, else the next free one."""
    if wanted is not None:
        if is_free(wanted):
            return wanted
        who = holder(wanted)
        by = f" by {who}" if who else ""
        raise Misconfigured(f"Port {wanted} is taken{by}: set ATELIER_PORT to another, or stop what holds it.")
    if last is not None and is_free(last):
        return last
    for port in range(PUBLIC, PUBLIC + 200):
        if is_free(port):
            return port
    raise Misconfigured(f"No port from {PUBLIC} to {PUBLIC + 199} is free: set ATELIER_PORT to one that is.")


def holder(port: int) -> str:
    """Who listens on a port, as `name (process 12)`; empty where the system does not tell."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                parts = line.split()
                if parts[3] == "0A" and int(parts[1].rpartition(":")[2], 16) == port:
                    sockets.add(f"socket:[{parts[9]}]")
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        with contextlib.suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(descriptor.readlink()) in sockets:
                        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                        return f"{name} (process {process.name})"
    return ""
