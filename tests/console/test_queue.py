"""The queue's page: the cards and who has them, several at once, hold, reply, note, and undo again and again."""

import re
from typing import Any

import httpx
import pytest

from backend.domain.actors import SYSTEM
from backend.domain.roles import Role
from backend.domain.screening import Action, Kind, made
from backend.services import queue, screening
from backend.store.database import Database
from tests import cast
from tests.api.asking import draft
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio
HTMX = {"hx-request": "true"}


async def states(database: Database) -> dict[int, str]:
    async with database.read(fresh=True) as reader:
        return {row["id"]: row["state"] for row in await reader.fetch_all("select id, state from review order by id")}


def cards(answer: httpx.Response) -> list[int]:
    return [int(number) for number in re.findall(r'id="case-(\d+)"', answer.text)]


def opened(answer: httpx.Response) -> int | None:
    found = re.search(r'id="open-(\d+)"', answer.text)
    return int(found[1]) if found else None


@pytest.fixture
async def waiting(database: Database) -> None:
    """Four reported reviews, the first one reported most."""
    async with database.write() as writer:
        for number in (1, 2, 3, 4):
            await cast.review(writer, id=number, reviewer_name=f"Reader {number}", state="reported")
            await writer.execute(
                "insert into moderation_case (review_id, product_id, kind, reports) values (%s, 1, 'reported', %s)",
                (number, 9 - 2 * number),
            )


async def decide(browser: Browser, data: dict[str, Any]) -> httpx.Response:
    return await browser.post("/console/judge", {"view": "queue", "back": "/console/queue", **data}, **HTMX)


async def test_whoever_comes_second_gets_the_next_free_card(moderator: Browser, enter: Enter, waiting: None) -> None:
    lead, viewer = await enter(Role.LEAD), await enter(Role.VIEWER)
    mine = await moderator.get("/console/queue")
    assert (cards(mine), opened(mine)) == ([1, 2, 3, 4], 1)
    assert "Yours" not in mine.text, "a phone shows the list alone"
    assert "Yours" in (await moderator.get("/console/queue?review=1")).text
    theirs = await lead.get("/console/queue")
    assert opened(theirs) == 2
    assert "Yours" in (await lead.post("/console/claims", {"open": "2.1"}, **HTMX)).text, "seen, it is asked for"
    assert re.search(r'id="who-1"><span[^>]*>.*?<bdi>Moderator</bdi>', theirs.text)
    assert cards(await lead.get("/console/queue?kind=mine")) == [2]
    assert opened(await viewer.get("/console/queue")) == 3, "a viewer looks, and has nothing"

    refused = await decide(lead, {"open": "1.1", "hide": "spam"})
    assert refused.status_code == 409
    assert "Moderator has this card open." in refused.text
    assert 'hx-target="#panes"' in refused.text

    page = await lead.post(
        "/console/judge", {"review": ["1.1", "4.1"], "decision": "restore", "back": "/console/queue"}
    )
    assert "1 left as it was" in (await lead.get(page.headers["location"])).text, "told without a script, too"
    await lead.get("/console/queue?review=2")

    kept = await moderator.post("/console/claims", {"open": "1.1", "card": ["1", "2", "3"]}, **HTMX)
    assert re.search(r'#who-2"[^>]*>.*?<bdi>Lead</bdi>', kept.text)
    assert '#who-3:has(.st)"' in kept.text
    await decide(lead, {"open": "2.1", "hide": "spam"})
    changed = await moderator.post("/console/claims", {"open": "2.1"}, **HTMX)
    assert "Lead hid it as spam or advertising, just now." in changed.text


async def test_the_page_goes_on_below_the_list(
    moderator: Browser, waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 3)
    first = await moderator.get("/console/queue")
    assert cards(first) == [1, 2, 3]
    more = re.search(r'id="more" href="([^"]+)"', first.text)
    assert more
    second = await moderator.get(more[1])
    assert cards(second) == [4]
    assert "From the top" in second.text
    for odd in ("x", "1", "1.x", "-.1", "9" * 40 + ".1", "1.1.1"):
        assert cards(await moderator.get(f"/console/queue?from={odd}&review={odd}&kind={odd}&say={odd}")) == [1, 2, 3]


async def test_those_that_are_chosen_are_decided_and_not_the_open_one(
    moderator: Browser, database: Database, waiting: None
) -> None:
    answer = await decide(moderator, {"open": "1.1", "review": ["2.1", "3.1"], "hide": "off-topic"})
    assert "2 reviews" in answer.text
    assert await states(database) == {1: "reported", 2: "hidden", 3: "hidden", 4: "reported"}
    assert cards(answer) == [1, 4]


async def test_undone_step_by_step_after_a_reload(moderator: Browser, database: Database, waiting: None) -> None:
    await decide(moderator, {"review": ["2.1", "3.1"], "hide": "off-topic"})
    await decide(moderator, {"open": "1.1", "decision": "hold"})
    page = await moderator.get("/console/queue")
    assert re.search(r'action="/console/undo".*?data-key="z"', page.text, re.DOTALL)
    asked = {"view": "queue", "back": "/console/queue?kind=held"}
    answer = await moderator.post("/console/undo", asked, **HTMX)
    assert "1 taken back" in answer.text
    assert "on hold: <bdi>Reader 1</bdi>" in answer.text
    assert opened(answer) == 1
    assert answer.headers["hx-replace-url"] == "/console/queue?kind=held&review=1"
    answer = await moderator.post("/console/undo", asked, **HTMX)
    assert "2 taken back" in answer.text
    assert set((await states(database)).values()) == {"reported"}
    nothing = await moderator.post("/console/undo", asked, **HTMX)
    assert nothing.status_code == 404
    assert "nothing of yours left to undo" in nothing.text


