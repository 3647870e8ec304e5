"""Saved views: tabs of one's own and of others, and who may change them; and the list taken away as a file."""

import re

import pytest

from backend.domain.roles import Role
from backend.jobs import work
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio
LIST = "/console/reviews"


async def tabs(browser: Browser, query: str = "") -> dict[str, bool]:
    """The tabs above the list, and which of them is the current one."""
    page = (await browser.get(f"{LIST}{query}")).text
    nav = page.split('aria-label="Views"')[1].split("</nav>")[0]
    found = re.findall(r'<a href="[^"]*"( aria-current="page")?><bdi>([^<]*)</bdi>', nav)
    return {name: bool(current) for current, name in found}


async def view_id(browser: Browser, query: str) -> str:
    found = re.search(r'action="/console/views/(\d+)"', (await browser.get(f"{LIST}{query}")).text)
    assert found
    return found[1]


async def test_from_saving_to_deleting_and_back(enter: Enter) -> None:
    moderator, viewer, lead = [await enter(role) for role in (Role.MODERATOR, Role.VIEWER, Role.LEAD)]
    assert await tabs(moderator) == {"All": True, "Reported": False, "Hidden": False, "One star": False}
    assert (await tabs(moderator, "?rating=1"))["One star"]
    mine = "?rating=1&photos=1"
    saved = await moderator.post("/console/views", {"query": mine[1:], "name": " One star\n with photos "})
    assert saved.headers["location"] == LIST + mine
    assert (await tabs(moderator, mine))["One star with photos"]
    assert "One star with photos" not in await tabs(viewer)
    number = await view_id(moderator, mine)
    # Shared, everybody has it; only whose it is and leads may change it.
    await moderator.post(f"/console/views/{number}", {"name": "<b>Angry</b>", "shared": "1"})
    assert (await tabs(viewer, mine))["&lt;b&gt;Angry&lt;/b&gt;"]
    assert f"/console/views/{number}" not in (await viewer.get(LIST + mine)).text
    assert (await viewer.post(f"/console/views/{number}", {"name": "Mine"})).status_code == 403
    assert (await lead.post(f"/console/views/{number}", {"name": "Angry", "shared": "1"})).status_code == 303
    # Deleted, it is saved again by what the page offers.
    gone = await moderator.post(f"/console/views/{number}", {"delete": "1"})
    page = (await moderator.get(gone.headers["location"])).text
    assert "The view “Angry” is deleted." in page
    assert "Angry" not in await tabs(viewer)
    offered = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.split("is deleted.")[1]))
    assert offered | {"name": "Angry", "shared": "1", "query": "rating=1&amp;photos=1"} == offered


async def test_what_cannot_be_a_view(enter: Enter) -> None:
    moderator, viewer = await enter(Role.MODERATOR), await enter(Role.VIEWER)
    for name in ("", "\x00", "x" * 61):
        assert (await moderator.post("/console/views", {"query": "rating=1", "name": name})).status_code == 422
    assert (await viewer.post("/console/views", {"name": "For all", "shared": "1"})).status_code == 403
    by_mail = {"name": "Ines", "query": "reviewer=ines%40example.org", "shared": "1"}
    assert "for yourself alone" in (await moderator.post("/console/views", by_mail)).text
    assert (await viewer.post("/console/views", {"name": "For me", "query": "rating=9&moderator=x"})).status_code == 303
    for name in ("One", "Two"):
        await moderator.post("/console/views", {"query": f"q={name}", "name": name})
    number = await view_id(moderator, "?q=Two")
    assert (await moderator.post(f"/console/views/{number}", {"name": "One"})).status_code == 409
    assert (await viewer.post(f"/console/views/{number}", {"name": "One"})).status_code == 404
    # Under a name that is one's own already, in its place.
    await moderator.post("/console/views", {"query": "q=Three", "name": "One"})
    assert (await tabs(moderator, "?q=Three"))["One"]


async def test_exactly_this_filter_as_a_file(moderator: Browser, database: Database, settings: Settings) -> None:
    async with database.write() as writer:
        for number, rating in ((1, 1), (2, 5), (3, 1)):
            await cast.review(writer, id=number, rating=rating)
    assert 'name="emails"' in (await moderator.get(LIST)).text
    asked = await moderator.post("/console/exports", {"query": "rating=1&q=winter", "emails": "1"})
    job = asked.headers["location"].removeprefix("/console/jobs/")
    url = f"/console/exports/{job}/reviews.csv"
    assert (await moderator.get(url)).status_code == 409
    await work.carry_out(database, settings, int(job))
    file = await moderator.get(url)
    assert file.headers["content-disposition"] == f'attachment; filename="reviews-{job}.csv"'
    lines = file.text.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "1"]
    assert "ines@example.org" in lines[1]
