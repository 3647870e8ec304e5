"""Around every request: its id in and out, one log line, one measure, and in local mode who served it."""

import re
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from backend.observe import logs
from backend.observe.measures import measure
from backend.settings import Settings

log = structlog.get_logger(__name__)

_SANE = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
# Asked every few seconds by machines: measured, but not worth a line each.
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


def request_id_of(scope: MutableMapping[str, Any] | Scope) -> str:
    """The id of the request that a scope belongs to; a new one the first time, unless the caller sent a sane one."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        sent = header(scope, b"x-request-id")
        state["request_id"] = sent.decode("ascii") if _SANE.fullmatch(sent) else uuid.uuid4().hex
    request_id: str = state["request_id"]
    return request_id


def header(scope: MutableMapping[str, Any] | Scope, name: bytes) -> bytes:
    """The first header of a name in lower case, empty where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return b""


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
                message["headers"] = [*message["headers"], *self._headers(scope, request_id)]
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            log.exception("broke off", exc_info=error)
            raise
        finally:
            self._tell(scope, status, time.perf_counter() - began)

    def _headers(self, scope: HTTPScope, request_id: str) -> list[tuple[bytes, bytes]]:
        headers = [(b"x-request-id", request_id.encode())]
        if self.settings.local:
            headers.append((b"x-served-by", self.settings.instance.encode()))
            if source := scope["state"].get("read_from"):
                headers.append((b"x-read-from", source.encode()))
        return headers

    def _tell(self, scope: HTTPScope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template") or "(no route)")
        method = scope["method"] if scope["method"] in _METHODS else "(other)"
        measure(method, route, status).observe(seconds)
        if route not in _QUIET:
            logs.requests.tell(
                request_id=scope["state"]["request_id"],
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                instance=self.settings.instance,
                read_from=scope["state"].get("read_from"),
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
