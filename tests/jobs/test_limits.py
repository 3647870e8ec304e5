"""A run that refuses too much stops before it writes anything to the live tables."""

from pathlib import Path

import pytest

from backend.domain.actors import SYSTEM
from backend.jobs.imports import run_import
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database, Row
from tests.jobs.delivery import rejects_of, review, rows, run_of, write

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_passes")]


async def limited(database: Database, settings: Settings, folder: Path, **limits: str) -> Row:
    async with database.write() as writer:
        asked = importing.options(most=limits.get("most"), most_of_file=limits.get("most_of_file"))
        run_id = await importing.request_run(writer, SYSTEM, folder.as_uri(), asked, settings=settings, queue=False)
    await run_import(database, settings, run_id)
    return await run_of(database, run_id)


def delivery(folder: Path) -> Path:
    return write(
        folder,
        reviews=[review(1), review(2, rating=9), review(3)],
        reviews_photos=["1,1,https://a.example/1.jpg", "2,8,https://a.example/2.jpg", "3,9,https://a.example/3.jpg"],
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"most": "2"},
        pytest.param({"most": "49%"}, marks=pytest.mark.long),
        pytest.param({"most_of_file": "1"}, marks=pytest.mark.long),
        {"most_of_file": "50%"},
    ],
)
async def test_it_stops_with_its_rejects_and_nothing_written(
    database: Database, settings: Settings, tmp_path: Path, limits: dict[str, str]
) -> None:
    run = await limited(database, settings, delivery(tmp_path), **limits)
    assert run["state"] == "failed"
    assert "were refused, more than" in run["error"]
    assert "Nothing was written." in run["error"]
    for table in ("review", "product", "product_rollup", "review_search", "import_orphan"):
        assert await rows(database, f"select 1 from {table}") == []
    assert len(await rejects_of(database, run["id"])) == 3
    assert {file["inserted"] for file in run["files"]} == {0}
    # A higher limit lets it through.
    assert (await limited(database, settings, delivery(tmp_path), most="3"))["state"] == "finished"


async def test_the_usual_limit_is_a_fifth_of_many(database: Database, settings: Settings, tmp_path: Path) -> None:
    lines = [review(number, rating=9 if number % 2 else 4) for number in range(1, 2_010)]
    run = await limited(database, settings, write(tmp_path, reviews=lines))
    assert run["error"].startswith("1,005 of 2,009 records were refused, more than 20 %.")
    assert (await limited(database, settings, tmp_path, most="100%"))["state"] == "finished"
