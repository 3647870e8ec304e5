"""What storefronts call all the time, answered without the framework's machinery: a plain page, the numbers, a vote,
and a product's parts.

A request, its handler and its response cost Litestar more than these cost everything else. So without a key they
are parsed, done and rendered here, by the same functions as in the handlers and in what goes around them. Whatever is
not plain is left to those, and so is every error.
"""

import re
from collections.abc import Awaitable, Callable

from litestar.enums import ScopeType
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from backend.api import caching, edge, parse, products, render, selected
from backend.api.parse import ApiRequest
from backend.api.problems import to_problem
from backend.domain.actors import Actor
from backend.observe.requests import header, note_source
from backend.services import catalogue, reading, voting
from backend.services.catalogue import Part
from backend.settings import Settings
from backend.store.database import Database

PUBLIC = Actor(kind="public")

_PRODUCT = re.compile(r"/products/([0-9]{1,19})(?:/(styles|related))?/?")
_PARTS = {
    None: (Part.FACTS, "/products/{product_id}"),
    "styles": (Part.STYLES, "/products/{product_id}/styles"),
    "related": (Part.RELATED, "/products/{product_id}/related"),
}
_HELPFUL = re.compile(r"/reviews/([0-9]{1,19})/helpful/?")


class Direct:
    """Goes around what `around` makes of Litestar's router."""

    def __init__(
        self, app: ASGIApp, around: Callable[[ASGIApp], ASGIApp], settings: Settings, database: Database
    ) -> None:
        self.app = around(app)
        self._around = around
        self._settings = settings
        self._database = database
        routes = {"/reviews": self._page, "/reviews/meta": self._meta}
        self._reads = {path + end: (path, read) for path, read in routes.items() for end in ("", "/")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or (work := self._work(scope)) is None:
            await self.app(scope, receive, send)
            return
        try:
            body = await work
        except Exception as error:
            await self._around(_telling(error))(scope, receive, send)
            return
        status, headers = self._headers(scope, body)
        sent = b"" if status == HTTP_304_NOT_MODIFIED else body
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sent, "more_body": False})

    def _headers(self, scope: HTTPScope, body: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
        if not body:
            return HTTP_204_NO_CONTENT, [caching.NO_STORE, *edge.OPEN]
        status, headers = caching.answered(body, scope["headers"], self._settings.cache_seconds)
        if status == HTTP_200_OK:
            headers += (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))
        return status, headers + edge.OPEN

    def _work(self, scope: HTTPScope) -> Awaitable[bytes] | None:
        """What gives the body, empty for a vote; None where Litestar is to answer."""
        method, path = scope["method"], scope["path"]
        if header(scope, b"x-api-key"):
            return None
        if method == "GET" and (known := self._reads.get(path)):
            sent = parse.parameters_of(scope["query_string"])
            if not selected.is_asked(sent):
                path, read = known
                scope["path"] = scope["path_template"] = path
                return read(scope, sent)
        if method == "GET" and (named := _PRODUCT.fullmatch(path)):
            part, scope["path_template"] = _PARTS[named[2]]
            scope["path"] = path.rstrip("/")
            return self._product(scope, named[1], part)
        # Where votes are limited it matters who calls, and that is found out there.
        if method == "PUT" and not self._settings.votes_per_minute and (named := _HELPFUL.fullmatch(path)):
            scope["path"], scope["path_template"] = path.rstrip("/"), "/reviews/{review_id}/helpful"
            return self._helpful(named[1])
        return None

    async def _page(self, scope: HTTPScope, sent: dict[str, str]) -> bytes:
        asked = parse.page_asked(sent, self._settings.count_cap)
        rows, source = await reading.list_page(self._database, PUBLIC, asked)
        note_source(scope, source)
        return render.encode(render.page(asked, rows))

    async def _meta(self, scope: HTTPScope, sent: dict[str, str]) -> bytes:
        product_id = parse.product_id(sent)
        numbers, source = await reading.numbers(self._database, PUBLIC, product_id)
        note_source(scope, source)
        return render.encode(render.meta(product_id, numbers))

    async def _product(self, scope: HTTPScope, named: str, part: Part) -> bytes:
        product_id = parse.product_named(named)
        text, source = await catalogue.read(self._database, PUBLIC, part, product_id)
        note_source(scope, source)
        return products.body_of(part, product_id, text)

    async def _helpful(self, named: str) -> bytes:
        await voting.find_helpful(self._database, PUBLIC, self._settings, parse.review_id(named))
        return b""


def _telling(error: Exception) -> ASGIApp:
    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        request: ApiRequest = ApiRequest(scope, receive, send)
        await to_problem(request, error).to_asgi_response(None, request)(scope, receive, send)

    return tell
