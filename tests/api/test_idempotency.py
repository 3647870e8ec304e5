"""`Idempotency-Key` on POST /reviews: the same request again is answered as before, and stored once."""

import asyncio
from typing import Any

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.services import keys
from backend.store.database import Database
from tests.api.asking import draft, ids, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

INVALID = "Error: invalid idempotency key provided"


async def send(client: httpx.AsyncClient, sent: Any, key: str, **headers: str) -> httpx.Response:
    return await client.post("/reviews", json=sent, headers={"Idempotency-Key": key, **headers})


def told(response: httpx.Response) -> tuple[int, str, str, str]:
    """Everything of an answer that a storefront uses."""
    headers = response.headers
    return response.status_code, response.text, headers["location"], headers["x-review-state"]


async def test_the_same_again_is_answered_as_before(client: httpx.AsyncClient) -> None:
    sent = draft()
    first = await send(client, sent, "key-1")
    assert first.status_code == 201
    # Its fields in another order, and one that nobody knows: the same review.
    again = await send(client, {**dict(reversed(sent.items())), "unknown": 1}, "key-1")
    assert told(again) == told(first)
    assert len(ids(await client.get("/reviews?product_id=1"))) == 1


@pytest.mark.parametrize(
    "other", [{"rating": 1}, {"characteristics": {"11": 4}}, {"photos": []}, {"name": "Ines"}, {"email": "other@x"}]
)
async def test_with_another_review_it_is_refused(client: httpx.AsyncClient, other: dict[str, Any]) -> None:
    sent = draft()
    await send(client, sent, "key-1")
    assert list(problem(await send(client, {**sent, **other}, "key-1"), 422, INVALID)) == ["Idempotency-Key"]
    assert len(ids(await client.get("/reviews?product_id=1"))) == 1


async def test_many_at_once_make_one_review(client: httpx.AsyncClient) -> None:
    sent = draft()
    answers = await asyncio.gather(*(send(client, sent, "key-1") for _ in range(8)))
    assert {told(answer) for answer in answers} == {told(answers[0])}
    assert answers[0].status_code == 201
    assert len(ids(await client.get("/reviews?product_id=1"))) == 1


async def test_what_was_refused_is_not_remembered(client: httpx.AsyncClient) -> None:
    sent = draft(product_id=404, characteristics={})
    assert (await send(client, sent, "key-1")).status_code == 422
    assert (await send(client, {**sent, "product_id": 2}, "key-1")).status_code == 201


async def test_after_a_day_it_is_forgotten(client: httpx.AsyncClient, database: Database) -> None:
    await send(client, draft(), "key-1")
    async with database.write() as writer:
        await writer.execute("update idempotency_key set at = at - interval '24 hours'")
    assert (await send(client, draft(), "key-1")).status_code == 201
    assert len(ids(await client.get("/reviews?product_id=1"))) == 2


async def test_each_caller_has_keys_of_its_own(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        tokens = [(await keys.add(writer, SYSTEM, name, []))[1] for name in ("One", "Two")]
    callers = [
        *({"X-API-Key": token, "X-Voter-ID": "17"} for token in tokens),
        *({"X-Forwarded-For": address} for address in ("192.0.2.1", "192.0.2.2")),
    ]
    answers = [await send(client, draft(), "key-1", **caller) for caller in callers]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.headers["location"] for answer in answers}) == 4


async def test_of_a_client_whoever_of_its_shoppers_it_speaks_for(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        _, token = await keys.add(writer, SYSTEM, "Shop", [])
    sent = draft()
    answers = [await send(client, sent, "key-1", **{"X-API-Key": token, "X-Voter-ID": voter}) for voter in ("17", "18")]
    assert told(answers[0]) == told(answers[1])


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "\u00e9"])
async def test_what_can_be_no_key(inside: httpx.AsyncClient, key: str) -> None:
    headers = [(b"idempotency-key", key.encode())]
    response = await inside.post("/reviews", json=draft(), headers=headers)
    assert list(problem(response, 422, INVALID)) == ["Idempotency-Key"]
    assert ids(await inside.get("/reviews?product_id=1")) == []


async def test_the_longest_is_one(client: httpx.AsyncClient) -> None:
    assert (await send(client, draft(), "k" * 255)).status_code == 201
