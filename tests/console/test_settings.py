"""Settings behind the gear: reasons, reply templates and rules of screening, kept by leads, with a trace."""

from typing import LiteralString

import pytest

from backend.domain.roles import Role
from backend.services import templates
from backend.store.database import Database
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

REASONS = "/console/settings/reasons"
TEMPLATES = "/console/settings/templates"
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


async def codes(database: Database, table: LiteralString = "reason") -> list[str]:
    """Of those in use, in their order."""
    async with database.read() as reader:
        rows = await reader.fetch_all(f"select code from {table} where active order by position")
    return [row["code"] for row in rows]


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


NO_REASONS = [("code", "Wrong Size"), ("code", "x" * 41), ("title", " "), ("title", "x" * 81), ("explanation", "a\0b")]


async def test_a_reason_that_cannot_be_says_why(lead: Browser, database: Database, subtests: pytest.Subtests) -> None:
    for field, value in NO_REASONS:
        with subtests.test(field=field, value=value):
            before = await codes(database)
            form = {"code": "x", "title": "X", "explanation": "Why.", field: value}
            refused = await lead.post(REASONS, form)
            assert refused.status_code == 422
            assert f'id="{field}-err"' in refused.text
            assert await codes(database) == before


@pytest.mark.parametrize(("page", "table"), [(REASONS, "reason"), (TEMPLATES, "reply_template")])
async def test_the_order_is_theirs(lead: Browser, database: Database, page: str, table: LiteralString) -> None:
    first, second, *_, last = await codes(database, table)
    await lead.post(f"{page}/{second}/move", {"by": "up"})
    assert (await codes(database, table))[:2] == [second, first]
    await lead.post(f"{page}/{second}/move", {"by": "up"})
    await lead.post(f"{page}/{last}/move", {"by": "down"})
    assert (await codes(database, table))[:2] == [second, first]
    assert (await codes(database, table))[-1] == last
    assert (await lead.post(f"{page}/nothing/move", {"by": "up"})).status_code == 404


async def test_one_reason_stays_in_use(lead: Browser, database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("update reason set active = code = 'spam'")
    refused = await lead.post(f"{REASONS}/spam", {"title": "Spam", "explanation": "Spam."})
    assert refused.status_code == 409
    assert "last reason in use" in refused.text


async def test_a_template_is_added_changed_and_taken_out_of_use(lead: Browser, database: Database) -> None:
    form = {"code": "late", "title": " Too  late ", "text": " Sorry, {name}.\r\nWrite to us. ", "active": "on"}
    assert (await lead.post(TEMPLATES, form)).headers["location"] == f"{TEMPLATES}?said=kept"
    async with database.read() as reader:
        last = (await templates.offered(reader))[-1]
    assert last == {"code": "late", "title": "Too late", "text": "Sorry, {name}.\nWrite to us."}
    assert "Sorry, {name}." in (await lead.get(f"{TEMPLATES}/late")).text
    assert (await lead.post(TEMPLATES, form)).status_code == 409
    await lead.post(f"{TEMPLATES}/late", {"title": "Late", "text": "Sorry."})
    assert "late" not in await codes(database, "reply_template")
    assert (await lead.post(f"{TEMPLATES}/nothing", form)).status_code == 404
    trail = (await lead.get("/console/audit?about=template")).text
    for told in ("Lead</bdi></b> changed", "Lead</bdi></b> added", "the reply template Late<", "title, text, active"):
        assert told in trail, told


NO_TEMPLATES = [
    ("code", "Late", "small letters"),
    ("title", "a\0b", "1 to 80"),
    ("text", " ", "Write something"),
    ("text", "x" * 1501, "At most 1,500"),
    ("text", "Dear {nmae}", "{nmae} stands for nothing"),
]


async def test_a_template_that_cannot_be_says_why(lead: Browser, database: Database, subtests: pytest.Subtests) -> None:
    for field, value, told in NO_TEMPLATES:
        with subtests.test(field=field, value=value, told=told):
            before = await codes(database, "reply_template")
            refused = await lead.post(TEMPLATES, {"code": "late", "title": "Late", "text": "Sorry.", field: value})
            assert refused.status_code == 422
            assert told in refused.text.split(f'id="{field}-err"')[1]
            assert await codes(database, "reply_template") == before


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
    for page in (REASONS, TEMPLATES, RULES):
        told = (await moderator.get(page)).text.split("<main")[1]
        assert "<form" not in told
        assert "New r" not in told
