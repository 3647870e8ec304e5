"""Photos and ratings without parents wait, and later runs take them when the parents have come."""

from pathlib import Path

import pytest

from backend.jobs.imports import run_import
from backend.settings import Settings
from backend.store.database import Database
from tests.jobs.breaking import Died, breaking_off
from tests.jobs.delivery import assert_sound, counts, imported, rejects_of, request, review, rows, run_of, write
from tests.jobs.test_again import roll_back

pytestmark = pytest.mark.anyio

PHOTO = '1,1,"https://a.example/1"'
WAITING = "select format, id from import_orphan where resolved_run is null order by format, id"
OPEN = "select line from import_reject where resolved_run is null order by file_id, line"


async def waiting(database: Database) -> list[tuple[str, int]]:
    return [(row["format"], row["id"]) for row in await rows(database, WAITING)]


async def taken(database: Database, run_id: int) -> list[int]:
    """The lines of the rejects that a run took."""
    found = await rows(
        database, "select line from import_reject where resolved_run = %s order by file_id, line", run_id
    )
    return [row["line"] for row in found]


@pytest.fixture
async def first(database: Database, settings: Settings, tmp_path: Path) -> int:
    """A delivery whose review 1 and characteristic 20 are missing."""
    folder = write(
        tmp_path / "1",
        characteristics=['10,1,"Fit"'],
        reviews=[review(2)],
        reviews_photos=[PHOTO, '2,2,"https://a.example/2"', '3,77,"https://a.example/3"'],
        characteristic_reviews=["1,10,1,4", "2,20,2,5", "3,10,2,3", "4,20,77,1"],
    )
    run = await imported(database, settings, folder)
    assert (run["by_name"]["reviews_photos.csv"]["rejected"], run["files"][-1]["rejected"]) == (2, 3)
    return int(run["id"])


async def test_they_come_with_their_parents_as_files_of_their_own(
    database: Database, settings: Settings, tmp_path: Path, first: int
) -> None:
    assert await waiting(database) == [
        ("characteristic_ratings", 1),
        ("characteristic_ratings", 2),
        ("characteristic_ratings", 4),
        ("photos", 1),
        ("photos", 3),
    ]
    folder = write(tmp_path / "2", characteristics=['20,1,"Size"'], reviews=[review(1)])
    run = await imported(database, settings, folder)
    assert run["state"] == "finished", run["error"]
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "characteristics.csv": {"inserted": 1},
        "reviews.csv": {"inserted": 1},
        f"reviews_photos.csv, orphans of run {first}": {"inserted": 1},
        f"characteristic_reviews.csv, orphans of run {first}": {"inserted": 2},
    }
    stored = await rows(database, "select id, photo_urls, ratings from review order by id")
    assert [tuple(row.values()) for row in stored] == [
        (1, ["https://a.example/1"], [1, 10, 4]),
        (2, ["https://a.example/2"], [2, 20, 5, 3, 10, 3]),
    ]
    assert await waiting(database) == [("characteristic_ratings", 4), ("photos", 3)]
    taken = await rows(
        database, "select file_id, line from import_reject where resolved_run = %s order by 1, 2", run["id"]
    )
    assert [row["line"] for row in taken] == [2, 2, 3]
    kinds = await rows(database, "select sum(records) as records, sum(resolved) as resolved from import_signature")
    assert (kinds[0]["records"], kinds[0]["resolved"]) == (6, 3)  # one rating lacks both parents
    again = run["by_name"][f"reviews_photos.csv, orphans of run {first}"]
    assert again["bytes_read"] == again["bytes"] > 0
    await assert_sound(database)
    same = await imported(database, settings, folder)
    assert len(same["files"]) == 2


async def test_rolled_back_they_wait_again_and_come_again(
    database: Database, settings: Settings, tmp_path: Path, first: int
) -> None:
    folder = write(tmp_path / "2", characteristics=['20,1,"Size"'], reviews=[review(1)])
    second = await imported(database, settings, folder)
    await roll_back(database, settings, second["id"])
    undone = await run_of(database, second["id"])
    assert {file["name"]: file["reversed"] for file in undone["files"]} == {
        "characteristics.csv": 1,
        "reviews.csv": 1,
        f"reviews_photos.csv, orphans of run {first}": 1,
        f"characteristic_reviews.csv, orphans of run {first}": 2,
    }
    assert len(await waiting(database)) == 5
    assert len(await rows(database, OPEN)) == 5
    await assert_sound(database)
    third = await imported(database, settings, folder)
    assert sum(file["inserted"] for file in third["files"]) == 5
    assert len(await waiting(database)) == 2


