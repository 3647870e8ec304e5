"""What storefronts call all the time, answered without the framework's machinery: a plain page, the numbers, a
product's parts, a vote and a review.

A request, its handler and its response cost Litestar more than these cost everything else, and ASGI's messages cost
more than they do. So without a key they are answered where they come in (`backend/protocol.py`): parsed, done and
rendered by the same functions as in the handlers and in what goes around them. Whatever is not plain is left to those.
"""

import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from litestar.enums import ScopeType
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.api import caching, edge, parse, products, render, selected
from backend.api.body import BROKEN, LARGEST, BrokenError, object_in
from backend.api.draft import draft_from
from backend.api.parse import ApiRequest
from backend.api.problems import to_problem
from backend.domain.actors import Actor
from backend.observe import logs
from backend.observe.requests import Watch, id_of
from backend.protocol import Body, Headers, Reply, Work, lines_of
from backend.services import catalogue, reading, submitting, voting
from backend.services.catalogue import Part
from backend.services.repeats import HEADER
from backend.settings import Settings
from backend.store.database import Database

PUBLIC = Actor(kind="public")
NOBODY = ""  # the source of what nobody read

Done = tuple[Reply, str]  # and who answered a read
Plain = tuple[str, Coroutine[Any, Any, Done]]  # a route, and what does it

_PRODUCT = re.compile(rb"/products/([0-9]{1,19})(?:/(styles|related))?/?")
_PARTS = {
    None: (Part.FACTS, "/products/{product_id}"),
    b"styles": (Part.STYLES, "/products/{product_id}/styles"),
    b"related": (Part.RELATED, "/products/{product_id}/related"),
}
_HELPFUL = re.compile(rb"/reviews/([0-9]{1,19})/helpful/?")
_HELPFUL_ROUTE = "/reviews/{review_id}/helpful"
# With one of these a request is not plain; a length of nothing is none.
_NOT_PLAIN = frozenset({b"x-api-key", b"content-length", b"transfer-encoding", b"upgrade"})
_NO_BODY = (b"content-length", b"0")
_SUBMIT = frozenset({b"/reviews", b"/reviews/"})
_NOT_SUBMIT = frozenset({b"x-api-key", b"transfer-encoding", b"upgrade", b"content-encoding", HEADER.lower().encode()})
_DIGITS = len(str(LARGEST))


