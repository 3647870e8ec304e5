"""The audit: each event as a sentence, narrowed by who, what, to what and when, a page at a time."""

import pytest

from backend.domain.actors import Actor
from backend.domain.errors import TimedOut
from backend.domain.roles import Role
from backend.services import audit, moderation
from backend.store import trace
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

PAGE = "/console/audit"


@pytest.fixture
async def deeds(database: Database, people: None) -> None:
    """A review that is hidden and comes back, one that a rule held, and a person who was changed."""
    async with database.write() as writer:
        await cast.review(writer, id=1)
        event = await moderation.hide(writer, cast.MODERATOR, 1, "spam")
        await moderation.undo(writer, cast.LEAD, event)
        await trace.record(writer, Actor(kind="rule"), "hold", ("review", 2), cause="rule links")
        await trace.record(writer, cast.ADMINISTRATOR, "change", ("user", 2), fields=["role"])
        await trace.record(writer, cast.OPERATOR, "import", ("run", 7), counts={"inserted": 1200})


async def entries(browser: Browser, query: str = "") -> list[str]:
    """The pages' sentences, newest first."""
    page = (await browser.get(f"{PAGE}{query}")).text
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr ")[1:] if "<tbody>" in page else []
    texts = []
    for row in rows:
        words = " ".join(part.split(">", 1)[-1] for part in row.split("<"))
        texts.append(" ".join(words.split()))
    return texts


async def test_who_did_what_to_what(enter: Enter, deeds: None) -> None:
    told = await entries(await enter(Role.ADMINISTRATOR))
    for sentence, line in zip(
        (
            "Operator imported a file in run 7 1,200 inserted",
            "Administrator changed Moderator role",
            "A rule held review 2 rule links",
            "Lead took back a change of review 1 status",
            "Moderator hid review 1 Spam or advertising",
        ),
        told,
        strict=True,
    ):
        assert sentence in line


FILTERS = [
    ("?who=2", 1),
    ("?who=rule", 1),
    ("?action=hide", 1),
    ("?about=review", 3),
    ("?about=review&id=1", 2),
    ("?who=2&about=run", 0),
    ("?day=2001-01-01", 0),
    ("?who=%00&action=x&about=y&id=9e9&day=0000-99-99&before=-1", 5),
    ("?id=999999999999999999&before=999999999999999999", 0),
    ("?day=9999-12-31", 5),
]


async def test_filters(enter: Enter, deeds: None, subtests: pytest.Subtests) -> None:
    administrator = await enter(Role.ADMINISTRATOR)
    for query, count in FILTERS:
        with subtests.test(query=query, count=count):
            assert len(await entries(administrator, query)) == count


async def test_a_day_is_one_of_the_viewers_zone(enter: Enter, deeds: None, database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("update user_account set time_zone = 'Asia/Tokyo'")
        # The trace is added to, never changed: another day's event is written as one.
        await writer.execute(
            "insert into event (at, actor_kind, action, subject_kind)"
            " values ('2026-03-01T15:30Z', 'system', 'set', 'rule')"
        )
    browser = await enter(Role.VIEWER)
    assert len(await entries(browser, "?day=2026-03-02")) == 1
    assert len(await entries(browser, "?day=2026-03-01")) == 0


async def test_what_was_done_to_people_is_for_administrators(enter: Enter, deeds: None) -> None:
    browser = await enter(Role.LEAD)
    assert len(await entries(browser)) == 4
    assert len(await entries(browser, "?about=user")) == 0


async def test_page_by_page(enter: Enter, deeds: None, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await enter(Role.ADMINISTRATOR)
    whole = await entries(browser)
    monkeypatch.setattr(audit.page, "__kwdefaults__", {"size": 2})
    met, query = [], "?about=review"
    while query:
        page = (await browser.get(f"{PAGE}{query}")).text
        met += await entries(browser, query)
        query = (
            "?" + page.split('class="btn" href="/console/audit?')[1].split('"')[0].replace("&amp;", "&")
            if "Older" in page
            else ""
        )
    assert met == [line for line in whole if "review" in line]


async def test_what_takes_too_long_says_so(enter: Enter, deeds: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object, **__: object) -> audit.Page:
        raise TimedOut("The search took too long.")

    monkeypatch.setattr(audit, "page", slow)
    answer = await (await enter(Role.VIEWER)).get(f"{PAGE}?action=hide")
    assert answer.status_code == 503
    assert "takes too long" in answer.text
    assert 'value="hide" selected' in answer.text
