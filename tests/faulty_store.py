"""An S3 that fails as it is told to: a proxy before the real one, for tests of what reads through it.

    with FaultyStore(s3, [Cut(1000), SlowDown(), None, Reset()]) as store:
        Sources(endpoint=store.endpoint)

Each read of an object's bytes meets the next fault; None lets one through, and so is every read after the last.
`FaultyStore(s3, anyhow(seed))` throws dice for each read instead: always the same for the same seed, object and range,
in whatever order they are asked for.
"""

import re
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed after so many bytes of the body."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset after so many bytes of the body; without a number, before any answer."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class SlowDown:
    """503 with S3's word for too much."""


@dataclass(frozen=True, slots=True)
class Drip:
    """The body comes in small pieces with a pause after each."""

    size: int = 1000
    pause: float = 0.01


@dataclass(frozen=True, slots=True)
class Stall:
    """After so many bytes of the body nothing comes any more."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something is done before the answer is fetched: another object is put in its place."""

    do: Callable[[], object]


Fault = Cut | Reset | SlowDown | Drip | Stall | Meanwhile


@dataclass(frozen=True, slots=True)
class Read:
    """One request for an object's bytes: its path, its range, and how often that was asked for before."""

    path: str
    range: str
    before: int


Plan = Callable[[Read], Fault | None]


def anyhow(seed: int, share: float = 0.6, longest: int = 20_000) -> Plan:
    """Of each range's first reads `share` fail in any of the ways; from its fourth on none does.

    Bodies break within their first `longest` bytes. Nothing stalls, since that takes as long as a reader's patience.
    """

    def plan(read: Read) -> Fault | None:
        dice = Random(f"{seed} {read.path} {read.range} {read.before}")
        if read.before > 2 or dice.random() >= share:
            return None
        at = dice.randrange(longest)
        faults: list[Fault] = [Cut(at), Cut(0), Reset(at), Reset(), SlowDown(), Drip(longest // 10, 0.002)]
        return dice.choice(faults)

    return plan


@dataclass
class FaultyStore:
    """`met` lists the faults that were met, `asked` every request as (method, path, headers)."""

    upstream: str
    plan: Iterable[Fault | None] | Plan = ()
    met: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._before: Counter[tuple[str, str]] = Counter()
        self._ended = Event()
        plan = self.plan
        if callable(plan):
            self._next: Plan = plan
        else:
            faults = iter(plan)
            self._next = lambda _read: next(faults, None)

    def __enter__(self) -> "FaultyStore":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": self}))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def reads(self) -> list[str]:
        """The range of every read of an object's bytes, in the order they came in."""
        return [headers["range"] for method, _, headers in self.asked if method == "GET" and "range" in headers]

    def fault_of(self, method: str, path: str, headers: dict[str, str]) -> Fault | None:
        """Note a request and say what befalls it."""
        with self._lock:
            self.asked.append((method, path, headers))
            where = headers.get("range", "")
            if method != "GET" or not where:
                return None
            read = Read(path, where, self._before[path, where])
            self._before[path, where] += 1
            fault = self._next(read)
            if fault:
                self.met.append(fault)
            return fault

    def wait_for_the_end(self) -> None:
        """What stalls does so until the test is over."""
        self._ended.wait(60)


class _Handler(BaseHTTPRequestHandler):
    store: FaultyStore
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        # As a proxy it is given whole addresses.
        path = re.sub("^http://[^/]*", "", self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.store.fault_of(self.command, self.path, headers)
        body = self.rfile.read(int(headers.get("content-length", 0)))
        if isinstance(fault, Reset) and fault.after is None:
            self._reset()
        elif isinstance(fault, SlowDown):
            self._send(503, {"Content-Type": "application/xml"}, b"<Error><Code>SlowDown</Code></Error>", None)
        else:
            if isinstance(fault, Meanwhile):
                fault.do()
            answer, content = self._ask(path, headers, body)
            self._send(answer.status, dict(answer.getheaders()), content, fault if answer.status < 300 else None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _ask(self, path: str, headers: dict[str, str], body: bytes) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(urlsplit(self.store.upstream).netloc, timeout=30)
        connection.request(self.command, path, body or None, {**headers, "connection": "close"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def _send(self, status: int, headers: dict[str, str], body: bytes, fault: Fault | None) -> None:
        self.send_response_only(status)
        told = {name.lower(): value for name, value in headers.items()}
        for name in ("connection", "transfer-encoding", "content-length"):
            told.pop(name, None)
        for name, value in told.items():
            self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        self._send_body(body, fault)

    def _send_body(self, body: bytes, fault: Fault | None) -> None:
        match fault:
            case Cut(after):
                self.wfile.write(body[:after])
                self.close_connection = True
            case Reset(after):
                self.wfile.write(body[:after])
                self._reset()
            case Stall(after):
                self.wfile.write(body[:after])
                self.wfile.flush()
                self.store.wait_for_the_end()
                self.close_connection = True
            case Drip(size, pause):
                for at in range(0, len(body), size):
                    self.wfile.write(body[at : at + size])
                    time.sleep(pause)
            case _:
                self.wfile.write(body)

    def _reset(self) -> None:
        """Close so that the other side is told of a reset: what lingers for no time is not closed in peace."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ValueError):
            # A reader that left, or a connection that was closed here.
            self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *_arguments: Any) -> None:
        pass
