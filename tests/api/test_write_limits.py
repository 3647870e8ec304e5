"""Limits of what one anonymous caller writes within a minute."""

import asyncio
import time
from dataclasses import replace

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.services import keys
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.api.asking import draft, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

SOMEBODY = {"X-Forwarded-For": "192.0.2.1"}


async def submit(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post("/reviews", json=draft(), headers={**SOMEBODY, **headers})


async def early_in_a_minute() -> None:
    """A limit that begins anew while a test counts would be counted twice."""
    if (second := time.time() % 60) > 50:
        await asyncio.sleep(60.1 - second)


async def test_none_is_set_and_nothing_is_counted(client: httpx.AsyncClient, database: Database) -> None:
    assert [(await submit(client)).status_code for _ in range(3)] == [201] * 3
    async with database.read(secret=True) as reader:
        assert await reader.fetch_value("select count(*) from write_rate") == 0


class TestOfThree:
    @pytest.fixture
    async def settings(self, settings: Settings) -> Settings:
        await early_in_a_minute()
        return replace(settings, submits_per_minute=3, votes_per_minute=3)

    async def test_the_fourth_is_told_when_to_come_back(self, client: httpx.AsyncClient) -> None:
        assert [(await submit(client)).status_code for _ in range(3)] == [201] * 3
        refused = await submit(client)
        problem(refused, 429, "More than 3 within a minute. Try again later.")
        assert refused.json()["type"] == "urn:atelier:problem:too-many"
        later = refused.headers["retry-after"]
        assert 1 <= int(later) <= 60
        told = {name: refused.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")}
        assert told == {"limit": "3", "remaining": "0", "reset": later}
        # Another address is another caller.
        assert (await submit(client, **{"X-Forwarded-For": "192.0.2.2"})).status_code == 201

    async def test_at_once_too(self, client: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(submit(client) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 5

    async def test_votes_and_reports_count_together_and_apart_from_submits(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        async with database.write() as writer:
            number = await cast.review(writer)
        acts = ("helpful", "report", "helpful", "report", "helpful")
        answers = [await client.put(f"/reviews/{number}/{act}", headers=SOMEBODY) for act in acts]
        assert [answer.status_code for answer in answers] == [204, 204, 204, 429, 429]
        assert (await submit(client)).status_code == 201
        async with database.read() as reader:
            assert await reader.fetch_value("select helpfulness from review where id = %s", (number,)) == 2
            assert await reader.fetch_value("select count(*) from report") == 1

    async def test_what_is_refused_does_not_count(self, client: httpx.AsyncClient) -> None:
        for _ in range(4):
            await client.post("/reviews", json=draft(product_id=404, characteristics={}), headers=SOMEBODY)
        assert (await submit(client)).status_code == 201

    async def test_the_next_minute_is_another(self, client: httpx.AsyncClient, database: Database) -> None:
        for _ in range(4):
            await submit(client)
        async with database.write() as writer:
            await writer.execute("update write_rate set minute = minute - interval '1 minute'")
        assert (await submit(client)).status_code == 201

    async def test_a_key_is_free_and_so_is_a_proxy_that_speaks_for_itself(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        async with database.write() as writer:
            _, token = await keys.add(writer, SYSTEM, "Shop", [])
        assert [(await submit(client, **{"X-API-Key": token})).status_code for _ in range(5)] == [201] * 5
        assert [(await client.post("/reviews", json=draft())).status_code for _ in range(5)] == [201] * 5
