"""Whoever reads next sees what was written, on whichever instance and replica; a lagging replica only costs time."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

import psycopg
import pytest

from backend.settings import Settings
from backend.store.database import Database
from backend.store.replicas import Replicas
from tests.conftest import Urls
from tests.postgres import Server, Standby

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def standby(postgres: Server) -> Iterator[Standby]:
    with postgres.standby("replica-1") as made:
        yield made


@pytest.fixture
async def instances(settings: Settings, database_urls: Urls, standby: Standby) -> AsyncIterator[list[Database]]:
    """Two instances that share a primary and a replica."""
    name = database_urls.app.rpartition("/")[2]
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                Database(replace(settings, instance=instance, replica_urls=(standby.url(name, "atelier_read"),)))
            )
            for instance in ("one", "two")
        ]


async def add(database: Database, product_id: int) -> float:
    """Add a product; the seconds the write took."""
    began = time.monotonic()
    async with database.write() as writer:
        await writer.execute("insert into product (id) values (%s)", (product_id,))
    return time.monotonic() - began


async def there(database: Database, product_id: int) -> tuple[bool, str]:
    async with database.read() as reader:
        found = await reader.fetch_value("select count(*) from product where id = %s", (product_id,))
        return found == 1, reader.source


async def test_reads_come_from_the_replica_and_see_every_write(instances: list[Database]) -> None:
    one, two = instances
    slowest = 0.0
    for product_id in range(1, 101):
        slowest = max(slowest, await add(one, product_id))
        assert await there(two, product_id) == (True, "replica-1")
    assert slowest < 1


async def test_a_lagging_replica_is_out_of_rotation_everywhere_before_the_write_is_answered(
    instances: list[Database], standby: Standby
) -> None:
    one, two = instances
    await add(one, 1)
    assert (await there(two, 1))[1] == "replica-1"
    standby.pause()
    try:
        took = await add(one, 2)
        assert took < 1.5
        assert await there(one, 2) == (True, "primary")
        assert await there(two, 2) == (True, "primary")
        assert await add(two, 3) < 0.2  # nobody waits for a replica that is out
    finally:
        standby.resume()
    async with asyncio.timeout(5):
        while (await there(two, 3))[1] == "primary":
            await asyncio.sleep(0.05)
    assert await there(two, 3) == (True, "replica-1")


async def test_a_replica_that_hangs_costs_time_once(
    instances: list[Database], standby: Standby, postgres: Server
) -> None:
    one, two = instances
    await add(one, 1)
    assert (await there(two, 1))[1] == "replica-1"
    with postgres.hanging(standby.name):
        # Those that had begun there are asked again of the primary once it is known.
        async with asyncio.timeout(8):
            assert set(await asyncio.gather(*(there(two, 1) for _ in range(20)))) == {(True, "primary")}
        assert await add(one, 2) < 1.5
        began = time.monotonic()
        for number in range(3, 6):
            await add(two, number)
            assert await there(one, number) == (True, "primary")
        assert time.monotonic() - began < 1.5
    async with asyncio.timeout(15):
        while (await there(two, 5))[1] == "primary":
            await asyncio.sleep(0.05)
    assert await there(two, 5) == (True, "replica-1")


async def test_a_write_between_its_being_out_and_its_return_shows(instances: list[Database], standby: Standby) -> None:
    one, two = instances
    standby.pause()
    await add(one, 1)
    standby.resume()
    number = 1
    seen: set[str] = set()
    end = time.monotonic() + 3
    while time.monotonic() < end and seen != {"primary", "replica-1"}:
        number += 1
        await add(one, number)
        found, source = await there(two, number)
        assert found, f"product {number} was not on {source}"
        seen.add(source)
    assert "replica-1" in seen


async def test_many_writers_share_one_look_at_the_replica(instances: list[Database]) -> None:
    one, two = instances

    async def write_and_read(number: int) -> None:
        await add(one, number)
        assert (await there(two, number))[0]

    await asyncio.gather(*(write_and_read(number) for number in range(1, 65)))


async def test_an_instance_ends_also_where_a_keeper_hears_of_its_statement_alone(
    instances: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    renewing = asyncio.Event()

    async def renew(*_: object) -> None:
        renewing.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            raise psycopg.errors.QueryCanceled from None

    monkeypatch.setattr(Replicas, "_renew", renew)
    await asyncio.wait_for(renewing.wait(), 5)
    await asyncio.wait_for(instances[0].replicas.close(), 5)


async def test_a_replica_that_dies_costs_no_read(settings: Settings, database_urls: Urls, postgres: Server) -> None:
    name = database_urls.app.rpartition("/")[2]
    async with AsyncExitStack() as stack:
        with postgres.standby("replica-2") as dying:
            database = await stack.enter_async_context(
                Database(replace(settings, replica_urls=(dying.url(name, "atelier_read"),)))
            )
            await add(database, 1)
            assert await there(database, 1) == (True, "replica-2")
        assert await there(database, 1) == (True, "primary")
        assert await add(database, 2) < 1.5
        assert await there(database, 2) == (True, "primary")
