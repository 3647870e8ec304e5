"""Around every request: its id in and out, one log line, one measure, and in local mode who served it."""

import re
import time
import uuid
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from backend.observe import logs
from backend.observe.measures import measure
from backend.settings import Settings

log = structlog.get_logger(__name__)

Headers = Iterable[tuple[bytes, bytes]]

_SANE = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
# Asked every few seconds by machines: measured, but not worth a line each.
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


def request_id_of(scope: MutableMapping[str, Any] | Scope) -> str:
    """The id of the request that a scope belongs to; a new one the first time, unless the caller sent a sane one."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        state["request_id"] = id_of(scope["headers"])
    request_id: str = state["request_id"]
    return request_id


def id_of(headers: Headers) -> str:
    """The id that a caller sent, where it is a sane one, else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return value.decode("ascii")
    return uuid.uuid4().hex


def note_source(scope: MutableMapping[str, Any] | Scope, source: str) -> None:
    """Remember who answered a read (`primary` or a replica's name), for the log and for `X-Read-From` in local mode."""
    scope.setdefault("state", {})["read_from"] = source


class Watch:
    """The outermost layer of an application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = request_id_of(scope)
        logs.request_id.set(request_id)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self.headers(request_id, _source_of(scope))]
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            log.exception("broke off", exc_info=error)
            raise
        finally:
            route = str(scope.get("path_template") or "(no route)")
            self.tell(scope["method"], route, status, time.perf_counter() - began, request_id, _source_of(scope))

    def headers(self, request_id: str, source: str | None) -> list[tuple[bytes, bytes]]:
        """What every answer says: its id, and in local mode who served it, from where it was read."""
        headers = [(b"x-request-id", request_id.encode())]
        if self.settings.local:
            headers.append((b"x-served-by", self.settings.instance.encode()))
            if source:
                headers.append((b"x-read-from", source.encode()))
        return headers

    def tell(self, method: str, route: str, status: int, seconds: float, request_id: str, source: str | None) -> None:
        """Count a request that has ended, and write its line."""
        method = method if method in _METHODS else "(other)"
        measure(method, route, status).observe(seconds)
        if route not in _QUIET:
            logs.requests.tell(request_id, method, route, status, seconds, self.settings.instance, source)


def _source_of(scope: HTTPScope) -> str | None:
    source: str | None = scope["state"].get("read_from")
    return source


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
