"""PUT /reviews/{id}/helpful."""

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.services import keys
from backend.store.database import Database
from tests import cast
from tests.api.asking import ids, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
async def review_id(database: Database) -> int:
    async with database.write() as writer:
        return await cast.review(writer, helpfulness_base=3)


@pytest.fixture
async def shop(database: Database) -> dict[str, str]:
    """The headers of a client with a key."""
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Shop", [])
    return {"X-API-Key": token}


async def votes(client: httpx.AsyncClient, review_id: int) -> int:
    found: int = (await client.get(f"/reviews/{review_id}")).json()["helpfulness"]
    return found


async def test_every_vote_adds_one(client: httpx.AsyncClient, review_id: int) -> None:
    for expected in (4, 5, 6):
        response = await client.put(f"/reviews/{review_id}/helpful")
        assert (response.status_code, response.content) == (204, b"")
        assert "content-type" not in response.headers
        assert await votes(client, review_id) == expected


async def test_a_vote_moves_a_review_up_at_once(client: httpx.AsyncClient, database: Database, review_id: int) -> None:
    async with database.write() as writer:
        other = await cast.review(writer, helpfulness_base=3)
    for sort in ("helpful", "relevant"):
        assert ids(await client.get(f"/reviews?product_id=1&sort={sort}")) == [other, review_id]
    await client.put(f"/reviews/{review_id}/helpful")
    for sort in ("helpful", "relevant"):
        assert ids(await client.get(f"/reviews?product_id=1&sort={sort}")) == [review_id, other]


async def test_a_vote_changes_no_version(client: httpx.AsyncClient, database: Database, review_id: int) -> None:
    await client.put(f"/reviews/{review_id}/helpful")
    async with database.read() as reader:
        row = await reader.fetch_one("select version, helpfulness_base, helpfulness_votes from review")
    assert row == {"version": 1, "helpfulness_base": 3, "helpfulness_votes": 1}


async def test_a_body_is_ignored(client: httpx.AsyncClient, review_id: int) -> None:
    for body in (b"{}", b"not json", b"\xff\x00"):
        response = await client.put(
            f"/reviews/{review_id}/helpful", content=body, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 204
    assert await votes(client, review_id) == 6


async def test_an_anonymous_caller_votes_as_often_as_it_asks(client: httpx.AsyncClient, review_id: int) -> None:
    # Whatever it says about its shoppers: many share its address, and nobody can check what it says.
    told = {"X-Voter-ID": "17", "X-Voter-Address": "203.0.113.7", "X-Forwarded-For": "203.0.113.7", "Cookie": "a=b"}
    for _ in range(3):
        assert (await client.put(f"/reviews/{review_id}/helpful?voter=17", headers=told)).status_code == 204
    assert await votes(client, review_id) == 6


async def test_a_key_without_a_voter_is_as_anonymous(
    client: httpx.AsyncClient, review_id: int, shop: dict[str, str]
) -> None:
    for _ in range(2):
        await client.put(f"/reviews/{review_id}/helpful", headers=shop)
    assert await votes(client, review_id) == 5


async def test_a_voter_that_a_client_names_counts_once(
    client: httpx.AsyncClient, database: Database, review_id: int, shop: dict[str, str]
) -> None:
    async with database.write() as writer:
        other = await cast.review(writer)
    for voter in ("17", "17", "18", "17"):
        response = await client.put(f"/reviews/{review_id}/helpful", headers={**shop, "X-Voter-ID": voter})
        assert response.status_code == 204
    assert (await client.put(f"/reviews/{review_id}/helpful?voter=17", headers=shop)).status_code == 204
    assert await votes(client, review_id) == 5
    await client.put(f"/reviews/{other}/helpful?voter=17", headers=shop)
    assert await votes(client, other) == 1


async def test_two_clients_may_have_a_customer_of_one_name(
    client: httpx.AsyncClient, database: Database, review_id: int, shop: dict[str, str]
) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Another shop", [])
    for headers in (shop, {"X-API-Key": token}):
        await client.put(f"/reviews/{review_id}/helpful", headers={**headers, "X-Voter-ID": "17"})
    assert await votes(client, review_id) == 5


async def test_a_forwarded_address_needs_the_scope(
    inside: httpx.AsyncClient, database: Database, review_id: int, shop: dict[str, str]
) -> None:
    async def vote(headers: dict[str, str], address: str) -> httpx.Response:
        return await inside.put(f"/reviews/{review_id}/helpful", headers={**headers, "X-Voter-Address": address})

    for _ in range(2):
        await vote(shop, "203.0.113.7")
    assert await votes(inside, review_id) == 5
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Proxy", [keys.PROXY])
    proxy = {"X-API-Key": token}
    same = ["203.0.113.7", " 203.0.113.7 ", "::ffff:203.0.113.7"]
    same_network = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]
    for address in [*same, *same_network]:
        assert (await vote(proxy, address)).status_code == 204
    assert await votes(inside, review_id) == 7
    assert list(problem(await vote(proxy, "shopper"), 422, "Error: invalid voter")) == ["X-Voter-Address"]


