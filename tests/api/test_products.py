"""GET /products and what is below it."""

from typing import Any

import httpx
import msgspec
import pytest

from backend.api.openapi_products import Styles, WholeProduct
from backend.store import pages
from backend.store.database import Database
from tests import cast
from tests.api.asking import problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("shelf")]

PARTS = ["", "/styles", "/related"]
ONESIE = (
    '{"id":1,"name":"Camo Onesie","slogan":"Blend in","description":"Wakes you up.","category":"Jackets",'
    '"default_price":"140"'
)
GLASSES = (
    '{"id":2,"name":"Bright Future Sunglasses","slogan":"","description":"","category":"Accessories",'
    '"default_price":"69.00"'
)
SOCKS = '{"id":3,"name":"Socks","slogan":"","description":"","category":"","default_price":""'
ANSWERS = {
    "/products": f"[{ONESIE}}},{GLASSES}}},{SOCKS}}}]",
    "/products?count=1&page=2": f"[{GLASSES}}}]",
    "/products?page=2": "[]",
    "/products?category=Jackets": f"[{ONESIE}}}]",
    "/products?category=jackets": "[]",
    "/products/1": ONESIE + ',"features":[{"feature":"Buttons","value":"Brass"},'
    '{"feature":"GMO and Pesticide-free","value":""},{"feature":"Fabric","value":"Canvas"}]}',
    "/products/2": GLASSES + ',"features":[]}',
    "/products/1/styles": '{"product_id":"1","results":[{"style_id":1,"name":"Forest Green","original_price":"140",'
    '"sale_price":null,"default?":true,"photos":[{"thumbnail_url":"https://photos.example.org/1s.jpg",'
    '"url":"https://photos.example.org/1.jpg"},{"thumbnail_url":"","url":""}],'
    '"skus":{"4":{"quantity":0,"size":"S"},"37":{"quantity":8,"size":"XS"}}},'
    '{"style_id":2,"name":"Desert Brown","original_price":"140.50","sale_price":"100","default?":false,'
    '"photos":[],"skus":{}}]}',
    "/products/2/styles": '{"product_id":"2","results":[]}',
    "/products/1/related": "[3,2]",
    "/products/2/related": "[]",
}


async def test_what_is_answered(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for path, told in ANSWERS.items():
        with subtests.test(path=path):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
            assert answer.text == told


async def test_the_document_tells_their_shapes(client: httpx.AsyncClient) -> None:
    for path, shape in (("/products/1", WholeProduct), ("/products/1/styles", Styles)):
        answer = await client.get(path)
        assert msgspec.json.encode(msgspec.json.decode(answer.content, type=shape)) == answer.content


@pytest.mark.parametrize("part", PARTS)
async def test_a_product_that_is_not_in_the_catalogue(client: httpx.AsyncClient, database: Database, part: str) -> None:
    async with database.write() as writer:
        await writer.execute("insert into product (id) values (7)")  # known from a review alone
        await pages.write(writer, [7])
    for number in ("7", "404", "9223372036854775807"):
        problem(await client.get(f"/products/{number}{part}"), 404, "There is no such product.")
    assert '"id":7' not in (await client.get("/products")).text


@pytest.mark.parametrize("part", PARTS)
async def test_what_is_no_product(client: httpx.AsyncClient, part: str, subtests: pytest.Subtests) -> None:
    for wrong in ("0", "-1", "x", "null", "1.0", "1e3", "٥", "9223372036854775808", "1" * 400, "%00"):
        with subtests.test(wrong=wrong):
            errors = problem(await client.get(f"/products/{wrong}{part}"), 422, "Error: invalid product_id provided")
            assert list(errors) == ["product_id"]


async def test_with_ratings(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for rating in (5, 4, 4):
            await cast.review(writer, rating=rating)
        await cast.review(writer, rating=1, state="hidden")
    told = (await client.get("/products?with=ratings&count=2")).text
    assert told == (f'[{ONESIE},"average":"4.3333333333333333","count":"3"}},{GLASSES},"average":null,"count":"0"}}]')
    assert (await client.get("/products?with=ratings&page=9")).text == "[]"


async def test_what_cannot_be_listed(client: httpx.AsyncClient) -> None:
    errors = problem(await client.get("/products?page=-1&count=x"), 422, "Error: invalid page or count provided")
    assert list(errors) == ["page", "count"]
    for query in ("with=prices", f"category={'x' * 201}", "category=%00"):
        errors = problem(await client.get(f"/products?{query}"), 422, "Error: invalid filter provided")
        assert list(errors) == [query.partition("=")[0]]


async def test_a_walk_there_and_back(client: httpx.AsyncClient) -> None:
    query, there = "/products?count=2&cursor=*&with=ratings&page=7", []
    while query:
        answer = await client.get(query)
        there.append(answer)
        query = answer.links["next"]["url"] if "next" in answer.links else ""
    assert [numbers(each) for each in there] == [[1, 2], [3]]
    assert list(there[0].json()) == ["count", "results", "next", "prev"]
    assert (there[0].json()["prev"], there[-1].json()["next"]) == (None, None)
    assert there[0].json()["results"] == (await client.get("/products?count=2&with=ratings")).json()
    back = await client.get(there[-1].links["prev"]["url"])
    assert back.content == there[0].content
    assert numbers(await client.get(f"/products?cursor={there[-1].json()['prev']}&count=1")) == [2]


async def test_a_cursor_is_of_one_list(client: httpx.AsyncClient) -> None:
    cursor = (await client.get("/products?count=1&cursor=*")).json()["next"]
    of_reviews = "/reviews?product_id=1&cursor="
    for address in ("/products?category=Jackets&cursor=", of_reviews):
        problem(await client.get(f"{address}{cursor}"), 422, "Error: invalid cursor provided")
    for wrong in ("**", "null", "A" * 28, cursor[:-1]):
        problem(await client.get(f"/products?cursor={wrong}"), 422, "Error: invalid cursor provided")


async def test_what_is_kept_of_them(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for path in ANSWERS:
        with subtests.test(path=path):
            answer = await client.get(path)
            assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-cache", "X-API-Key")
            again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


def numbers(answer: httpx.Response) -> list[int]:
    told: dict[str, Any] = answer.json()
    return [each["id"] for each in told["results"]]
