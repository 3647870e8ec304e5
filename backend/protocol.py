"""How an instance speaks HTTP: uvicorn's protocol, its answers in one piece, and plain requests past ASGI.

uvicorn writes the head and then the body. An instance that is killed between the two leaves an answer that Nginx has
already begun to pass on and can no longer ask of another instance; in one piece there is either no answer or all of it.
It also saves a system call and a packet.

A request that goes through ASGI has a scope, two messages, and its headers looked through thrice: more than a read
that is shared with others costs. So an application may have a `shortcut`, which is asked first.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, NamedTuple, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

Headers = list[tuple[bytes, bytes]]

_CLOSE = (b"connection", b"close")
_LINE = b"%b: %b\r\n".__mod__
_HERE = ("127.0.0.1", 0)
_CLOSING = b"connection: close\r\n"


class Reply(NamedTuple):
    """A whole answer, but for what the server itself says in each. The lines of its head tell the body's length."""

    status: int
    lines: bytes
    body: bytes


def lines_of(headers: Headers) -> bytes:
    """Headers as they are sent."""
    return b"".join(map(_LINE, headers))


class Exchange(Protocol):
    """A request's side that its answer comes from."""

    def answer(self, reply: Reply, more: bytes = b"") -> None:
        """Send it, with more lines in its head, if somebody is still there."""

    async def whole_body(self) -> bytes | None:
        """The request's body once it is here, None where it breaks off."""

    def carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what ends with an answer, or with the connection where it is broken off: half an answer is none."""


class Shortcut(Protocol):
    """What answers plain requests. It raises nothing."""

    def __call__(self, method: bytes, target: bytes, headers: Headers, exchange: Exchange) -> bool:
        """Whether `exchange` will be answered, once and not before this is; else the application is to be asked.

        Names of headers are in lower case. Whoever takes a request with a body awaits it whole, so the headers must say
        that it is short.
        """


def state_of(app: Any) -> Any:
    """The state of the application that uvicorn serves, also where it has wrapped it; None where it has none."""
    while app is not None and not hasattr(app, "state"):
        app = getattr(app, "app", None)
    return app and app.state


class OnePiece(HttpToolsProtocol):
    """uvicorn's protocol on a transport that is corked, with the application's `state.shortcut` before it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._shortcut: Shortcut | None = getattr(state_of(self.app), "shortcut", None)
        self._own_headers: Headers = []
        self._own_lines = b""
        self._used = False  # since it was last looked
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.corked = _Corked(transport, self.loop)
        super().connection_made(self.corked)  # type: ignore[arg-type]
        # Whoever comes through a Unix socket is on this machine, as are those from loopback, and trusted like them.
        self.client = self.client or _HERE

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._looking:
            self._looking.cancel()

    def on_headers_complete(self) -> None:
        """A request is known but for its body."""
        self._used = True
        if self._shortcut and self._is_free():
            cycle = _Shortened(self)
            if self._shortcut(self.parser.get_method(), self.url, self.headers, cycle):
                self.cycle = cycle  # type: ignore[assignment]
                return
        super().on_headers_complete()

    def own_lines(self) -> tuple[bytes, bool]:
        """What the server itself says in each answer, and whether the connection ends there. It changes each second."""
        own = self.server_state.default_headers
        if own is not self._own_headers:
            self._own_headers, self._own_lines = own, lines_of(own)
        return self._own_lines, _CLOSE in own

    def rest(self) -> None:
        """What uvicorn does after an answer, but for its timer: one made and ended for each took a tenth of the time.

        A connection that nobody uses is closed after once to twice the time that it may be kept.
        """
        if self.pipeline or self.transport.is_closing():
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        if self._looking is None:
            self._look()

    def _look(self) -> None:
        if not self._used and self.cycle.response_complete:
            self.transport.close()
            return
        self._used = False
        self._looking = self.loop.call_later(self.timeout_keep_alive, self._look)

    def _is_free(self) -> bool:
        """Whether nothing but this request has to be thought of: none before it, no slow reader, no end in sight."""
        return (
            getattr(self.cycle, "response_complete", True)
            and not self.flow.write_paused
            and not self.expect_100_continue
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
        )


class _Shortened:
    """One answer past ASGI. To uvicorn it is a cycle like its own: it waits for the end of it, or hastens it."""

    __slots__ = ("_protocol", "body", "disconnected", "keep_alive", "message_event", "more_body", "response_complete")

    def __init__(self, protocol: OnePiece) -> None:
        self._protocol = protocol
        self.message_event: asyncio.Event | _Nobody = _NOBODY
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.more_body = True
        self.body = b""

    async def whole_body(self) -> bytes | None:
        self.message_event = asyncio.Event()
        while self.more_body and not self.disconnected:
            self._protocol.flow.resume_reading()
            await self.message_event.wait()
            self.message_event.clear()
        self._protocol.flow.resume_reading()
        return None if self.more_body else self.body

    def carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._protocol.loop.create_task(self._do(work))
        self._protocol.tasks.add(task)
        task.add_done_callback(self._protocol.tasks.discard)

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except BaseException:
            self._protocol.transport.close()
            raise

    def answer(self, reply: Reply, more: bytes = b"") -> None:
        if self.disconnected:
            return
        protocol = self._protocol
        own, ends = protocol.own_lines()
        if not (ends or self.keep_alive):
            own, ends = own + _CLOSING, True
        status, lines, body = reply
        protocol.corked.write_whole(b"".join((STATUS_LINE[status], own, lines, more, b"\r\n", body)))
        self.response_complete = True
        if ends:
            protocol.transport.close()
        protocol.rest()


class _Nobody:
    """Stands for an event where nobody waits for a body."""

    def set(self) -> None:
        """It has come."""


_NOBODY = _Nobody()


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

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def write_whole(self, data: bytes) -> None:
        """Write what is whole: it need not be held."""
        self._let_go()
        self._transport.write(data)

    def _let_go(self) -> None:
        if self._held:
            data, self._held = b"".join(self._held), []
            self._transport.write(data)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
