"""Whole imports of deliveries in which dirt of every kind is mixed at random: the run's report is the truth."""

from pathlib import Path

import psycopg
import pytest

from backend.settings import Settings
from backend.store.database import Database
from loadtests import delivery
from loadtests.imports.checking import compare
from tests.jobs.delivery import assert_sound, imported

pytestmark = pytest.mark.anyio
SOME = [*(pytest.param(seed, marks=pytest.mark.long) for seed in range(60) if seed != 2), 2]
SCALE = 0.00005  # 289 reviews


@pytest.mark.parametrize("seed", SOME)
async def test_the_report_is_the_truth(database: Database, settings: Settings, tmp_path: Path, seed: int) -> None:
    dirt = (0.02, 0.2, 0.5)[seed % 3]
    first = delivery.write(tmp_path / "first", scale=SCALE, dirt=dirt, seed=seed)
    following = delivery.write(tmp_path / "next", scale=SCALE, dirt=dirt, seed=seed, next_one=True)
    runs = [await imported(database, settings, each.folder, most="100%") for each in (first, following)]
    with psycopg.connect(settings.database_url, autocommit=True) as db:
        found = compare(db, runs[0]["id"], first)
        assert found.planted > 10
        assert found.holds, str(found)
        later = compare(db, runs[1]["id"], following, first=False)
        assert later.holds, str(later)
    await assert_sound(database)


async def test_what_is_missing_wrong_or_too_many_is_seen(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    made = delivery.write(tmp_path / "d", scale=SCALE, dirt=0.2, seed=1)
    run = await imported(database, settings, made.folder)
    reviews = run["by_name"]["reviews.csv"]["id"]
    with psycopg.connect(settings.owner_url, autocommit=True) as db:
        some = "(select id from import_reject where file_id = %s order by id offset %s limit 1)"
        db.execute(f"delete from import_reject where id = {some}", (reviews, 0))
        db.execute(f"update import_reject set raw = raw || 'x' where id = {some}", (reviews, 0))
        db.execute(f"update import_reject set reasons = '{{x}}' where id = {some}", (reviews, 1))
        db.execute(f"update import_reject set line = line + 1 where id = {some}", (reviews, 2))
        db.execute(
            "insert into import_reject (file_id, byte_offset, byte_length, line, reasons, raw)"
            " values (%s, 0, 1, 1, '{struct}', '')",
            (reviews,),
        )
        db.execute("update import_file set repaired = repaired + 1 where id = %s", (reviews,))
        found = compare(db, run["id"], made)
    assert (found.missing, found.wrong, found.too_many, len(found.miscounted)) == (1, 3, 1, 1)
    assert not found.holds
    assert "repaired instead of" in str(found)
