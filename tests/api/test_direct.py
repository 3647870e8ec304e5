"""The hot routes answer the same, whether the framework is asked or not."""

from typing import Any

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.services import keys
from backend.store.database import Database
from tests import cast

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
    body = response.json() if response.content else None
    return response.status_code, headers, {**body, "request_id": ""} if isinstance(body, dict) else body
