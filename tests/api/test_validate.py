"""POST /reviews?validate=true: everything is checked, nothing is stored."""

from typing import Any

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.domain.screening import Action, Kind, made
from backend.services import screening
from backend.store.database import Database
from tests.api.asking import draft, post, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

TABLES = ("review", "review_search", "product_rollup", "submission", "idempotency_key", "moderation_case", "event")


async def stored(database: Database) -> list[int]:
    async with database.read(secret=True) as reader:
        return [await reader.fetch_value(f"select count(*) from {table}") for table in TABLES]


async def check(client: httpx.AsyncClient, sent: Any) -> httpx.Response:
    return await client.post("/reviews?validate=true", json=sent, headers={"Idempotency-Key": "key-1"})


async def test_what_would_be_taken(client: httpx.AsyncClient, database: Database) -> None:
    before, sent = await stored(database), draft()
    for _ in range(2):
        response = await check(client, sent)
        assert (response.status_code, response.json()) == (200, {"valid": True, "held": False})
    assert await stored(database) == before
    assert (await post(client, sent)).status_code == 201


async def test_what_would_be_held(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        await screening.set_rule(writer, SYSTEM, made("links", Kind.LINKS, Action.HOLD, {}, []), active=True)
    before = await stored(database)
    response = await check(client, draft(summary="See www.example.org"))
    assert response.json() == {"valid": True, "held": True}
    assert await stored(database) == before


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"rating": 6}, 422, "rating"),
        ({"product_id": 404, "characteristics": {}}, 422, "product_id"),
        ({"characteristics": {"99": 1}}, 422, "characteristics.99"),
        ({"summary": "gone by morning"}, 422, "summary"),
        ({"verified": True}, 403, "verified"),
    ],
)
async def test_what_would_not(
    client: httpx.AsyncClient, database: Database, wrong: dict[str, Any], status: int, field: str
) -> None:
    async with database.write() as writer:
        rule = made("words", Kind.WORDS, Action.REFUSE, {}, ["gone"])
        await screening.set_rule(writer, SYSTEM, rule, active=True)
    before = await stored(database)
    assert list(problem(await check(client, draft(**wrong)), status)) == [field]
    assert await stored(database) == before


async def test_what_was_sent_already(client: httpx.AsyncClient) -> None:
    sent = draft()
    await post(client, sent)
    assert list(problem(await check(client, sent), 422)) == ["body"]


@pytest.mark.parametrize(("said", "status"), [("false", 201), ("", 201), ("yes", 422), ("1", 422), ("TRUE", 422)])
async def test_what_it_may_say(client: httpx.AsyncClient, said: str, status: int) -> None:
    response = await client.post(f"/reviews?validate={said}", json=draft())
    assert response.status_code == status
    if status == 422:
        assert list(problem(response, 422, "Error: invalid validate provided")) == ["validate"]
