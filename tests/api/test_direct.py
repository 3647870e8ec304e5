"""The hot routes answer the same, whether the framework is asked or not, and what is not plain is left to it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest
from litestar import Litestar

from backend.domain.actors import SYSTEM
from backend.protocol import Reply
from backend.services import keys
from backend.store.database import Database
from tests import cast
from tests.api.asking import draft

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("shelf")]

QUERIES = [
    "product_id=1",
    "product_id=1&sort=newest&count=2",
    "product_id=1&sort=helpful&count=20",
    "product_id=1&count=21",
    "product_id=1&page=2&count=2",
    "product_id=1&page=x",
    "product_id=404",
    "product_id=9223372036854775807",
    "product_id=",
    "product_id=1&product_id=2",
    "product_id=%31&unknown=%ff",
    "product_id=hello&page=-1",
    "",
]


@pytest.mark.parametrize("path", ["/reviews", "/reviews/", "/reviews/meta", "/reviews/meta/"])
async def test_with_a_key_and_without(
    client: httpx.AsyncClient, database: Database, subtests: pytest.Subtests, path: str
) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "shop", [])
        for number in range(1, 8):
            await cast.review(writer, helpfulness_base=number, rating=1 + number % 5)
    for query in QUERIES:
        for method in ("GET", "HEAD"):
            with subtests.test(query=query, method=method):
                without = await client.request(method, f"{path}?{query}")
                keyed = await client.request(method, f"{path}?{query}", headers={"X-API-Key": token})
                assert told(without) == told(keyed)


class Said:
    """An exchange that keeps its answer."""

    def __init__(self, body: bytes | None) -> None:
        self.reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._body = body

    async def whole_body(self) -> bytes | None:
        return self._body

    def answer(self, reply: Reply, more: bytes = b"") -> None:
        self.reply.set_result(reply._replace(lines=reply.lines + more))

    def carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(work)


JSON = [(b"content-type", b"application/json"), (b"content-length", b"2")]


@pytest.mark.parametrize(
    ("request_line", "headers", "plain"),
    [
        (b"GET /reviews?product_id=1", [], True),
        (b"GET /reviews/?product_id=x", [], True),
        (b"GET /reviews/meta?product_id=1", [(b"content-length", b"0")], True),
        (b"GET /products/1/styles/", [(b"if-none-match", b"*")], True),
        (b"PUT /reviews/1/helpful", [(b"content-length", b"0")], True),
        (b"GET /reviews?product_id=1&rating=5", [], False),
        (b"GET /reviews?product_id=1", [(b"x-api-key", b"")], False),
        (b"GET /reviews?product_id=1", [(b"content-length", b"7")], False),
        (b"GET /reviews?product_id=1", [(b"transfer-encoding", b"chunked")], False),
        (b"GET /reviews?product_id=1", [(b"upgrade", b"h2c")], False),
        (b"HEAD /reviews?product_id=1", [], False),
        (b"GET http://shop/reviews?product_id=1", [], False),
        (b"GET /reviews?product_id=1#top", [], False),
        (b"GET /products/x", [], False),
        (b"GET /reviews/1", [], False),
        (b"POST /reviews/1/helpful", [], False),
        (b"POST /reviews", JSON, True),
        (b"POST /reviews/", JSON, True),
        (b"POST /reviews?validate=true", JSON, False),
        (b"POST /reviews", JSON[:1], False),
        (b"POST /reviews", JSON[1:], False),
        (b"POST /reviews", [*JSON, (b"idempotency-key", b"order-7")], False),
        (b"POST /reviews", [*JSON, (b"x-api-key", b"")], False),
        (b"POST /reviews", [*JSON, (b"content-encoding", b"gzip")], False),
        (b"POST /reviews", [(b"content-type", b"application/json"), (b"content-length", b"999999")], False),
        (b"POST /reviews", [(b"content-type", b"application/json"), (b"content-length", b"9" * 5000)], False),
        (b"POST /reviews", [(b"content-type", b"application/json; charset=latin-1"), JSON[1]], False),
    ],
)
async def test_what_is_plain(
    app: Litestar, request_line: bytes, headers: list[tuple[bytes, bytes]], plain: bool
) -> None:
    said = Said(b"{}")
    assert app.state.shortcut(*request_line.split(b" "), headers, said) == plain
    if plain:
        assert (await said.reply).status in {200, 204, 304, 404, 422}


@pytest.mark.parametrize("changed", [{}, {"rating": 9}, {"product_id": 404}, {"characteristics": {"1": 5, "x": 1}}])
async def test_a_review_with_a_key_and_without(
    client: httpx.AsyncClient, database: Database, changed: dict[str, Any]
) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "shop", [])
    sent = draft() | changed
    without = await client.post("/reviews", json=sent | {"email": "a@example.com"})
    keyed = await client.post("/reviews", json=sent | {"email": "b@example.com"}, headers={"X-API-Key": token})
    assert without.headers.pop("location", "") != keyed.headers.pop("location", None)
    assert told(without) == told(keyed)
    assert (without.status_code == 201) == (not changed)


async def test_a_review_that_breaks_off_is_not_stored(app: Litestar, client: httpx.AsyncClient) -> None:
    said = Said(None)
    assert app.state.shortcut(b"POST", b"/reviews", JSON, said)
    reply = await said.reply
    assert reply.status == 400
    assert b"ended before its body" in reply.body
    assert (await client.get("/reviews?product_id=1")).json()["results"] == []


async def test_what_a_caller_has_already_is_not_sent_again(client: httpx.AsyncClient) -> None:
    for path in ("/reviews?product_id=1", "/reviews/meta?product_id=1", "/products/1"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert "content-length" not in again.headers
        assert again.headers["etag"] == first.headers["etag"]


async def test_a_sane_id_comes_back_and_another_is_replaced(client: httpx.AsyncClient) -> None:
    for sent, kept in (("order-7", True), ("a b", False)):
        response = await client.get("/reviews?product_id=1", headers={"X-Request-ID": sent})
        assert (response.headers["x-request-id"] == sent) == kept


PRODUCTS = ["1", "2/", "3", "0001", "404", "0", "9223372036854775807", "9223372036854775808", "x", "-1", "1.0"]


@pytest.mark.parametrize("part", ["", "/styles", "/related", "/related/"])
async def test_products_with_a_key_and_without(
    client: httpx.AsyncClient, database: Database, subtests: pytest.Subtests, part: str
) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "shop", [])
    for product in PRODUCTS:
        for method in ("GET", "HEAD"):
            path = f"/products/{product.rstrip('/') if part else product}{part}"
            with subtests.test(path=path, method=method):
                without = await client.request(method, f"{path}?page=x")
                keyed = await client.request(method, f"{path}?page=x", headers={"X-API-Key": token})
                assert told(without) == told(keyed)


def told(response: httpx.Response) -> tuple[int, dict[str, str], Any]:
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    is_json = response.headers.get("content-type", "").endswith("json")
    body = response.json() if is_json and response.content else response.content
    return response.status_code, headers, {**body, "request_id": ""} if isinstance(body, dict) else body
