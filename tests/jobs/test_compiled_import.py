"""An import that the compiled pass reads: the sample's truth to the row, and for the plain pass nothing new in it."""

import shutil
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.store.database import Database
from etl import sample
from etl.compiled import ready
from tests.jobs.delivery import assert_sound, imported, rows, run_of
from tests.jobs.test_cancel_and_resume import expected, report_of

# Each time: test_load, where a delivery loaded with machine code is compared with one staged without.
pytestmark = [pytest.mark.anyio, pytest.mark.long]
STORED = (
    "select id, product_id, rating, written_at, summary, body, recommend, reviewer_name, reviewer_email, response,"
    " helpfulness, photo_urls, ratings, delivered_hash, source_offset, source_line, source_length"
    " from review order by id"
)


async def test_both_passes_import_the_same(
    database: Database, settings: Settings, tmp_path: Path, machine_code: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = sample.write(tmp_path / "d", products=100, reviews=1_000, seed=4)
    first = await imported(database, settings, tmp_path / "d")
    assert report_of(await run_of(database, first["id"])) == expected(truth)
    prices = "select id, default_price::text, delivered_hash from product order by id"
    stored = await rows(database, STORED), await rows(database, prices)
    monkeypatch.setattr(ready, "_made", None)
    again = await imported(database, settings, shutil.copytree(tmp_path / "d", tmp_path / "again"))
    assert {file["inserted"] + file["updated"] for file in again["files"]} == {0}
    assert [file["rejected"] for file in again["files"]] == [file["rejected"] for file in first["files"]]
    assert (await rows(database, STORED), await rows(database, prices)) == stored
    await assert_sound(database)
