"""PUT /reviews/{id}/report."""

from dataclasses import replace

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.services import keys, moderation
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.api.asking import ids

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


async def shown(client: httpx.AsyncClient) -> tuple[list[int], dict[str, str]]:
    """What the list shows and what the meta counts."""
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    return ids(await client.get("/reviews?product_id=1")), meta["ratings"]


async def test_a_report_hides_and_queues_and_is_no_toggle(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        kept = await cast.review(writer, rating=3)
        reported = await cast.review(writer, rating=5)
    assert await shown(client) == ([reported, kept], {"3": "1", "5": "1"})
    for reports in (1, 2):
        response = await client.put(f"/reviews/{reported}/report")
        assert (response.status_code, response.content) == (204, b"")
        assert await shown(client) == ([kept], {"3": "1"})
        async with database.read() as reader:
            case = await reader.fetch_one("select review_id, kind, reports from moderation_case")
        assert case == {"review_id": reported, "kind": "reported", "reports": reports}


async def approved(client: httpx.AsyncClient, database: Database) -> int:
    await cast.people(database)
    async with database.write() as writer:
        number = await cast.review(writer)
    await client.put(f"/reviews/{number}/report")
    async with database.write() as writer:
        await moderation.restore(writer, cast.MODERATOR, number)
    return number


async def test_nobody_silences_an_approved_review_with_a_script(client: httpx.AsyncClient, database: Database) -> None:
    number = await approved(client, database)
    told = {"X-Voter-ID": "17", "X-Forwarded-For": "203.0.113.7"}
    for _ in range(5):
        assert (await client.put(f"/reviews/{number}/report", headers=told)).status_code == 204
    assert ids(await client.get("/reviews?product_id=1")) == [number]


async def test_three_distinct_known_voters_do(client: httpx.AsyncClient, database: Database) -> None:
    number = await approved(client, database)
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Shop", [])
    for voter, visible in (("1", True), ("2", True), ("2", True), ("1", True), ("3", False)):
        await client.put(f"/reviews/{number}/report", headers={"X-API-Key": token, "X-Voter-ID": voter})
        assert (number in ids(await client.get("/reviews?product_id=1"))) is visible


class TestWithAThresholdOfThree:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, report_threshold=3)

    async def test_reports_below_it_only_queue(self, client: httpx.AsyncClient, database: Database) -> None:
        async with database.write() as writer:
            number = await cast.review(writer)
        for visible in (True, True, False):
            await client.put(f"/reviews/{number}/report")
            assert (number in ids(await client.get("/reviews?product_id=1"))) is visible


class TestWithABreakerAtTwo:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, hides_per_hour=2)

    async def test_one_caller_hides_only_so_many(self, client: httpx.AsyncClient, database: Database) -> None:
        async with database.write() as writer:
            numbers = [await cast.review(writer, product_id=product) for product in (1, 1, 2, 2)]
        for number in numbers:
            assert (await client.put(f"/reviews/{number}/report")).status_code == 204
        assert ids(await client.get("/reviews?product_id=1")) == []
        assert ids(await client.get("/reviews?product_id=2")) == numbers[:1:-1]
        async with database.read() as reader:
            assert await reader.fetch_value("select count(*) from moderation_case") == 4
            assert await reader.fetch_value("select count(*) from event where action = 'breaker'") == 1

    async def test_with_a_key_each_voter_is_a_caller(self, client: httpx.AsyncClient, database: Database) -> None:
        async with database.write() as writer:
            numbers = [await cast.review(writer, product_id=product) for product in (1, 2, 3, 3)]
            _, token = await keys.add(writer, SYSTEM, "Shop", [])
        for number, voter in zip(numbers, ("1", "1", "1", "2"), strict=True):
            await client.put(f"/reviews/{number}/report", headers={"X-API-Key": token, "X-Voter-ID": voter})
        shown = [ids(await client.get(f"/reviews?product_id={product}")) for product in (1, 2, 3)]
        assert shown == [[], [], [numbers[2]]]

    async def test_another_caller_is_another(self, client: httpx.AsyncClient, database: Database) -> None:
        # Behind a proxy of ours, the address that it saw is the caller.
        async with database.write() as writer:
            numbers = [await cast.review(writer, product_id=product) for product in (1, 2, 1, 2)]
        for number, address in zip(numbers, ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1"), strict=True):
            await client.put(f"/reviews/{number}/report", headers={"X-Forwarded-For": address})
        assert ids(await client.get("/reviews?product_id=1")) == []
        assert ids(await client.get("/reviews?product_id=2")) == [numbers[3]]
