"""Rejects and runs are read a page at a time, by file and reason, and download as CSV that a spreadsheet cannot run."""

import csv
import io
from pathlib import Path

import pytest

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Forbidden, Invalid, NotFound
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.jobs.delivery import imported, review, write

pytestmark = pytest.mark.anyio


@pytest.fixture
async def run_id(database: Database, settings: Settings, tmp_path: Path) -> int:
    bad = [review(number, rating=9) for number in range(1, 8)] + [review(8, date="soon", rating=0)]
    photos = ['1,1,"no photo"', '=cmd,1,"\\"']
    run = await imported(database, settings, write(tmp_path, reviews=bad, reviews_photos=photos))
    return int(run["id"])


async def test_pages_follow_one_another_and_miss_nothing(database: Database, run_id: int) -> None:
    found, after = [], None
    async with database.read(fresh=True) as reader:
        while True:
            page = await importing.rejects(reader, cast.VIEWER, run_id, after=after, count=3)
            found += [(row["file_name"], row["line"]) for row in page.rows]
            after = page.after
            if after is None:
                break
    assert found == [("reviews.csv", line) for line in range(2, 10)] + [
        ("reviews_photos.csv", 2),
        ("reviews_photos.csv", 3),
    ]


async def test_by_file_and_by_reason(database: Database, run_id: int) -> None:
    async with database.read(fresh=True) as reader:
        run = await importing.one_run(reader, cast.VIEWER, run_id)
        reviews, photos = run["files"]
        by_file = await importing.rejects(reader, cast.VIEWER, run_id, file_id=photos["id"])
        by_reason = await importing.rejects(reader, cast.VIEWER, run_id, reason="date")
        reasons = await importing.reasons_of(reader, cast.VIEWER, run_id)
    assert {row["file_id"] for row in by_file.rows} == {photos["id"]}
    assert [row["reasons"] for row in by_reason.rows] == [["range", "date"]]
    assert (reasons[0]["file_id"], reasons[0]["reason"], reasons[0]["column_name"], reasons[0]["records"]) == (
        reviews["id"],
        "range",
        "rating",
        8,
    )


async def test_the_download_is_csv_with_the_original_and_runs_no_formula(database: Database, run_id: int) -> None:
    async with database.read(fresh=True) as reader:
        text = "".join([part async for part in importing.rejects_csv(reader, cast.VIEWER, run_id)])
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == 10
    assert lines[0]["record"] == review(1, rating=9) + "\n"
    assert (lines[7]["reasons"], lines[7]["columns"]) == ("range date", "rating date")
    assert lines[9]["record"].startswith("'=cmd")


async def test_runs_newest_first_in_pages(database: Database, settings: Settings, tmp_path: Path, run_id: int) -> None:
    newer = await imported(database, settings, tmp_path)
    async with database.read(fresh=True) as reader:
        (first,) = await importing.list_runs(reader, SYSTEM, count=1)
        (second,) = await importing.list_runs(reader, SYSTEM, before=first["id"], count=1)
        assert await importing.list_runs(reader, SYSTEM, before=second["id"]) == []
    assert (first["id"], second["id"]) == (newer["id"], run_id)
    assert (second["records"], second["rejected"], second["files"]) == (10, 10, 2)


async def test_what_is_refused(database: Database, run_id: int) -> None:
    async with database.read(fresh=True) as reader:
        with pytest.raises(Forbidden):
            await importing.rejects(reader, Actor(kind="public"), run_id)
        with pytest.raises(Forbidden):
            await importing.list_sources(lambda _url: [], cast.VIEWER)
        with pytest.raises(Invalid):
            await importing.rejects(reader, SYSTEM, run_id, count=0)
        with pytest.raises(NotFound):
            await importing.one_run(reader, SYSTEM, 999)
