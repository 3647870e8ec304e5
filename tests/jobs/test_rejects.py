"""Rejects and runs are read a page at a time, by file and reason, and download as CSV that a spreadsheet cannot run."""

import csv
import io
from pathlib import Path

import pytest

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Forbidden, Invalid, NotFound
from backend.jobs.originals import Originals
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


async def test_by_file_by_reason_and_by_signature(database: Database, run_id: int) -> None:
    async with database.read(fresh=True) as reader:
        run = await importing.one_run(reader, cast.VIEWER, run_id)
        reviews, photos = run["files"]
        by_file = await importing.rejects(reader, cast.VIEWER, run_id, file_id=photos["id"])
        by_reason = await importing.rejects(reader, cast.VIEWER, run_id, reason="date")
        first, *_ = await importing.signatures(reader, cast.VIEWER, run_id)
    assert {row["file_id"] for row in by_file.rows} == {photos["id"]}
    assert [row["reasons"] for row in by_reason.rows] == [["range", "date"]]
    assert (first["file_id"], first["reason"], first["column_name"], first["shape"], first["records"]) == (
        reviews["id"],
        "range",
        "rating",
        "9",
        8,
    )
    assert first["example"] == review(1, rating=9).encode() + b"\n"


@pytest.mark.parametrize("walk", ["frequent", "rare"])
async def test_a_signatures_pages_follow_one_another(database: Database, run_id: int, walk: str) -> None:
    if walk == "frequent":
        async with database.write() as writer:
            await writer.execute("update import_signature set offsets = null")
    found, after = [], None
    async with database.read(fresh=True) as reader:
        first, *_ = await importing.signatures(reader, cast.VIEWER, run_id)
        kind = await importing.one_signature(reader, cast.VIEWER, run_id, first["id"])
        assert importing.walk_of(kind) == walk
        while True:
            page = await importing.rejects_alike(reader, cast.VIEWER, kind, after=after, count=3)
            found += [row["line"] for row in page.rows]
            after = page.after
            if after is None:
                break
        also = await importing.rejects_alike(reader, cast.VIEWER, kind, reason="date")
    assert found == list(range(2, 10))
    assert [row["line"] for row in also.rows] == [9]


async def test_the_download_has_the_files_own_columns_and_runs_no_formula(
    database: Database, settings: Settings, run_id: int
) -> None:
    table = Originals(settings, from_shell=True).table
    async with database.read(fresh=True) as reader:
        with pytest.raises(Invalid, match=r"reviews\.csv, reviews_photos\.csv"):
            await importing.file_to_mend(reader, cast.VIEWER, run_id, None)
        with pytest.raises(NotFound):
            await importing.file_to_mend(reader, cast.VIEWER, run_id, "nothing.csv")
        texts = {}
        for name in ("reviews.csv", "reviews_photos.csv"):
            file = await importing.file_to_mend(reader, cast.VIEWER, run_id, name)
            parts = [part async for part in importing.rejects_csv(reader, cast.VIEWER, file, table)]
            texts[name] = b"".join(parts).decode()
    lines = list(csv.DictReader(io.StringIO(texts["reviews.csv"], newline="")))
    assert (len(lines), lines[0]["rating"], lines[0]["body"]) == (8, "9", "Warm and quiet, all winter.")
    assert (lines[7]["atelier_reasons"], lines[7]["atelier_line"]) == ("rating: range; date: date", "9")
    photos = list(csv.DictReader(io.StringIO(texts["reviews_photos.csv"], newline="")))
    assert photos[1]["id"].startswith("'=cmd")


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
        with pytest.raises(Forbidden):
            await importing.signatures(reader, Actor(kind="public"), run_id)
        with pytest.raises(NotFound):
            await importing.one_run(reader, SYSTEM, 999)
        with pytest.raises(NotFound):
            await importing.one_signature(reader, SYSTEM, 999, 1)
        with pytest.raises(NotFound):
            await importing.one_reject(reader, SYSTEM, 999, 1)


async def test_a_files_pages_are_those_of_its_run(database: Database, run_id: int) -> None:
    async with database.read(fresh=True) as reader:
        file = await importing.file_to_mend(reader, cast.VIEWER, run_id, "reviews.csv")
        found: list[int] = []
        page = await importing.rejects(reader, cast.VIEWER, run_id, file_id=file["id"], count=3)
        while True:
            found += [row["line"] for row in page.rows]
            if page.after is None:
                break
            page = await importing.rejects(reader, cast.VIEWER, run_id, file_id=file["id"], after=page.after, count=3)
        dates = await importing.rejects(reader, cast.VIEWER, run_id, file_id=file["id"], reason="date")
        other = await importing.rejects(reader, cast.VIEWER, run_id + 1, file_id=file["id"])
    assert found == list(range(2, 10))
    assert [row["line"] for row in dates.rows] == [9]
    assert other.rows == []
