"""A delivery goes through whole: what is whole arrives, twice changes nothing, and everything is accounted for."""

import shutil
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from backend.domain.actors import SYSTEM
from backend.jobs.imports import run_import
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database
from etl import sample
from tests.jobs.delivery import assert_sound, counts, imported, review, rows, run_of, write

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_passes")]

ATELIER_2020 = Path(__file__).parents[3] / "shared" / "data" / "atelier-2020"


def small(folder: Path) -> Path:
    return write(
        folder,
        product=['1,"Camo Onesie","Blend in","Seen nowhere","Jackets","140"', '2,"Socks",,,"Socks",'],
        characteristics=['10,1,"Fit"', '11,1,"Length"', '12,2,"Quality"'],
        reviews=[
            review(1),
            review(2, rating=2, recommend="false"),
            review(3, product_id=2, reported="true"),
            review(5, product_id=9),
        ],
        reviews_photos=[
            '2,1,"https://a.example/2.jpg"',
            '1,1,"https://a.example/1.jpg"',
            '3,3,"https://a.example/3.jpg"',
        ],
        characteristic_reviews=["1,11,1,4", "2,10,1,5", "3,12,3,1", "4,10,2,2"],
    )


async def test_every_record_arrives_in_its_place(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await imported(database, settings, small(tmp_path / "drop"))
    assert run["state"] == "finished"
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "product.csv": {"inserted": 2},
        "characteristics.csv": {"inserted": 3},
        "reviews.csv": {"inserted": 4},
        "reviews_photos.csv": {"inserted": 3},
        "characteristic_reviews.csv": {"inserted": 4},
    }
    first, _, third, _ = await rows(database, "select * from review order by id")
    assert first["photo_ids"] == [1, 2]
    assert first["photo_urls"] == ["https://a.example/1.jpg", "https://a.example/2.jpg"]
    assert first["ratings"] == [1, 11, 4, 2, 10, 5]
    assert (first["response"], first["helpfulness"], first["version"]) == (None, 3, 1)
    assert first["written_at"].isoformat() == "2020-03-30T21:18:32.874000+00:00"
    line = (tmp_path / "drop" / "reviews.csv").read_bytes()[first["source_offset"] :][: first["source_length"]]
    assert line.decode() == review(1) + "\n"
    assert (first["source_run"], first["source_line"]) == (run["id"], 2)
    assert third["state"] == "reported"
    assert not third["visible"]
    assert await rows(database, "select review_id, product_id, kind from moderation_case") == [
        {"review_id": 3, "product_id": 2, "kind": "reported"}
    ]
    # Product 9 is only spoken of: it has a row, without a name, and is no record.
    products = await rows(database, "select id, name, default_price from product order by id")
    assert [(row["id"], row["name"]) for row in products] == [(1, "Camo Onesie"), (2, "Socks"), (9, None)]
    (rollup,) = await rows(database, "select * from product_rollup where product_id = 1")
    assert (rollup["stars_4"], rollup["stars_2"], rollup["recommended"], rollup["not_recommended"]) == (1, 1, 1, 1)
    assert rollup["characteristics"] == [10, 2, 7, 11, 1, 4]
    await assert_sound(database)


async def test_the_same_delivery_again_changes_nothing_and_says_so(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await imported(database, settings, small(tmp_path / "drop"))
    tables = ("product", "characteristic", "review", "product_rollup", "review_search", "moderation_case")
    before = {table: await rows(database, f"select * from {table} order by 1, 2") for table in tables}
    run = await imported(database, settings, shutil.copytree(tmp_path / "drop", tmp_path / "again"))
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "product.csv": {"unchanged": 2},
        "characteristics.csv": {"unchanged": 3},
        "reviews.csv": {"unchanged": 4},
        "reviews_photos.csv": {"unchanged": 3},
        "characteristic_reviews.csv": {"unchanged": 4},
    }
    assert {table: await rows(database, f"select * from {table} order by 1, 2") for table in tables} == before
    assert await rows(database, "select * from review_before") == []