class Direct:
    """The shortcut of an API. `around` is what goes around Litestar's router: errors are told through it."""

    def __init__(
        self, around: Callable[[ASGIApp], ASGIApp], settings: Settings, database: Database, watch: Watch
    ) -> None:
        self._around = around
        self._settings = settings
        self._database = database
        self._watch = watch
        self._kept = lines_of([*caching.kept_as(settings.cache_seconds), *edge.OPEN])
        self._voted = Reply(HTTP_204_NO_CONTENT, lines_of([caching.NO_STORE, *edge.OPEN]), b"")
        about = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(render.CREATED))]
        self._taken = lines_of([*about, caching.NO_STORE, *edge.OPEN])
        reads = {"/reviews": self._page, "/reviews/meta": self._meta}
        self._reads = {(path + end).encode(): (path, read) for path, read in reads.items() for end in ("", "/")}

    def __call__(self, method: bytes, target: bytes, headers: Headers, body: Body) -> Work | None:
        """What makes the answer; None where Litestar is to answer."""
        path, _, query = target.partition(b"?")
        if method == b"POST":
            plain = self._sent(target, headers, body)
        else:
            # The framework leaves out what stands behind a #.
            plain = self._asked(method, path, query, headers) if _are_plain(headers) and b"#" not in target else None
        return self._answer(method, path, headers, *plain) if plain else None

    def _asked(self, method: bytes, path: bytes, query: bytes, headers: Headers) -> Plain | None:
        if method == b"GET":
            if known := self._reads.get(path):
                sent = parse.parameters_of(query)
                return None if selected.is_asked(sent) else (known[0], known[1](headers, sent))
            if named := _PRODUCT.fullmatch(path):
                part, route = _PARTS[named[2]]
                return route, self._product(headers, named[1], part)
        # Where votes are limited it matters who calls, and that is found out there. So it is with reviews.
        elif method == b"PUT" and not self._settings.votes_per_minute and (named := _HELPFUL.fullmatch(path)):
            return _HELPFUL_ROUTE, self._helpful(named[1])
        return None

    def _sent(self, target: bytes, headers: Headers, body: Body) -> Plain | None:
        if target not in _SUBMIT or self._settings.submits_per_minute:
            return None
        told = dict(headers)
        length = told.get(b"content-length", b"")
        small = length.isdigit() and len(length) <= _DIGITS and int(length) <= LARGEST
        if not small or told.get(b"content-type") != b"application/json" or not _NOT_SUBMIT.isdisjoint(told):
            return None
        return "/reviews", self._submit(body)

    async def _answer(self, method: bytes, path: bytes, headers: Headers, route: str, work: Awaitable[Done]) -> Reply:
        began = time.perf_counter()
        request_id = id_of(headers)
        logs.request_id.set(request_id)
        source = NOBODY
        try:
            (status, lines, body), source = await work
        except Exception as error:
            status, lines, body = await self._told(error, method, path, headers, request_id)
        self._watch.tell(method.decode(), route, status, time.perf_counter() - began, request_id, source)
        return Reply(status, lines + lines_of(self._watch.headers(request_id, source)), body)

    def _read(self, sent: Headers, body: bytes) -> Reply:
        tag = caching.tag_of(body)
        if caching.is_kept(tag, sent):
            return Reply(HTTP_304_NOT_MODIFIED, b"etag: %b\r\n%b" % (tag, self._kept), b"")
        lines = b"content-type: application/json\r\ncontent-length: %d\r\netag: %b\r\n%b"
        return Reply(HTTP_200_OK, lines % (len(body), tag, self._kept), body)

    async def _told(self, error: Exception, method: bytes, path: bytes, headers: Headers, request_id: str) -> Reply:
        scope: Any = {
            "type": ScopeType.HTTP,
            "method": method.decode(),
            "path": path.decode().rstrip("/"),
            "query_string": b"",
            "headers": headers,
            "state": {"request_id": request_id},
        }
        sent: list[Any] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._around(_telling(error))(scope, _no_body, keep)
        start, body = sent
        return Reply(start["status"], lines_of(start["headers"]), body["body"])

    async def _page(self, headers: Headers, sent: dict[str, str]) -> Done:
        asked = parse.page_asked(sent, self._settings.count_cap)
        rows, source = await reading.list_page(self._database, PUBLIC, asked)
        return self._read(headers, render.encode(render.page(asked, rows))), source

    async def _meta(self, headers: Headers, sent: dict[str, str]) -> Done:
        product_id = parse.product_id(sent)
        numbers, source = await reading.numbers(self._database, PUBLIC, product_id)
        return self._read(headers, render.encode(render.meta(product_id, numbers))), source

    async def _product(self, headers: Headers, named: bytes, part: Part) -> Done:
        product_id = parse.product_named(named.decode())
        text, source = await catalogue.read(self._database, PUBLIC, part, product_id)
        return self._read(headers, products.body_of(part, product_id, text)), source

    async def _helpful(self, named: bytes) -> Done:
        await voting.find_helpful(self._database, PUBLIC, self._settings, parse.review_id(named.decode()))
        return self._voted, NOBODY

    async def _submit(self, body: Body) -> Done:
        if (raw := await body()) is None:
            raise BrokenError(BROKEN)
        actor = Actor(kind="public", request_id=logs.request_id.get())
        submitted = await submitting.submit(self._database, actor, self._settings, draft_from(object_in(raw)))
        created = [(name.encode(), value.encode()) for name, value in render.created_headers(submitted).items()]
        return Reply(HTTP_201_CREATED, lines_of(created) + self._taken, render.CREATED), NOBODY


def _are_plain(headers: Headers) -> bool:
    return all(header == _NO_BODY for header in headers if header[0] in _NOT_PLAIN)


def _telling(error: Exception) -> ASGIApp:
    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        request: ApiRequest = ApiRequest(scope, receive, send)
        await to_problem(request, error).to_asgi_response(None, request)(scope, receive, send)

    return tell


async def _no_body() -> Any:
    raise AssertionError("an error is told without asking for more")
