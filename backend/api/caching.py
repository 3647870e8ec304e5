"""What may be kept of an answer, and for how long; and 304 for who has it already.

A read's tag is that of its bytes, so it is the same from every instance. It is weak: Nginx packs answers on the way,
and one tag stands for both forms. Without `ATELIER_CACHE_SECONDS` every use of a kept answer is asked about first, so
that browsers see what was written by their next request, as everybody does.
"""

from collections.abc import Iterable
from hashlib import sha256

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.edge import is_public

Headers = Iterable[tuple[bytes, bytes]]

ERRORS_BRIDGED = 30  # seconds for which an old answer may stand in where there is none but errors

_OK, _NOT_MODIFIED = 200, 304
NO_STORE = (b"cache-control", b"no-store")
# A wrong key is refused, so what was kept for nobody may not be given to whoever has one.
_VARY = (b"vary", b"X-API-Key")
_ABOUT_THE_BODY = (b"content-type", b"content-length")


def tag_of(body: bytes) -> bytes:
    """The weak entity tag of a body."""
    return b'W/"%b"' % sha256(body).hexdigest()[:20].encode()


def policy(seconds: int) -> bytes:
    """The `Cache-Control` of a read: asked about at each use for 0, else kept for so many seconds and as many stale."""
    if seconds == 0:
        return b"no-cache"
    return b"public, max-age=%d, stale-while-revalidate=%d, stale-if-error=%d" % (seconds, seconds, ERRORS_BRIDGED)


def answered(body: bytes, sent: Headers, seconds: int) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Status and headers of a read whose body this is, for a request with the headers `sent` (names in lower case).

    304 where the caller has it already: then neither the body nor a header about it may follow. HEAD is like GET.
    """
    tag = tag_of(body)
    return (_NOT_MODIFIED if is_kept(tag, sent) else _OK), [(b"etag", tag), *kept_as(seconds)]


def kept_as(seconds: int) -> list[tuple[bytes, bytes]]:
    """The headers that say how a read may be kept."""
    return [(b"cache-control", policy(seconds)), _VARY]


def is_kept(tag: bytes, sent: Headers) -> bool:
    """Whether the caller says that it has what this tag stands for."""
    # Weak comparison: what stands between the quotes. In a list of tags it cannot stand there by chance.
    return any(name == b"if-none-match" and (tag[2:] in value or value.strip() == b"*") for name, value in sent)


class Caching:
    """Goes around the public routes: reads as above, and whatever else they answer is kept by nobody."""

    def __init__(self, app: ASGIApp, seconds: int) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not is_public(scope["path"]):
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def answer(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if scope["method"] == "GET" and message["status"] == _OK:
                    held = message  # until its body is here, which comes whole
                    return
                message["headers"] = [*message["headers"], NO_STORE]
            elif message["type"] == "http.response.body" and held is not None and held["type"] == "http.response.start":
                held["status"], headers = answered(message["body"], scope["headers"], self.seconds)
                before: Headers = held["headers"]
                if held["status"] == _NOT_MODIFIED:
                    before = [header for header in before if header[0] not in _ABOUT_THE_BODY]
                    message["body"] = b""
                held["headers"] = [*before, *headers]
                await send(held)
                held = None
            await send(message)

        await self.app(scope, receive, answer)
