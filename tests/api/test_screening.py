"""Screening on POST /reviews: a rule publishes, holds or refuses; none holds by default."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.domain.screening import Action, Kind, made
from backend.services import checking, keys, moderation, screening
from backend.store.database import Database, Row
from tests import cast
from tests.api.asking import BODY, draft, ids, post, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


async def rule(database: Database, kind: Kind, action: Action, *words: str, name: str = "", **numbers: int) -> None:
    wanted = made(name or kind.value, kind, action, {key: str(value) for key, value in numbers.items()}, words)
    async with database.write() as writer:
        await screening.set_rule(writer, SYSTEM, wanted, active=True)


async def trace(database: Database) -> list[Row]:
    """What rules have told of reviews."""
    async with database.read() as reader:
        return await reader.fetch_all(
            "select actor_kind, action, subject_id, cause, fields, request_id from event where subject_kind = 'review'"
        )


async def test_a_held_review_waits_unseen_for_a_moderator(client: httpx.AsyncClient, database: Database) -> None:
    await cast.people(database)
    await rule(database, Kind.LINKS, Action.HOLD)
    response = await post(client, draft(body=f"{BODY} www.example.org/a"))
    assert (response.status_code, response.text) == (201, "Created")
    assert response.headers["x-review-state"] == "held"
    number = int(response.headers["location"].removeprefix("/reviews/"))
    assert ids(await client.get("/reviews?product_id=1")) == []
    assert (await client.get("/reviews/meta?product_id=1")).json()["ratings"] == {}
    assert (await client.get(response.headers["location"])).status_code == 404
    assert await trace(database) == [
        {
            "actor_kind": "rule",
            "action": "hold",
            "subject_id": number,
            "cause": "rule links",
            "fields": ["state"],
            "request_id": response.headers["x-request-id"],
        }
    ]
    async with database.read() as reader:
        assert await reader.fetch_all("select review_id, kind, reports from moderation_case") == [
            {"review_id": number, "kind": "held", "reports": 0}
        ]
        assert await checking.check(reader) == []
    async with database.write() as writer:
        await moderation.restore(writer, cast.MODERATOR, number)
    assert ids(await client.get("/reviews?product_id=1")) == [number]
    assert (await client.get("/reviews/meta?product_id=1")).json()["ratings"] == {"4": "1"}
    async with database.read() as reader:
        assert await checking.check(reader) == []


async def test_a_held_one_hidden_or_reported_is_never_counted(client: httpx.AsyncClient, database: Database) -> None:
    await cast.people(database)
    await rule(database, Kind.LINKS, Action.HOLD)
    reported, hidden = [
        int((await post(client, draft(summary="www.example.org"))).headers["location"].removeprefix("/reviews/"))
        for _ in range(2)
    ]
    assert (await client.put(f"/reviews/{reported}/report")).status_code == 204
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, hidden, "spam")
    assert ids(await client.get("/reviews?product_id=1")) == []
    async with database.read() as reader:
        assert await reader.fetch_value("select kind from moderation_case") == "held"
        assert await checking.check(reader) == []


async def test_a_refused_one_is_told_and_leaves_nothing(client: httpx.AsyncClient, database: Database) -> None:
    await rule(database, Kind.LINKS, Action.REFUSE, most=1)
    await rule(database, Kind.CONTACTS, Action.REFUSE)
    sent = draft(summary="ines@example.org", body=f"{BODY} www.example.org http://example.org")
    assert problem(await post(client, sent), 422, "Error: Review body contains invalid entries") == {
        "summary": "Must hold no e-mail addresses or telephone numbers.",
        "body": "Holds more links than may stand here: at most 1.",
    }
    assert await trace(database) == []
    assert (await post(client, {**sent, "summary": "", "body": BODY})).status_code == 201


async def test_the_strictest_rule_decides(client: httpx.AsyncClient, database: Database) -> None:
    sent = draft(summary="www.example.org")
    await rule(database, Kind.LINKS, Action.PUBLISH, name="a-trial")
    first = await post(client, sent)
    assert first.headers["x-review-state"] == "published"
    assert [(row["action"], row["cause"], row["fields"]) for row in await trace(database)] == [
        ("notice", "rule a-trial", [])
    ]
    await rule(database, Kind.LINKS, Action.HOLD, name="b-links")
    second = await post(client, {**sent, "body": f"{BODY}!"})
    assert second.headers["x-review-state"] == "held"
    assert [row["cause"] for row in await trace(database)][1:] == ["rule a-trial, b-links"]
    await rule(database, Kind.LINKS, Action.REFUSE, name="c-links")
    assert (await post(client, {**sent, "body": f"{BODY}?"})).status_code == 422


async def test_a_rule_that_is_off_or_gone_does_nothing(client: httpx.AsyncClient, database: Database) -> None:
    sent = draft(summary="www.example.org")
    await rule(database, Kind.LINKS, Action.REFUSE)
    async with database.write() as writer:
        wanted = made("links", Kind.LINKS, Action.REFUSE, {}, [])
        await screening.set_rule(writer, SYSTEM, wanted, active=False)
    assert (await post(client, sent)).status_code == 201
    await rule(database, Kind.LINKS, Action.REFUSE)
    async with database.write() as writer:
        await screening.remove_rule(writer, SYSTEM, "links")
    assert (await post(client, {**sent, "body": f"{BODY}!"})).status_code == 201


async def test_banned_words_however_they_are_written(client: httpx.AsyncClient, database: Database) -> None:
    await rule(database, Kind.WORDS, Action.REFUSE, "Crème brûlée", "x")
    for field, text in (("summary", "CREME\n BRULEE!"), ("name", "Créme-Brulée")):
        assert list(problem(await post(client, draft(**{field: text})), 422)) == [field]
    assert (await post(client, draft(summary="creme brulees, xx"))).status_code == 201


async def test_a_near_copy_of_the_same_product(client: httpx.AsyncClient, database: Database) -> None:
    await rule(database, Kind.COPIES, Action.REFUSE, percent=80, among=2)
    near = f"{BODY} Really."
    assert (await post(client, draft())).status_code == 201
    assert list(problem(await post(client, draft(body=near)), 422)) == ["body"]
    assert (await post(client, draft(product_id=2, characteristics={}, body=near))).status_code == 201
    # Only the newest are looked at.
    for text in (
        "Too small for me, and after a week the zip was broken anyway.",
        "Bought as a present, arrived early, ",
    ):
        assert (await post(client, draft(body=text + "0123456789 " * 3))).status_code == 201
    assert (await post(client, draft(body=near))).status_code == 201


class TestOfAKnownVoter:
    @pytest.fixture
    async def shop(self, database: Database) -> str:
        async with database.write() as writer:
            return (await keys.add(writer, SYSTEM, "Shop", []))[1]

    async def send(self, client: httpx.AsyncClient, shop: str, voter: str, **fields: Any) -> httpx.Response:
        headers = {"X-API-Key": shop, "X-Voter-ID": voter}
        return await client.post("/reviews", json=draft(**fields), headers=headers)

    async def test_too_many_are_refused(self, client: httpx.AsyncClient, database: Database, shop: str) -> None:
        await rule(database, Kind.FLOOD, Action.REFUSE, most=2, hours=1)
        statuses = [(await self.send(client, shop, "17")).status_code for _ in range(3)]
        assert statuses == [201, 201, 422]
        assert list(problem(await self.send(client, shop, "17"), 422)) == ["voter"]
        assert (await self.send(client, shop, "18")).status_code == 201
        assert [(await post(client, draft())).status_code for _ in range(3)] == [201] * 3
        async with database.write() as writer:
            await writer.execute("update submission set at = at - interval '1 hour'")
        assert (await self.send(client, shop, "17")).status_code == 201

    async def test_also_at_once(self, client: httpx.AsyncClient, database: Database, shop: str) -> None:
        await rule(database, Kind.FLOOD, Action.REFUSE, most=3)
        answers = await asyncio.gather(*(self.send(client, shop, "17") for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 5


async def test_who_may_set_them(database: Database) -> None:
    wanted = made("links", Kind.LINKS, Action.HOLD, {}, [])
    for actor, may in ((cast.PUBLIC, False), (cast.MODERATOR, False), (cast.LEAD, True)):
        async with database.write() as writer:
            if may:
                await screening.set_rule(writer, replace(actor), wanted, active=True)
            else:
                with pytest.raises(Exception, match="permission"):
                    await screening.set_rule(writer, actor, wanted, active=True)
