"""What storefronts call all the time, answered without the framework's machinery: a plain page, the numbers, a
product's parts, a vote and a review.

A request, its handler and its response cost Litestar more than these cost everything else, and ASGI's messages cost
more than they do. So without a key they are answered where they come in (`backend/protocol.py`): parsed, done and
rendered by the same functions as in the handlers and in what goes around them. Whatever is not plain is left to those.
"""

import re
import time
from collections.abc import Callable, Coroutine
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
from backend.protocol import Exchange, Headers, Reply, lines_of
from backend.services import catalogue, reading, submitting, voting
from backend.services.catalogue import Part
from backend.services.reading import PageAsked
from backend.services.repeats import HEADER
from backend.settings import Settings
from backend.store.coalesced import Answer
from backend.store.database import Database, Row

PUBLIC = Actor(kind="public")
NOBODY = ""  # the source of what nobody read

_PAGE, _META, _HELPFUL, _SUBMIT = "/reviews", "/reviews/meta", "/reviews/{review_id}/helpful", "/reviews"
_PARTS = {
    None: (Part.FACTS, "/products/{product_id}"),
    b"styles": (Part.STYLES, "/products/{product_id}/styles"),
    b"related": (Part.RELATED, "/products/{product_id}/related"),
}
_READS = {b"/reviews": _PAGE, b"/reviews/": _PAGE, b"/reviews/meta": _META, b"/reviews/meta/": _META}
_PRODUCT_PATH = re.compile(rb"/products/([0-9]{1,19})(?:/(styles|related))?/?")
_HELPFUL_PATH = re.compile(rb"/reviews/([0-9]{1,19})/helpful/?")
_SUBMIT_TARGETS = frozenset({b"/reviews", b"/reviews/"})
# With one of these a request is not plain; a length of nothing is none.
_NOT_PLAIN = frozenset({b"x-api-key", b"content-length", b"transfer-encoding", b"upgrade"})
_NO_BODY = (b"content-length", b"0")
_NOT_SUBMIT = frozenset({b"x-api-key", b"transfer-encoding", b"upgrade", b"content-encoding", HEADER.lower().encode()})
_DIGITS = len(str(LARGEST))

Done = tuple[Reply, str]  # and who answered a read