async def test_on_hold_it_is_among_mine(moderator: Browser, enter: Enter, waiting: None) -> None:
    await decide(moderator, {"open": "3.1", "decision": "hold"})
    await moderator.get("/console/queue?review=1")
    assert sorted(cards(await moderator.get("/console/queue?kind=mine"))) == [1, 3]
    held = await (await enter(Role.LEAD)).get("/console/queue?kind=held")
    assert cards(held) == [3]
    assert "by Moderator. The public does not see it" in held.text


async def test_a_reply_is_public_at_once_and_taken_back(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=7, reviewer_name="Ana")
        await writer.execute("insert into moderation_case (review_id, product_id, kind) values (7, 1, 'reported')")
    form = (await moderator.get("/console/queue?review=7&say=reply&template=size")).text
    assert "how Camo Onesie fits you, Ana." in form
    said = {"review": "7.1", "reply": "Thank you, Ana.", "view": "queue", "back": "/console/queue?review=7"}
    answer = await moderator.post("/console/reply", said, **HTMX)
    assert "Replied" in answer.text
    assert (await moderator.http.get("/reviews/7")).json()["response"] == "Thank you, Ana."
    late = await moderator.post("/console/reply", {**said, "reply": "No."})
    assert late.status_code == 409
    assert "Moderator replied as the merchant, just now." in late.text
    undone = await moderator.post("/console/undo", {"back": said["back"]})
    assert undone.headers["location"].startswith("/console/queue?review=7&done=")
    assert (await moderator.http.get("/reviews/7")).json()["response"] is None
    for odd in (
        {},
        {"review": "7", "reply": " "},
        {"review": "7", "reply": "\0"},
        {"review": "7", "reply": "x" * 2001},
    ):
        assert (await moderator.post("/console/reply", odd)).status_code == 422
    assert (await moderator.post("/console/reply", {"review": "8", "reply": "x"})).status_code == 404


async def test_a_reply_and_a_note_on_the_page_of_a_review(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=7, reviewer_name="Ana")
    page = (await moderator.get("/console/reviews/7?list=rating%3D5")).text
    asked = "/console/reviews/7?list=rating%3D5&amp;say=reply"
    assert f'href="{asked}"' in page
    page = (await moderator.get("/console/reviews/7?list=rating%3D5&say=reply&template=size")).text
    assert "how Camo Onesie fits you, Ana." in page
    said = {"review": "7.1", "reply": "Thank you.", "view": "page", "back": "/console/reviews/7?list=rating%3D5"}
    answer = (await moderator.post("/console/reply", said, **HTMX)).text
    assert "Replied" in answer
    assert "Reply of the merchant" in answer, "the page shows it"
    assert "<textarea" not in answer, "what was said is closed"
    noted = {"review": "7", "note": "A friend of the house.", "view": "page", "back": said["back"]}
    assert "A friend of the house." in (await moderator.post("/console/note", noted, **HTMX)).text
    assert (await moderator.post("/console/note", noted)).headers["location"] == said["back"]


async def test_a_note_stands_by_all_that_its_writer_wrote(
    moderator: Browser, database: Database, waiting: None
) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=5, reviewer_name="Reader 1", state="hidden")
        await writer.execute(
            "insert into event (actor_kind, action, subject_kind, subject_id, reason)"
            " values ('user', 'hide', 'review', 5, 'fake')"
        )
        await cast.review(writer, id=6, reviewer_name="Reader 1", summary="Seen by all")
    noted = {"review": "5", "note": "Three accounts, one number.", "back": "/console/queue"}
    assert (await moderator.post("/console/note", noted)).status_code == 303
    page = (await moderator.get("/console/queue?review=1")).text
    context = page[page.index('class="p-ctx"') :]
    assert "5 other reviews" in context, "of this e-mail address, whatever the name where nobody sees them"
    assert "Not a genuine experience" in context
    assert 'href="/console/reviews/6"' in context
    assert "Three accounts, one number." in context
    assert "another review" in context
    for odd in ({"review": "x", "note": "x"}, {"review": "99", "note": "x"}):
        assert (await moderator.post("/console/note", odd)).status_code == 404
    assert (await moderator.post("/console/note", {"review": "1", "note": ""})).status_code == 422


async def test_what_a_rule_found_is_marked(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        for rule in (
            made("no-contacts", Kind.CONTACTS, Action.HOLD, {}, []),
            made("bad-words", Kind.WORDS, Action.HOLD, {}, ["thief"]),
        ):
            await screening.set_rule(writer, SYSTEM, rule, active=True)
    body = "The seller is a THIEF <b>and</b> his number is 07700 900 461, so call him before you order anything there."
    await moderator.http.post("/reviews", json=draft(body=body))
    page = (await moderator.get("/console/queue?kind=held")).text
    assert "Rules bad-words and no-contacts" in page
    assert "a <mark>THIEF</mark> &lt;b&gt;" in page
    assert "<mark>07700 900 461</mark>" in page
