"""Days on which the database is gone, hangs, or has no connection left: an error within a bound, then well again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest

from backend.app import create_app
from backend.settings import Settings
from backend.store.connections import SHARED, borrowed
from backend.store.database import Database
from tests import cast
from tests.api.asking import draft, problem
from tests.api.served import over_http
from tests.conftest import Urls
from tests.postgres import Server

pytestmark = pytest.mark.anyio

POOL, TIMEOUT = SHARED, 1.0
HUNG = 10.0  # seconds within which everybody who was under way when the server began to hang has an answer


class Shop:
    """The API with two connections a pool, for which nobody waits longer than a second."""

    def __init__(self, app: Any, client: httpx.AsyncClient, review_id: int) -> None:
        self.database: Database = app.state.database
        self.client = client
        self.review_id = review_id

    def routes(self) -> list[Callable[[], Awaitable[httpx.Response]]]:
        """A request to every public route."""
        ask, review = self.client, f"/reviews/{self.review_id}"
        return [
            lambda: ask.get("/reviews?product_id=1"),
            lambda: ask.get("/reviews?product_id=1&page=2&count=2"),
            lambda: ask.get("/reviews/meta?product_id=1"),
            lambda: ask.get(review),
            lambda: ask.head(review),
            lambda: ask.post("/reviews", json=draft()),
            lambda: ask.put(f"{review}/helpful"),
            lambda: ask.put(f"{review}/report"),
            # Another one each time: what was found of a key is remembered for a while.
            lambda: ask.get("/reviews?product_id=1", headers={"X-API-Key": f"ar_{time.monotonic()}"}),
        ]

    async def everywhere(self) -> tuple[list[httpx.Response], float]:
        """All of them at once: their answers, and the seconds until the last was there."""
        began = time.monotonic()
        answers = await asyncio.gather(*(ask() for ask in self.routes()))
        return answers, time.monotonic() - began

    async def demand_well(self) -> None:
        answers, _ = await self.everywhere()
        assert [answer.status_code for answer in answers] == [200] * 5 + [201, 204, 204, 401]


def demand_unavailable(answers: list[httpx.Response]) -> None:
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"].isdigit()
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/problem+json"
        if answer.request.method != "HEAD":
            problem(answer, 503, "Try again shortly.")


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    settings = replace(settings, pool_size=POOL, pool_timeout=TIMEOUT, report_threshold=1000)
    app: Any = create_app(settings, "api")
    async with app.lifespan():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", timeout=60) as client:
            async with app.state.database.write() as writer:
                await cast.catalogue(writer)
                review_id = await cast.review(writer)
            yield Shop(app, client, review_id)


async def test_without_its_database_every_route_says_so_in_time_and_comes_back(shop: Shop, postgres: Server) -> None:
    await shop.demand_well()
    with postgres.gone():
        answers, seconds = await shop.everywhere()
        demand_unavailable(answers)
        assert seconds < 2 * TIMEOUT + 1
        # More than the pools' queues hold give up meanwhile.
        answers = await asyncio.gather(*(ask() for _ in range(40) for ask in shop.routes()))
        demand_unavailable(answers)
        ready = await shop.client.get("/health/ready")
        assert (ready.status_code, ready.json()["parts"]["database"]["ok"]) == (503, False)
        assert (await shop.client.get("/health/live")).status_code == 200
    # Nothing is started again: the next requests find it.
    await shop.demand_well()
    assert (await shop.client.get("/health/ready")).status_code == 200


async def test_a_database_that_hangs_is_told_from_one_that_takes_long(shop: Shop, postgres: Server) -> None:
    await shop.demand_well()
    with postgres.hanging():
        answers, seconds = await shop.everywhere()
        demand_unavailable(answers)
        assert seconds < HUNG
        # Now it is known: nobody waits longer than for a connection.
        answers, seconds = await shop.everywhere()
        demand_unavailable(answers)
        assert seconds < 2 * TIMEOUT + 1
        began = time.monotonic()
        assert (await shop.client.get("/health/ready")).status_code == 503
        assert time.monotonic() - began < HUNG
    await shop.demand_well()


async def test_a_long_statement_of_a_server_that_lives_is_left_alone(shop: Shop) -> None:
    async with shop.database.read() as reader:
        assert await reader.fetch_value("select 7 from pg_sleep(3.5)") == 7


async def test_without_a_connection_left_all_are_answered_in_time(shop: Shop, database_urls: Urls) -> None:
    async with AsyncExitStack() as held:
        for pool in (shop.database.readers, shop.database.shared, shop.database.writers):
            for _ in range(POOL):
                await held.enter_async_context(borrowed(pool))
        began = time.monotonic()
        answers = await asyncio.gather(*(ask() for _ in range(40) for ask in shop.routes()))
        demand_unavailable(answers)
        assert time.monotonic() - began < 5 * TIMEOUT
        assert not shop.database.readers.get_stats()["requests_waiting"]
    began = time.monotonic()
    await shop.demand_well()
    assert time.monotonic() - began < 1


async def test_who_waits_briefly_for_a_connection_is_served(shop: Shop) -> None:
    async with AsyncExitStack() as held:
        for _ in range(POOL):
            await held.enter_async_context(borrowed(shop.database.shared))
        waiting = asyncio.gather(*(shop.client.get("/reviews?product_id=1") for _ in range(30)))
        await asyncio.sleep(TIMEOUT / 2)
        assert not waiting.done()
    assert {answer.status_code for answer in await waiting} == {200}


async def test_bodies_that_come_byte_by_byte_hold_nothing(settings: Settings, shop: Shop) -> None:
    app = create_app(replace(settings, pool_size=POOL, pool_timeout=TIMEOUT), "api")
    async with AsyncExitStack() as stack:
        # Past Nginx, which passes on only what is whole.
        address = httpx.URL(stack.enter_context(over_http(app)))
        slow = []
        for _ in range(20 * POOL):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            stack.callback(writer.close)
            head = (
                "POST /reviews HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
            writer.write(head.encode())
            slow.append((reader, writer))
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            began = time.monotonic()
            for _ in range(10):
                for _, writer in slow:
                    writer.write(b" ")
                assert (await client.get("/reviews?product_id=1")).status_code == 200
                assert (await client.put(f"/reviews/{shop.review_id}/helpful")).status_code == 204
            assert time.monotonic() - began < TIMEOUT
        reader, writer = slow[0]
        writer.write(b"}" * (1000 - 11))
        assert (await reader.readline()).startswith(b"HTTP/1.1 422")
        for _, writer in slow:
            writer.close()
        # The server waits for its connections to end.
        await asyncio.gather(*(writer.wait_closed() for _, writer in slow))
