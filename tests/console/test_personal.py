"""Erasing and redacting in the console: the only pages that ask, and they say what is lost."""

import pytest

from backend.domain.roles import Role
from backend.jobs import work
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

ASKED = {"email": "ines@example.org", "why": "Request of 24 November"}


@pytest.fixture
async def lead(enter: Enter, database: Database) -> Browser:
    async with database.write() as writer:
        await cast.review(writer, id=1, body="Call <b>+351 912 345 678</b> " + "x" * 100)
        await cast.review(writer, id=2)
    return await enter(Role.LEAD)


async def follow(browser: Browser, database: Database, settings: Settings, url: str, form: dict[str, str]) -> str:
    """Post a form that asks for a job, carry it out, and give its page's address."""
    asked = await browser.post(url, form)
    assert asked.status_code == 303, asked.text
    page = asked.headers["location"]
    await work.carry_out(database, settings, int(page.rpartition("/")[2]))
    return page


async def test_found_then_typed_then_gone(lead: Browser, database: Database, settings: Settings, enter: Enter) -> None:
    search = await follow(lead, database, settings, "/console/erase", ASKED)
    page = (await lead.get(search)).text
    assert "Type 2 to erase it" in page
    assert "This cannot be undone." in page
    assert "ines@example.org" in page
    viewer = (await (await enter(Role.VIEWER)).get(search)).text
    assert "ines@example.org" not in viewer
    assert "/erase" not in viewer
    refused = await lead.post(f"{search}/erase", {"number": "3"})
    assert refused.status_code == 422
    assert "Type 2 to go on." in refused.text
    erased = await follow(lead, database, settings, f"{search}/erase", {"number": "2"})
    assert "Finished" in (await lead.get(erased)).text
    assert f'href="{erased}"' in (await lead.get(search)).text
    assert "Removed" in (await lead.get("/console/reviews/1")).text
    again = await lead.post(f"{search}/erase", {"number": "2"})
    assert again.status_code == 409
    anew = await follow(lead, database, settings, "/console/erase", ASKED)
    assert "Nothing was found" in (await lead.get(anew)).text


async def test_the_form_of_a_review_knows_its_writer(lead: Browser) -> None:
    assert 'value="ines@example.org"' in (await lead.get("/console/erase?review=1")).text
    for address in ("9", "0", "%00", "x"):
        assert (await lead.get(f"/console/erase?review={address}")).status_code in (200, 404)
    for form in ({**ASKED, "email": "x"}, {**ASKED, "why": "\0"}):
        refused = await lead.post("/console/erase", form)
        assert refused.status_code == 422
        assert 'aria-invalid="true"' in refused.text


async def test_seen_then_typed_then_redacted(lead: Browser, database: Database, settings: Settings) -> None:
    assert "Look what goes" in (await lead.get("/console/redact")).text
    page = (await lead.get("/console/redact?review=1.1,2")).text
    assert "Redact 2 reviews" in page
    assert "Call &lt;b&gt;</bdi><del>+351 912 345 678</del><ins>[removed]</ins>" in page
    form = {"looked": "1", "review": "1 2", "what": "contacts", "why": "Asked", "number": "1"}
    refused = await lead.post("/console/redact", form)
    assert refused.status_code == 422
    assert "Type 2 to go on." in refused.text
    job = await follow(lead, database, settings, "/console/redact", {**form, "number": "2"})
    assert "Finished" in (await lead.get(job)).text
    review = (await lead.get("/console/reviews/1")).text
    assert "[removed]" in review
    assert "912 345" not in review
    assert "Inês" in review


ODD_CHOICES = ["?review=9", "?review=x", "?review=%00", "?review=" + "1%2C" * 600, "?looked=1&review=1"]


async def test_odd_choices_say_what_is_wrong(lead: Browser, subtests: pytest.Subtests) -> None:
    for query in ODD_CHOICES:
        with subtests.test(query=query):
            assert (await lead.get(f"/console/redact{query}")).status_code in (200, 422)