async def test_the_very_same_objects_are_skipped_and_that_is_said(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = small(tmp_path / "drop")
    first = await imported(database, settings, folder)
    run = await imported(database, settings, folder)
    assert (run["state"], {file["state"] for file in run["files"]}) == ("finished", {"skipped"})
    assert {file["error"] for file in run["files"]} == {
        f"Run {first['id']} has loaded this very object, and nothing of its kind was loaded since."
    }
    # Asked for, it is read all the same; so is what a later delivery has written over.
    async with database.write() as writer:
        asked = importing.options(again=True)
        run_id = await importing.request_run(writer, SYSTEM, folder.as_uri(), asked, settings=settings, queue=False)
    assert await run_import(database, settings, run_id) == "finished"
    assert counts((await run_of(database, run_id))["by_name"]["reviews.csv"]) == {"unchanged": 4}
    await imported(database, settings, write(tmp_path / "newer", reviews=[review(1, rating=1)]))
    run = await imported(database, settings, folder)
    assert {name: file["state"] for name, file in run["by_name"].items()} == {
        "product.csv": "skipped",
        "characteristics.csv": "skipped",
        "reviews.csv": "merged",
        "reviews_photos.csv": "skipped",
        "characteristic_reviews.csv": "skipped",
    }
    assert counts(run["by_name"]["reviews.csv"]) == {"updated": 1, "unchanged": 3}
    assert await rows(database, "select rating from review where id = 1") == [{"rating": 4}]


async def test_files_may_come_one_by_one(database: Database, settings: Settings, tmp_path: Path) -> None:
    small(tmp_path / "all")
    for name in ("reviews", "characteristics", "characteristic_reviews", "product", "reviews_photos"):
        part = write(tmp_path / name, **{name: (tmp_path / "all" / f"{name}.csv").read_bytes()})
        run = await imported(database, settings, part)
        assert run["state"] == "finished"
        assert run["files"][0]["inserted"] == run["files"][0]["records"]
    (first,) = await rows(database, "select photo_ids, ratings, version from review where id = 1")
    assert (first["photo_ids"], first["ratings"]) == ([1, 2], [1, 11, 4, 2, 10, 5])
    await assert_sound(database)


@pytest.mark.parametrize("packed", [pytest.param(False, marks=pytest.mark.long), True])
async def test_the_report_of_the_sample_is_its_truth(
    database: Database, settings: Settings, tmp_path: Path, packed: bool
) -> None:
    truth = sample.write(tmp_path / "sample", products=100, reviews=2_000, seed=11)
    if packed:
        import gzip

        for file in list((tmp_path / "sample").iterdir()):
            file.with_suffix(".csv.gz").write_bytes(gzip.compress(file.read_bytes()))
            file.unlink()
    run = await imported(database, settings, tmp_path / "sample")
    assert run["state"] == "finished"
    for name, planted in truth.items():
        file = run["by_name"][name + ".gz" * packed]
        assert file["records"] == planted.records, name
        assert file["inserted"] == planted.taken, name
        assert (file["duplicates"], file["blank"]) == (planted.duplicates, planted.blank), name
        assert file["rejected"] == planted.rejected.total(), name
        assert Counter(file["repairs"]) == planted.repaired, name
        found = await rows(
            database, "select reasons, raw, byte_length from import_rejected where file_id = %s", file["id"]
        )
        assert Counter(row["reasons"][0] for row in found) == planted.rejected, name
        assert all(len(row["raw"]) == row["byte_length"] for row in found)
    await assert_sound(database)
    again = await imported(database, settings, tmp_path / "sample")
    assert all(not file["inserted"] and not file["updated"] for file in again["files"])
    await assert_sound(database)


@pytest.mark.skipif(not ATELIER_2020.exists(), reason="the sample of 2020 is not beside this checkout")
async def test_the_delivery_of_2020_is_read_whole(database: Database, settings: Settings) -> None:
    run = await imported(database, settings, ATELIER_2020)
    assert run["state"] == "finished"
    assert {name: (file["records"], counts(file)) for name, file in run["by_name"].items()} == {
        "characteristics.csv": (49, {"inserted": 49}),
        "reviews.csv": (99, {"inserted": 99}),
        "reviews_photos.csv": (49, {"inserted": 49}),
        "characteristics_reviews.csv": (49, {"inserted": 49}),
    }
    assert await rows(database, "select 1 from review where response = 'null'") == []
    await assert_sound(database)


@pytest.mark.skipif(not ATELIER_2020.exists(), reason="the real reviews are not beside this checkout")
async def test_the_real_reviews_are_refused_with_what_is_missing(database: Database, settings: Settings) -> None:
    run = await imported(database, settings, ATELIER_2020.parent / "real" / "clothing_reviews.csv")
    assert run["state"] == "failed"
    assert "product_id (nearest: Clothing ID)" in run["error"]
    assert "Nothing was written" in run["error"]
    assert await rows(database, "select 1 from review") == []
    await assert_sound(database)


async def test_what_is_none_of_ours_is_skipped_and_named(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "drop", reviews=[review(1)], colours=b"id,product_id,colour\n1,1,a\n")
    (tmp_path / "drop" / "README.txt").write_text("hello")
    (tmp_path / "drop" / "empty.csv").touch()
    run = await imported(database, settings, tmp_path / "drop")
    assert run["state"] == "finished"
    states = {name: file["state"] for name, file in run["by_name"].items()}
    assert states == {
        "reviews.csv": "merged",
        "colours.csv": "skipped",
        "README.txt": "skipped",
        "empty.csv": "skipped",
    }
    assert all(file["error"] for file in run["files"] if file["state"] == "skipped")


async def test_a_file_of_ours_that_cannot_be_read_stops_the_run_before_it_writes(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "drop", product=['1,"Socks",,,,'], reviews=b"id,product_id,stars\n1,1,5\n")
    run = await imported(database, settings, tmp_path / "drop")
    assert run["state"] == "failed"
    assert "lacks the columns" in run["error"]
    assert await rows(database, "select 1 from product") == []


async def test_a_delivery_of_nothing_of_ours_fails(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await imported(database, settings, write(tmp_path / "drop", notes=b"a,b\n"))
    assert (run["state"], "None of the files" in run["error"]) == ("failed", True)
    missing = await imported(database, settings, tmp_path / "missing")
    assert (missing["state"], "nothing at" in missing["error"]) == ("failed", True)


async def test_a_file_replaced_while_it_is_read_is_set_aside(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(
        tmp_path / "drop",
        product=['1,"Socks",,,,'],
        reviews=[review(number) for number in range(1, 200)],
    )
    monkeypatch.setattr("etl.sources.BLOCK", 4_000)
    monkeypatch.setattr("etl.sources.Sources.blocks.__defaults__", (4_000, None))

    def replace(progress: object) -> None:
        if getattr(progress, "done", 0) > 8_000:
            (folder / "new").write_text("other")
            (folder / "new").rename(folder / "reviews.csv")

    run = await imported(database, settings, folder, replace)
    assert run["state"] == "failed"
    assert "reviews.csv was replaced" in run["error"]
    assert "The other files were merged" in run["error"]
    assert {name: (file["state"], file["records"]) for name, file in run["by_name"].items()} == {
        "product.csv": ("merged", 1),
        "reviews.csv": ("failed", 0),
    }
    assert await rows(database, "select 1 from review") == []
    await assert_sound(database)


async def test_one_event_a_file_with_its_counts(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await imported(database, settings, small(tmp_path / "drop"))
    events = await rows(database, "select * from event where action = 'import' order by id")
    assert [(row["actor_kind"], row["subject_kind"], row["subject_id"]) for row in events] == [
        ("import", "run", run["id"])
    ] * 5
    assert [row["counts"]["inserted"] for row in events] == [2, 3, 4, 3, 4]
    assert {row["id"] for row in events} == {file["event_id"] for file in run["files"]}
    assert (await run_of(database, run["id"]))["stages"][0]["name"] == "pin"


async def test_a_run_that_does_not_balance_is_no_success(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    lost: list[int] = []

    def lose_one(progress: object) -> None:
        if getattr(progress, "stage", "") in ("merge", "build") and not lost:
            lost.append(1)
            with psycopg.connect(settings.owner_url) as connection:
                connection.execute("update import_file set records = records + 1 where format = 'reviews'")

    run = await imported(database, settings, small(tmp_path / "drop"), lose_one)
    assert run["state"] == "failed"
    assert "does not balance: reviews.csv (5 read, 4 accounted for)" in run["error"]
