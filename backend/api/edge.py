"""What holds for every public address, also for one that does not exist: HEAD is GET without its body, CORS is open."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

PUBLIC = ("/reviews", "/products")

# Read by a browser's script only where they are named here.
_EXPOSED = (
    b"Location, Link, ETag, X-Review-State, X-Request-ID, Retry-After, Allow,"
    b" RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
)
# On every answer: any page may call.
OPEN = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
_METHODS = b"GET, HEAD, POST, PUT, OPTIONS"
_DAY = b"86400"


def is_public(path: str) -> bool:
    """Whether a path belongs to the storefronts' API."""
    normal = "/" + path.lstrip("/")
    return any(normal == prefix or normal.startswith(prefix + "/") for prefix in PUBLIC)


class Edge:
    """Goes around the whole application and leaves what is not public as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not is_public(scope["path"]):
            await self.app(scope, receive, send)
            return
        preflight = _asked_for(scope) if scope["method"] == "OPTIONS" else []

        async def with_cors(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *((name, _with_head(value) if name == b"allow" else value) for name, value in message["headers"]),
                    *OPEN,
                    *preflight,
                ]
            await send(message)

        if scope["method"] == "HEAD":
            await self._head(scope, receive, with_cors)
        else:
            await self.app(scope, receive, with_cors)

    async def _head(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        # A copy, because the server looks at its own scope to know that no body will come.
        asked: HTTPScope = {**scope, "method": "GET"}
        await self.app(asked, receive, without_body)
        if template := asked.get("path_template"):
            scope["path_template"] = template


def _with_head(allow: bytes) -> bytes:
    methods = {method.strip() for method in allow.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))


def _asked_for(scope: HTTPScope) -> list[tuple[bytes, bytes]]:
    """The answer to a preflight. Headers are allowed as they were asked for: a `*` would leave `Authorization` out."""
    asked = next((value for name, value in scope["headers"] if name == b"access-control-request-headers"), b"*")
    return [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", _DAY),
        (b"vary", b"Access-Control-Request-Headers"),
    ]