@pytest.mark.parametrize("voter", ["x" * 201, "a b", "ünï", "a\tb"])
async def test_a_voter_that_cannot_be_read(
    client: httpx.AsyncClient, review_id: int, shop: dict[str, str], voter: str
) -> None:
    headers = [(b"X-API-Key", shop["X-API-Key"].encode()), (b"X-Voter-ID", voter.encode("latin-1"))]
    response = await client.put(f"/reviews/{review_id}/helpful", headers=headers)
    assert list(problem(response, 422, "Error: invalid voter provided")) == ["X-Voter-ID"]


async def test_no_address_and_no_name_is_stored(
    client: httpx.AsyncClient, database: Database, review_id: int, shop: dict[str, str]
) -> None:
    await client.put(f"/reviews/{review_id}/helpful", headers={**shop, "X-Voter-ID": "17"})
    async with database.read() as reader:
        voter = await reader.fetch_value("select voter from vote")
    assert len(voter) == 32
    assert b"17" not in voter


@pytest.mark.parametrize("action", ["helpful", "report"])
async def test_a_review_that_does_not_exist(client: httpx.AsyncClient, shop: dict[str, str], action: str) -> None:
    for number in ("1", "0042", str(2**31), str(2**63 - 1)):
        problem(await client.put(f"/reviews/{number}/{action}"), 404)
        problem(await client.put(f"/reviews/{number}/{action}?voter=1", headers=shop), 404)


@pytest.mark.parametrize("action", ["helpful", "report"])
async def test_an_id_that_is_none(client: httpx.AsyncClient, subtests: pytest.Subtests, action: str) -> None:
    wrong = ["hello", "null", "5.55", "-1", "0", "-0", "+5", "%205", "5%20", "1e3", "0x5", "%00", "5%00", "٥", "%ff"]
    for number in [*wrong, str(2**63), str(10**30), "9" * 5000, "{id}", "%7Bid%7D", "undefined", "meta"]:
        with subtests.test(number=number[:40]):
            response = await client.put(f"/reviews/{number}/{action}")
            assert list(problem(response, 422, "Error: invalid review id provided")) == ["review_id"]


@pytest.mark.parametrize("state", ["held", "reported", "hidden"])
async def test_a_hidden_review_still_takes_votes(client: httpx.AsyncClient, database: Database, state: str) -> None:
    async with database.write() as writer:
        number = await cast.review(writer, state=state)
    assert (await client.put(f"/reviews/{number}/helpful")).status_code == 204
    async with database.read() as reader:
        assert await reader.fetch_value("select helpfulness from review where id = %s", (number,)) == 1
    problem(await client.get(f"/reviews/{number}"), 404)


async def test_a_removed_review_is_gone(client: httpx.AsyncClient, database: Database, shop: dict[str, str]) -> None:
    async with database.write() as writer:
        number = await cast.review(writer, state="removed")
    for action in ("helpful", "report"):
        problem(await client.put(f"/reviews/{number}/{action}"), 404)
        problem(await client.put(f"/reviews/{number}/{action}?voter=1", headers=shop), 404)


async def test_the_highest_count_stays(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        number = await cast.review(writer, helpfulness_base=2**31 - 2)
    for _ in range(2):
        assert (await client.put(f"/reviews/{number}/helpful")).status_code == 204
    assert await votes(client, number) == 2**31 - 1
