"""The receipt page: every step by plain forms, what is wrong named beside its field, and what it came to."""

import pytest

from backend.domain.roles import Role
from backend.services import moderation
from backend.services.bulk import impact, running
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio
HIDE = {"kind": "status", "state": "hidden", "reason": "spam"}


@pytest.fixture
async def ids(database: Database, people: None) -> list[int]:
    async with database.write() as writer:
        return [await cast.review(writer, rating=1 + n % 5) for n in range(5)]


async def made(browser: Browser, **form: object) -> str:
    response = await browser.post("/console/bulk", form)
    assert response.status_code == 303, response.text
    return response.headers["location"]


async def test_from_the_chosen_to_the_result_and_back(moderator: Browser, database: Database, ids: list[int]) -> None:
    page = await made(moderator, review=[f"{ids[0]}.1", f"{ids[1]}.1", f"{ids[2]}.1"])
    assert "3 reviews that were chosen" in (await moderator.get(page)).text
    assert "Reason, where they are hidden" in (await moderator.get(f"{page}?add=status")).text
    await moderator.post(f"{page}/changes", HIDE)
    await moderator.post(
        f"{page}/changes", {"kind": "replace", "in": "body", "find": "winter", "replacement": "summer"}
    )
    text = (await moderator.get(page)).text
    assert "<del>winter</del><ins>summer</ins>" in text
    assert "hide them, reason spam" in text
    assert 'value="winter"' in (await moderator.get(f"{page}?edit=1")).text
    await moderator.post(f"{page}/changes", {"remove": "1"})
    async with database.write() as writer:
        await moderation.restore(writer, cast.LEAD, ids[1])
    assert (await moderator.post(f"{page}/run", {"why": "Spam."})).status_code == 303
    text = (await moderator.get(page)).text
    assert "Changed 2 reviews" in text
    assert "Somebody changed it since." in text
    assert "Lead" in text
    one = await moderator.post(f"{page}/revert", {"review": str(ids[0])})
    assert "1 taken back," in (await moderator.get(one.headers["location"])).text
    await moderator.post(f"{page}/revert", {"which": "all"})
    text = (await moderator.get(page)).text
    assert "Taken back: 2 reviews" in text
    assert "Not taken back" in text


async def test_all_that_match_are_named_in_words(moderator: Browser, ids: list[int]) -> None:
    page = await made(moderator, scope="all", filter="rating=1&rating=2&q=winter")
    text = (await moderator.get(page)).text
    assert "Change 2 reviews" in text
    assert "<span>Rating is</span><bdi>1 or 2 stars</bdi>" in text
    assert "<span>Text has</span><bdi>winter</bdi>" in text
    assert 'name="scope" value="all"' in (await moderator.get("/console/reviews?rating=1")).text


async def test_beside_the_number_that_is_typed_stands_how_many_will_change(
    enter: Enter, database: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "FEW", 4)
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, ids[2], "spam")
    lead = await enter(Role.LEAD)
    page = await made(lead, scope="all", filter="")
    selected = "That is how many are in the selection."
    assert f"{selected}</p>" in (await lead.get(page)).text  # nothing to change yet
    await lead.post(f"{page}/changes", HIDE)
    text = (await lead.get(page)).text
    assert "Type 5 to run it" in text
    assert f"{selected} Of them 4 will change." in text
    monkeypatch.setattr(impact, "LOOKED_AT", 2)
    assert f"{selected} Of them about 3 will change." in (await lead.get(page)).text


async def test_a_mistake_stands_beside_its_field_with_what_was_written(moderator: Browser, ids: list[int]) -> None:
    page = await made(moderator, review=str(ids[0]))
    wrong = {"kind": "replace", "in": "body", "find": "(unclosed", "pattern": "1"}
    response = await moderator.post(f"{page}/changes", wrong)
    assert response.status_code == 422
    assert 'value="(unclosed"' in response.text
    assert "This is no pattern" in response.text
    assert (await moderator.post(f"{page}/run", {"why": "x"})).status_code == 422  # no change yet
    for kind in ("status", "field", "move", "rate", "?", "\x00"):
        response = await moderator.post(f"{page}/changes", {"kind": kind, "value": "\x00", "product": "9" * 30})
        assert response.status_code == 422, kind


async def test_only_its_author_and_leads_may_touch_it(enter: Enter, moderator: Browser, ids: list[int]) -> None:
    lead = await enter(Role.LEAD)
    page = await made(lead, review=str(ids[0]))
    assert (await moderator.post(f"{page}/changes", HIDE)).status_code == 403
    assert "/changes" not in (await moderator.get(page)).text
    assert (await lead.post(f"{page}/changes", HIDE)).status_code == 303
    assert (await moderator.get("/console/bulk/99")).status_code == 404
