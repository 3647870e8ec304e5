"""The duplicate guard: the same product, e-mail and text are taken once within 24 hours."""

import asyncio
from typing import Any

import httpx
import pytest

from backend.services import checking
from backend.store.database import Database
from tests.api.asking import BODY, draft, ids, post, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

REFUSED = "Error: Review body contains invalid entries"


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"rating": 1, "recommend": False, "name": "Somebody else", "photos": [], "characteristics": {}},
        {"email": " INES@example.org"},
        {"body": f"  {BODY.upper()}\n"},
        {"summary": "warm  and quiet"},
    ],
)
async def test_the_same_is_refused(client: httpx.AsyncClient, database: Database, again: dict[str, Any]) -> None:
    sent = draft(email="ines@example.org")
    assert (await post(client, sent)).status_code == 201
    assert list(problem(await post(client, {**sent, **again}), 422, REFUSED)) == ["body"]
    assert len(ids(await client.get("/reviews?product_id=1"))) == 1
    async with database.read() as reader:
        assert await checking.check(reader) == []


@pytest.mark.parametrize(
    "other",
    [
        {"product_id": 2, "characteristics": {}},
        {"email": "other@example.org"},
        {"body": BODY + "!"},
        {"summary": "Warm"},
    ],
)
async def test_another_is_taken(client: httpx.AsyncClient, other: dict[str, Any]) -> None:
    sent = draft()
    assert (await post(client, sent)).status_code == 201
    assert (await post(client, {**sent, **other})).status_code == 201


async def test_after_a_day_it_is_taken_again(client: httpx.AsyncClient, database: Database) -> None:
    sent = draft()
    await post(client, sent)
    async with database.write() as writer:
        await writer.execute("update submission set at = at - interval '23 hours 59 minutes'")
    assert (await post(client, sent)).status_code == 422
    async with database.write() as writer:
        await writer.execute("update submission set at = at - interval '1 minute'")
    assert (await post(client, sent)).status_code == 201
    # And from then on for a day.
    assert (await post(client, sent)).status_code == 422


async def test_of_many_at_once_one_is_taken(client: httpx.AsyncClient) -> None:
    sent = draft()
    answers = await asyncio.gather(*(post(client, sent) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7
    assert len(ids(await client.get("/reviews?product_id=1"))) == 1


async def test_what_was_refused_may_be_mended(client: httpx.AsyncClient) -> None:
    sent = draft()
    await post(client, {**sent, "characteristics": {"99": 1}})
    assert (await post(client, sent)).status_code == 201