class Plain:
    """A plain request under way. Where it is a read, it waits with others, and is told what they have."""

    __slots__ = (
        "_direct",
        "about",
        "began",
        "body_of",
        "exchange",
        "headers",
        "method",
        "path",
        "request_id",
        "route",
    )

    about: Any
    body_of: Callable[[Any, list[Row]], bytes]  # of `about` and the rows

    def __init__(
        self, direct: "Direct", exchange: Exchange, method: bytes, path: bytes, headers: Headers, route: str
    ) -> None:
        self._direct = direct
        self.exchange = exchange
        self.method = method
        self.path = path
        self.headers = headers
        self.route = route
        self.began = time.perf_counter()
        self.request_id = id_of(headers)

    def have(self, answer: Answer) -> None:
        """The rows are here."""
        try:
            reply = self._direct.read(self.headers, self.body_of(self.about, answer.rows))
        except Exception as error:
            self.fail(error)
        else:
            self._end(reply, answer.source)

    def fail(self, error: Exception) -> None:
        """There are none. An error is told as it is told of all requests, and that takes a task."""
        self.exchange.carry_out(self._refuse(error))

    def carry_out(self, work: Coroutine[Any, Any, Done]) -> None:
        """Do what takes a task of its own: a write, or a read that is not shared."""
        self.exchange.carry_out(self._do(work))

    async def _do(self, work: Coroutine[Any, Any, Done]) -> None:
        logs.request_id.set(self.request_id)
        try:
            reply, source = await work
        except Exception as error:
            await self._refuse(error)
        else:
            self._end(reply, source)

    async def _refuse(self, error: Exception) -> None:
        logs.request_id.set(self.request_id)
        self._end(await self._direct.refusal(self, error), NOBODY)

    def _end(self, reply: Reply, source: str) -> None:
        self.exchange.answer(reply, self._direct.tell(self, reply.status, source))


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

    def __call__(self, method: bytes, target: bytes, headers: Headers, exchange: Exchange) -> bool:
        """Whether it is answered here; else Litestar is to answer."""
        path, _, query = target.partition(b"?")
        if (known := self._known(method, target, path, query, headers)) is None:
            return False
        route, begin, about = known
        plain = Plain(self, exchange, method, path, headers, route)
        try:
            begin(plain, about)
        except Exception as error:
            plain.fail(error)
        return True

    def _known(
        self, method: bytes, target: bytes, path: bytes, query: bytes, headers: Headers
    ) -> tuple[str, Callable[[Plain, Any], None], Any] | None:
        """The route of a plain request, what begins to answer it, and what about."""
        if method == b"POST":
            return (_SUBMIT, self._submit, None) if self._takes(target, headers) else None
        # The framework leaves out what stands behind a #.
        if not _are_plain(headers) or b"#" in target:
            return None
        if method == b"GET":
            if route := _READS.get(path):
                sent = parse.parameters_of(query)
                begin = self._page if route is _PAGE else self._meta
                return None if selected.is_asked(sent) else (route, begin, sent)
            if named := _PRODUCT_PATH.fullmatch(path):
                part, route = _PARTS[named[2]]
                return route, self._part, (part, named[1])
        # Where votes are limited it matters who calls, and that is found out there. So it is with reviews.
        elif method == b"PUT" and not self._settings.votes_per_minute and (named := _HELPFUL_PATH.fullmatch(path)):
            return _HELPFUL, self._helpful, named[1]
        return None

    def _takes(self, target: bytes, headers: Headers) -> bool:
        told = dict(headers)
        length = told.get(b"content-length", b"")
        return (
            target in _SUBMIT_TARGETS
            and not self._settings.submits_per_minute
            and (length.isdigit() and len(length) <= _DIGITS and int(length) <= LARGEST)
            and told.get(b"content-type") == b"application/json"
            and _NOT_SUBMIT.isdisjoint(told)
        )

    def _page(self, plain: Plain, sent: dict[str, str]) -> None:
        plain.about = asked = parse.page_asked(sent, self._settings.count_cap)
        plain.body_of = _page
        if shared := reading.shared_page(PUBLIC, asked):
            self._database.reads.ask(*shared, plain)
        else:
            plain.carry_out(self._further_page(plain, asked))

    def _meta(self, plain: Plain, sent: dict[str, str]) -> None:
        plain.about = product_id = parse.product_id(sent)
        plain.body_of = _meta
        self._database.reads.ask(*reading.shared_numbers(PUBLIC, product_id), plain)

    def _part(self, plain: Plain, named: tuple[Part, bytes]) -> None:
        part, digits = named
        product_id = parse.product_named(digits.decode())
        plain.about = part, product_id
        plain.body_of = _part
        self._database.reads.ask(*catalogue.shared_part(PUBLIC, part, product_id), plain)

    def _helpful(self, plain: Plain, digits: bytes) -> None:
        plain.carry_out(self._vote(parse.review_id(digits.decode())))

    def _submit(self, plain: Plain, _about: None) -> None:
        plain.carry_out(self._take(plain))

    async def _further_page(self, plain: Plain, asked: PageAsked) -> Done:
        rows, source = await reading.list_page(self._database, PUBLIC, asked)
        return self.read(plain.headers, _page(asked, rows)), source

    async def _vote(self, review_id: int) -> Done:
        await voting.find_helpful(self._database, PUBLIC, self._settings, review_id)
        return self._voted, NOBODY

    async def _take(self, plain: Plain) -> Done:
        if (raw := await plain.exchange.whole_body()) is None:
            raise BrokenError(BROKEN)
        actor = Actor(kind="public", request_id=plain.request_id)
        submitted = await submitting.submit(self._database, actor, self._settings, draft_from(object_in(raw)))
        created = [(name.encode(), value.encode()) for name, value in render.created_headers(submitted).items()]
        return Reply(HTTP_201_CREATED, lines_of(created) + self._taken, render.CREATED), NOBODY

    def read(self, sent: Headers, body: bytes) -> Reply:
        """The answer to a read whose body this is."""
        tag = caching.tag_of(body)
        if caching.is_kept(tag, sent):
            return Reply(HTTP_304_NOT_MODIFIED, b"etag: %b\r\n%b" % (tag, self._kept), b"")
        lines = b"content-type: application/json\r\ncontent-length: %d\r\netag: %b\r\n%b"
        return Reply(HTTP_200_OK, lines % (len(body), tag, self._kept), body)

    def tell(self, plain: Plain, status: int, source: str) -> bytes:
        """Count what was answered, and give what every answer says."""
        seconds = time.perf_counter() - plain.began
        self._watch.tell(plain.method.decode(), plain.route, status, seconds, plain.request_id, source)
        return lines_of(self._watch.headers(plain.request_id, source))

    async def refusal(self, plain: Plain, error: Exception) -> Reply:
        """The answer that tells an error."""
        scope: Any = {
            "type": ScopeType.HTTP,
            "method": plain.method.decode(),
            "path": plain.path.decode().rstrip("/"),
            "query_string": b"",
            "headers": plain.headers,
            "state": {"request_id": plain.request_id},
        }
        sent: list[Any] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._around(_telling(error))(scope, _no_body, keep)
        start, body = sent
        return Reply(start["status"], lines_of(start["headers"]), body["body"])


def _page(asked: PageAsked, rows: list[Row]) -> bytes:
    return render.encode(render.page(asked, rows))


def _meta(product_id: int, rows: list[Row]) -> bytes:
    return render.encode(render.meta(product_id, reading.summed(rows)))


def _part(named: tuple[Part, int], rows: list[Row]) -> bytes:
    return products.body_of(*named, catalogue.text_of(rows))


def _are_plain(headers: Headers) -> bool:
    return all(header == _NO_BODY for header in headers if header[0] in _NOT_PLAIN)


def _telling(error: Exception) -> ASGIApp:
    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        request: ApiRequest = ApiRequest(scope, receive, send)
        await to_problem(request, error).to_asgi_response(None, request)(scope, receive, send)

    return tell


async def _no_body() -> Any:
    raise AssertionError("an error is told without asking for more")
