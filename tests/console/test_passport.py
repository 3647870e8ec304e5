"""A review's passport says where its row came from, and what was repaired while it was read."""

from pathlib import Path

import pytest

from admin_ui import words
from backend.domain.imports import REPAIRS
from backend.settings import Settings
from backend.store.database import Database
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


def test_every_repair_has_its_words() -> None:
    assert set(words.REPAIRS) == set(REPAIRS)
    assert words.repaired(None) == words.repaired(0) == ""
    assert words.repaired((1 << len(REPAIRS)) - 1).count("; ") == len(REPAIRS) - 1
