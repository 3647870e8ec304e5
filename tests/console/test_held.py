"""What a rule held waits in the queue with its cause; what readers reported says why."""

import pytest

from backend.domain.actors import SYSTEM
from backend.domain.screening import Action, Kind, made
from backend.services import screening
from backend.store.database import Database
from tests import cast
from tests.api.asking import draft
from tests.console.conftest import Browser

pytestmark = pytest.mark.anyio


async def test_a_held_review_waits_under_held_with_its_rule(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        rule = made("no-links", Kind.LINKS, Action.HOLD, {}, [])
        await screening.set_rule(writer, SYSTEM, rule, active=True)
    sent = await moderator.http.post("/reviews", json=draft(summary="See www.example.org"))
    number = sent.headers["location"].removeprefix("/reviews/")
    assert "See www.example.org" in (await moderator.get("/console/queue?kind=held")).text
    page = (await moderator.get(f"/console/reviews/{number}")).text
    assert "<b>A rule</b> held it" in page
    assert "rule no-links" in page
    await moderator.post(
        "/console/judge", {"review": f"{number}.1", "decision": "restore", "back": "/console/queue?kind=held"}
    )
    assert (await moderator.http.get(f"/reviews/{number}")).status_code == 200
    assert "See www.example.org" not in (await moderator.get("/console/queue?kind=held")).text


async def test_a_report_says_why_in_words(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        number = await cast.review(writer)
    said = {"reason": "personal-data", "text": "<b>That is my name.</b>"}
    assert (await moderator.http.put(f"/reviews/{number}/report", json=said)).status_code == 204
    page = (await moderator.get(f"/console/reviews/{number}")).text
    assert "A reader: Personal data, which hid it" in page
    assert "&lt;b&gt;That is my name.&lt;/b&gt;" in page
