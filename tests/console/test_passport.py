"""A review's passport says where its row came from, and what was repaired while it was read."""

import gzip
import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from admin_ui import words
from backend.domain.imports import REPAIRS
from backend.domain.personal import Redaction
from backend.services import redacting
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser
from tests.jobs.delivery import imported, review, write

pytestmark = pytest.mark.anyio


async def test_what_was_repaired_is_said_in_words(
    moderator: Browser, database: Database, settings: Settings, tmp_path: Path
) -> None:
    odd = review(1, helpfulness="", body='"Warm\x00 and quiet, all winter."')
    run = await imported(database, settings, write(tmp_path / "d", reviews=[odd, review(2)]))
    page = (await moderator.get("/console/reviews/1")).text
    assert f'<a href="/console/imports/{run["id"]}">Run {run["id"]}</a> wrote it' in page
    said = page.split("While it was read</span>")[1].split("</p>")[0]
    assert said == "<p>Control characters were taken out; a missing value got its default"
    assert "While it was read" not in (await moderator.get("/console/reviews/2")).text


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With one folder to import from."""
    return replace(settings, import_roots=(tmp_path,))


def shown(page: str) -> list[str]:
    """The lines of a page that shows one as it was delivered, each with its number."""
    lines = page.split('<ol class="code around"')[1].partition("</ol>")[0].partition(">")[2].split("</li>")
    return [" ".join(html.unescape(re.sub("<[^>]+>", " ", line)).split()) for line in lines[:-1]]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
async def test_the_line_that_wrote_it_stands_between_its_neighbours(
    moderator: Browser, database: Database, settings: Settings, tmp_path: Path, packed: bool
) -> None:
    two = '"Two\nlines <b>of</b> text."'
    folder = write(tmp_path / "d", reviews=[review(1), review(2, body=two), review(3)])
    if packed:
        (folder / "reviews.csv.gz").write_bytes(gzip.compress((folder / "reviews.csv").read_bytes()))
        (folder / "reviews.csv").unlink()
    await imported(database, settings, folder)
    link = 'href="/console/reviews/2/delivered"'
    assert link in (await moderator.get("/console/reviews/2")).text
    page = (await moderator.get("/console/reviews/2/delivered")).text
    second = review(2, body=two).replace("\n", " ")
    assert shown(page) == [f"2 {review(1)}", f"this review, 3 {second}", f"5 {review(3)}"]
    assert "<b>of" not in page
    header, _, *after = shown((await moderator.get("/console/reviews/1/delivered")).text)
    assert header.startswith("1 id,product_id")
    assert after == ["3 " + review(2, body=two).partition("\n")[0]]
    last = await moderator.get("/console/reviews/3/delivered", **{"hx-request": "true", "hx-target": "p#delivered-"})
    assert "<html" not in last.text
    assert len(shown(last.text)) == 2
    (folder / ("reviews.csv.gz" if packed else "reviews.csv")).write_text("another", encoding="utf-8")
    gone = await moderator.get("/console/reviews/2/delivered")
    assert (gone.status_code, "is not what it was when it was read" in gone.text) == (200, True)
    assert "Two" not in gone.text.split("<main")[1].split("The line cannot be shown")[1]


async def test_of_a_changed_review_each_place_has_its_line(
    moderator: Browser, database: Database, settings: Settings, tmp_path: Path
) -> None:
    await imported(database, settings, write(tmp_path / "a", reviews=[review(1, body="First")]))
    await imported(database, settings, write(tmp_path / "b", reviews=[review(1, body="Second")]))
    page = (await moderator.get("/console/reviews/1")).text
    second, first = re.findall(r'href="(/console/reviews/1/delivered[^"]*)"', page)
    assert "Second" in shown((await moderator.get(second)).text)[1]
    assert "First" in shown((await moderator.get(first)).text)[1]
    for odd in ("?event=0", "?event=x%00"):
        assert (await moderator.get(f"/console/reviews/1/delivered{odd}")).status_code == 404
    async with database.write() as writer:
        redaction = Redaction(contacts=False, name=True, email=True)
        await redacting.redact_reviews(writer, cast.LEAD, [1], redaction, cause="job 1")
    assert "Which line it was is forgotten" in (await moderator.get("/console/reviews/1")).text
    assert (await moderator.get("/console/reviews/1/delivered")).status_code == 404


def test_every_repair_has_its_words() -> None:
    assert set(words.REPAIRS) == set(REPAIRS)
    assert words.repaired(None) == words.repaired(0) == ""
    assert words.repaired((1 << len(REPAIRS)) - 1).count("; ") == len(REPAIRS) - 1
