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
SOME = [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 60))]
SCALE = 0.00005  # 289 reviews


@pytest.mark.parametrize("seed", SOME)
async def test_the_report_is_the_truth(database: Database, settings: Settings, tmp_path: Path, seed: int) -> None:
    dirt = (0.02, 0.2, 0.5)[seed % 3]
    first = delivery.write(tmp_path / "first", scale=SCALE, dirt=dirt, seed=seed)
    following = delivery.write(tmp_path / "next", scale=SCALE, dirt=dirt, seed=seed, next_one=True)
    runs = [await imported(database, settings, each.folder) for each in (first, following)]
    with psycopg.connect(settings.database_url, autocommit=True) as db:
        found = compare(db, runs[0]["id"], first)
        assert found.planted > 10
        assert found.holds, str(found)
        later = compare(db, runs[1]["id"], following, first=False)
        assert later.holds, str(later)
    await assert_sound(database)