async def test_of_a_run_that_is_rolled_back_they_come_no_more(
    database: Database, settings: Settings, tmp_path: Path, first: int
) -> None:
    await roll_back(database, settings, first)
    assert await waiting(database) == []
    second = await imported(database, settings, write(tmp_path / "2", reviews=[review(1)]))
    assert len(second["files"]) == 1


async def test_delivered_again_they_are_not_counted_twice(
    database: Database, settings: Settings, tmp_path: Path, first: int
) -> None:
    newer = PHOTO.replace("/1", "/newer")
    folder = write(tmp_path / "2", reviews=[review(1)], reviews_photos=[newer, '3,77,"https://a.example/3"'])
    run = await imported(database, settings, folder)
    assert counts(run["by_name"]["reviews_photos.csv"]) == {"inserted": 1, "rejected": 1}
    assert f"reviews_photos.csv, orphans of run {first}" not in run["by_name"]
    (stored,) = await rows(database, "select photo_urls from review where id = 1")
    assert stored["photo_urls"] == ["https://a.example/newer"]
    # The first delivery's reject is settled; photo 3 waits once.
    assert await taken(database, run["id"]) == [2, 2]
    assert await waiting(database) == [("characteristic_ratings", 2), ("characteristic_ratings", 4), ("photos", 3)]
    await assert_sound(database)


async def test_what_is_said_again_goes_on_waiting_as_it_did(
    database: Database, settings: Settings, tmp_path: Path, first: int
) -> None:
    owner = (
        "select file.run_id, import_orphan.url from import_orphan join import_file as file on file.id = file_id"
        " where import_orphan.id = 3"
    )
    same = await imported(
        database,
        settings,
        write(tmp_path / "2", reviews_photos=['3,77,"https://a.example/3"', "4,78,https://a.example/4"]),
    )
    assert same["by_name"]["reviews_photos.csv"]["rejected"] == 2
    assert await rows(database, owner) == [{"run_id": first, "url": "https://a.example/3"}]
    await roll_back(database, settings, same["id"])
    assert [key for key in await waiting(database) if key[0] == "photos"] == [("photos", 1), ("photos", 3)]
    other = await imported(database, settings, write(tmp_path / "3", reviews_photos=["3,77,https://a.example/newer"]))
    assert await rows(database, owner) == [{"run_id": other["id"], "url": "https://a.example/newer"}]
    await assert_sound(database)


async def test_a_characteristic_of_another_product_refuses_them_once_more(
    database: Database, settings: Settings, tmp_path: Path, first: int
) -> None:
    run = await imported(database, settings, write(tmp_path / "2", characteristics=['20,9,"Size"']))
    assert await rejects_of(database, run["id"]) == [
        (f"characteristic_reviews.csv, orphans of run {first}", ["other_product"], ["characteristic_id"], b"2,20,2,5\n")
    ]
    await assert_sound(database)


@pytest.mark.parametrize(
    "where",
    [*(pytest.param(place, marks=pytest.mark.long) for place in ("taken", "related", "half", "merged")), "settled"],
)
async def test_a_run_that_breaks_off_takes_them_once(
    database: Database, settings: Settings, tmp_path: Path, first: int, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker dies, and so does the next one."""
    folder = write(tmp_path / "2", characteristics=['20,1,"Size"'], reviews=[review(1)])
    breaking_off(monkeypatch, where)
    run_id = await request(database, settings, folder)
    for _ in range(2):
        with pytest.raises(Died):
            await run_import(database, settings, run_id)
    monkeypatch.undo()
    assert await run_import(database, settings, run_id) == "finished"
    run = await run_of(database, run_id)
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "characteristics.csv": {"inserted": 1},
        "reviews.csv": {"inserted": 1},
        f"reviews_photos.csv, orphans of run {first}": {"inserted": 1},
        f"characteristic_reviews.csv, orphans of run {first}": {"inserted": 2},
    }
    assert await waiting(database) == [("characteristic_ratings", 4), ("photos", 3)]
    kinds = await rows(database, "select sum(resolved) as resolved from import_signature")
    assert kinds[0]["resolved"] == 3
    await assert_sound(database)
