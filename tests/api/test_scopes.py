"""`verified` and `incentivized`: only a key whose scope has the flag's name may set it."""

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.services import keys
from backend.store.database import Database
from tests.api.asking import draft, ids, post, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

FLAGS = ("verified", "incentivized")


async def flags(database: Database) -> list[tuple[bool, bool]]:
    async with database.read() as reader:
        rows = await reader.fetch_all("select verified, incentivized from review order by id")
    return [(row["verified"], row["incentivized"]) for row in rows]


@pytest.mark.parametrize("flag", FLAGS)
async def test_the_scope_of_its_name_sets_a_flag(client: httpx.AsyncClient, database: Database, flag: str) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Shop", [flag])
    headers = {"X-API-Key": token}
    assert (await client.post("/reviews", json=draft(**{flag: True}), headers=headers)).status_code == 201
    assert await flags(database) == [(flag == "verified", flag == "incentivized")]
    both = await client.post("/reviews", json=draft(verified=True, incentivized=True), headers=headers)
    assert list(problem(both, 403)) == [other for other in FLAGS if other != flag]


async def test_nobody_else_does(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Shop", [keys.PROXY])
    for headers in ({}, {"X-API-Key": token}):
        response = await client.post("/reviews", json=draft(verified=True, incentivized=True), headers=headers)
        assert list(problem(response, 403)) == list(FLAGS)
    assert ids(await client.get("/reviews?product_id=1")) == []


@pytest.mark.parametrize("said", [False, None, ...])
async def test_anybody_may_leave_them(client: httpx.AsyncClient, database: Database, said: object) -> None:
    assert (await post(client, draft(verified=said, incentivized=said))).status_code == 201
    assert await flags(database) == [(False, False)]


@pytest.mark.parametrize("wrong", ["true", 1, 0, "", []])
async def test_a_flag_that_is_none(client: httpx.AsyncClient, wrong: object) -> None:
    assert list(problem(await post(client, draft(verified=wrong)), 422)) == ["verified"]
