"""Settings behind the gear: reasons and rules of screening, kept by leads, with a trace."""

import pytest

from backend.domain.roles import Role
from backend.store.database import Database
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

REASONS = "/console/settings/reasons"
RULES = "/console/settings/screening"
WORDS = {
    "kind": "words",
    "name": "rivals",
    "action": "refuse",
    "words": "Kicks 4 Less\r\n\r\ncheap shoes\n",
    "active": "on",
}


@pytest.fixture
async def lead(enter: Enter) -> Browser:
    return await enter(Role.LEAD)


async def codes(database: Database) -> list[str]:
    async with database.read() as reader:
        return [row["code"] for row in await reader.fetch_all("select code from reason where active order by position")]


async def test_a_reason_is_added_changed_and_taken_out_of_use(lead: Browser, database: Database) -> None:
    form = {"code": "wrong-size", "title": " Wrong  size ", "explanation": "It is about a size.", "active": "on"}
    assert (await lead.post(REASONS, form)).headers["location"] == f"{REASONS}?said=kept"
    assert (await codes(database))[-1] == "wrong-size"
    assert "Wrong size" in (await lead.get(REASONS)).text
    assert (await lead.post(REASONS, form)).status_code == 409
    await lead.post(f"{REASONS}/wrong-size", {"title": "Size", "explanation": "About a size."})
    assert "wrong-size" not in await codes(database)
    async with database.read() as reader:
        events = await reader.fetch_all("select action, subject_kind, reason, actor_id from event order by id")
    assert [tuple(event.values()) for event in events] == [
        ("add", "reason", "wrong-size", 3),
        ("change", "reason", "wrong-size", 3),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "Wrong Size"), ("code", "x" * 41), ("title", " "), ("title", "x" * 81), ("explanation", "a\0b")],
)
async def test_a_reason_that_cannot_be_says_why(lead: Browser, database: Database, field: str, value: str) -> None:
    before = await codes(database)
    form = {"code": "x", "title": "X", "explanation": "Why.", field: value}
    refused = await lead.post(REASONS, form)
    assert refused.status_code == 422
    assert f'id="{field}-err"' in refused.text
    assert await codes(database) == before


async def test_the_order_is_that_of_the_keys(lead: Browser, database: Database) -> None:
    first, second, *_, last = await codes(database)
    await lead.post(f"{REASONS}/{second}/move", {"by": "up"})
    assert (await codes(database))[:2] == [second, first]
    await lead.post(f"{REASONS}/{second}/move", {"by": "up"})
    await lead.post(f"{REASONS}/{last}/move", {"by": "down"})
    assert (await codes(database))[:2] == [second, first]
    assert (await codes(database))[-1] == last
    assert (await lead.post(f"{REASONS}/nothing/move", {"by": "up"})).status_code == 404


async def test_one_reason_stays_in_use(lead: Browser, database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("update reason set active = code = 'spam'")
    refused = await lead.post(f"{REASONS}/spam", {"title": "Spam", "explanation": "Spam."})
    assert refused.status_code == 409
    assert "last reason in use" in refused.text


async def test_a_rule_is_set_changed_and_removed(lead: Browser, database: Database) -> None:
    assert (await lead.post(RULES, WORDS)).status_code == 303
    assert "2 words and phrases" in (await lead.get(RULES)).text
    assert "Kicks 4 Less" in (await lead.get(f"{RULES}/rivals")).text
    assert (await lead.post(RULES, WORDS)).status_code == 409
    await lead.post(f"{RULES}/rivals", {**WORDS, "words": "kicks", "action": "hold", "active": ""})
    async with database.read() as reader:
        rule = await reader.fetch_one("select action, settings, active from screening_rule")
    assert rule == {"action": "hold", "settings": {"words": ["kicks"]}, "active": False}
    await lead.post(f"{RULES}/rivals/remove")
    assert "No rules" in (await lead.get(RULES)).text
    assert (await lead.get(f"{RULES}/rivals")).status_code == 404


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({**WORDS, "words": ""}, "words"),
        ({**WORDS, "name": "No Name"}, "name"),
        ({"kind": "flood", "name": "x", "action": "hold", "most": "0", "hours": "9"}, "most"),
        ({"kind": "copies", "name": "x", "action": "hold", "percent": "\0", "among": "9" * 30}, "percent"),
    ],
)
async def test_a_rule_that_cannot_be_says_why(lead: Browser, form: dict[str, str], field: str) -> None:
    refused = await lead.post(RULES, form)
    assert refused.status_code == 422
    assert f'id="{field}-err"' in refused.text
    assert (await lead.post(RULES, {**WORDS, "kind": "x"})).status_code == 422


async def test_everybody_reads_what_leads_keep(moderator: Browser) -> None:
    for page in (REASONS, RULES):
        told = (await moderator.get(page)).text.split("<main")[1]
        assert "<form" not in told
        assert "New r" not in told
