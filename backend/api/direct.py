"""The two reads that storefronts call all the time, answered without the framework's machinery.

A request, its handler and its response cost Litestar more than the reads themselves. So without a key they are parsed,
read and rendered here, by the same functions as in the handlers. Whatever is not plain is left to those.
"""

from collections.abc import Awaitable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from backend.api import parse, render, selected
from backend.api.parse import ApiRequest
from backend.api.problems import to_problem
from backend.domain.actors import Actor
from backend.observe import header, note_source
from backend.services import reading
from backend.settings import Settings
from backend.store.database import Database

PUBLIC = Actor(kind="public")


class Direct:
    """Goes around Litestar's router."""

    def __init__(self, app: ASGIApp, settings: Settings, database: Database) -> None:
        self.app = app
        self._cap = settings.count_cap
        self._database = database
        routes = {"/reviews": self._page, "/reviews/meta": self._meta}
        self._routes = {path + end: (path, read) for path, read in routes.items() for end in ("", "/")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = self._routes.get(scope["path"])
        if known and scope["type"] == ScopeType.HTTP and scope["method"] == "GET" and not header(scope, b"x-api-key"):
            sent = parse.parameters_of(scope["query_string"])
            if not selected.is_asked(sent):
                path, read = known
                scope["path"] = scope["path_template"] = path
                await self._answer(scope, receive, send, read(scope, sent))
                return
        await self.app(scope, receive, send)

    @staticmethod
    async def _answer(scope: HTTPScope, receive: Receive, send: Send, reading: Awaitable[bytes]) -> None:
        try:
            body = await reading
        except Exception as error:
            request: ApiRequest = ApiRequest(scope, receive, send)
            await to_problem(request, error).to_asgi_response(None, request)(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _page(self, scope: HTTPScope, sent: dict[str, str]) -> bytes:
        asked = parse.page_asked(sent, self._cap)
        rows, source = await reading.list_page(self._database, PUBLIC, asked)
        note_source(scope, source)
        return render.encode(render.page(asked, rows))

    async def _meta(self, scope: HTTPScope, sent: dict[str, str]) -> bytes:
        product_id = parse.product_id(sent)
        numbers, source = await reading.numbers(self._database, PUBLIC, product_id)
        note_source(scope, source)
        return render.encode(render.meta(product_id, numbers))
