"""GET /reviews/{id}."""

import httpx
import pytest

from backend.store.database import Database
from tests import cast
from tests.api.asking import problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


async def test_it_is_what_the_list_shows(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        number = await cast.review(writer, photo_ids=[1], photo_urls=["https://a/b"], helpfulness_base=2)
    (listed,) = (await client.get("/reviews?product_id=1")).json()["results"]
    assert (await client.get(f"/reviews/{number}")).json() == listed


async def test_what_the_public_may_not_see_is_not_there(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        hidden = [await cast.review(writer, state=state) for state in ("held", "reported", "hidden", "removed")]
    for number in [*hidden, 404, 2**31, 2**63 - 1]:
        problem(await client.get(f"/reviews/{number}"), 404, "There is no such review.")


async def test_an_id_that_is_none(client: httpx.AsyncClient) -> None:
    for wrong in ("hello", "5.55", "-1", "0", str(10**30), "5%00"):
        problem(await client.get(f"/reviews/{wrong}"), 422, "Error: invalid review id provided")
