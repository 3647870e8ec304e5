"""What belongs to nothing, or to another product, is rejected with its bytes and its reasons."""

from pathlib import Path

import pytest

from backend.settings import Settings
from backend.store.database import Database
from tests.jobs.delivery import assert_sound, counts, imported, rejects_of, review, rows, write

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_passes")]


async def test_orphans_are_rejected_with_what_they_miss(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        characteristics=['10,1,"Fit"'],
        reviews=[review(1), review(2, rating=9)],
        reviews_photos=['1,1,"https://a.example/1"', '2,2,"https://a.example/2"', '3,77,"https://a.example/3"'],
        characteristic_reviews=["1,10,1,4", "2,10,2,4", "3,99,1,4", "4,99,77,4"],
    )
    run = await imported(database, settings, folder)
    assert run["state"] == "finished"
    assert await rejects_of(database, run["id"]) == [
        ("reviews.csv", ["range"], ["rating"], review(2, rating=9).encode() + b"\n"),
        ("reviews_photos.csv", ["orphan"], ["review_id"], b'2,2,"https://a.example/2"\n'),
        ("reviews_photos.csv", ["orphan"], ["review_id"], b'3,77,"https://a.example/3"\n'),
        ("characteristic_reviews.csv", ["orphan"], ["review_id"], b"2,10,2,4\n"),
        ("characteristic_reviews.csv", ["orphan"], ["characteristic_id"], b"3,99,1,4\n"),
        ("characteristic_reviews.csv", ["orphan", "orphan"], ["review_id", "characteristic_id"], b"4,99,77,4\n"),
    ]
    await assert_sound(database)


async def test_orphans_are_taken_once_their_review_is_there(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    photos = ['1,1,"https://a.example/1"']
    first = await imported(database, settings, write(tmp_path / "1", reviews=[review(2)], reviews_photos=photos))
    assert counts(first["by_name"]["reviews_photos.csv"]) == {"rejected": 1}
    second = await imported(database, settings, write(tmp_path / "2", reviews=[review(1)], reviews_photos=photos))
    assert counts(second["by_name"]["reviews_photos.csv"]) == {"inserted": 1}


async def test_a_rating_of_another_products_characteristic(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = write(
        tmp_path,
        characteristics=['10,1,"Fit"', '20,2,"Fit"'],
        reviews=[review(1, product_id=1)],
        characteristic_reviews=["1,10,1,4", "2,20,1,4"],
    )
    run = await imported(database, settings, folder)
    assert await rejects_of(database, run["id"]) == [
        ("characteristic_reviews.csv", ["other_product"], ["characteristic_id"], b"2,20,1,4\n")
    ]
    await assert_sound(database)


async def test_a_name_stands_once_a_product(database: Database, settings: Settings, tmp_path: Path) -> None:
    first = write(tmp_path / "1", characteristics=['10,1,"Fit"', '11,1,"fit"', '12,2,"FIT"', '8,2,"Fit"'])
    run = await imported(database, settings, first)
    assert await rejects_of(database, run["id"]) == [
        ("characteristics.csv", ["duplicate_name"], ["name"], b'11,1,"fit"\n'),
        ("characteristics.csv", ["duplicate_name"], ["name"], b'8,2,"Fit"\n'),
    ]
    # Stored ones come first, whatever the order; and a characteristic keeps its product.
    second = write(tmp_path / "2", characteristics=['9,1,"Fit"', '10,1,"Fit"', '12,3,"Fit"'])
    again = await imported(database, settings, second)
    assert await rejects_of(database, again["id"]) == [
        ("characteristics.csv", ["duplicate_name"], ["name"], b'9,1,"Fit"\n'),
        ("characteristics.csv", ["other_product"], ["product_id"], b'12,3,"Fit"\n'),
    ]
    assert counts(again["files"][0]) == {"unchanged": 1, "rejected": 2}
    assert len(await rows(database, "select 1 from characteristic")) == 2
