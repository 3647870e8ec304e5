"""A newer delivery updates what changed, and nothing that people did here."""

from pathlib import Path

import pytest

from backend.services import changing, moderation
from backend.settings import Settings
from backend.store import trace
from backend.store.database import Database
from tests import cast
from tests.jobs.delivery import assert_sound, counts, imported, review, rows, write

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_passes")]

RATED = {"characteristics": ['10,1,"Fit"', '20,2,"Fit"'], "characteristic_reviews": ["1,10,1,4"]}


async def one(database: Database, number: int = 1) -> dict[str, object]:
    (row,) = await rows(database, "select * from review where id = %s", number)
    return row


async def test_what_changed_is_updated_with_its_before_image(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1), review(2)]))
    changed = [review(1, rating=2, summary='"Colder"', recommend="false", response='"Sorry"'), review(2)]
    run = await imported(database, settings, write(tmp_path / "2", reviews=changed))
    file = run["by_name"]["reviews.csv"]
    assert counts(file) == {"updated": 1, "unchanged": 1}
    row = await one(database)
    assert (row["rating"], row["summary"], row["response"], row["version"]) == (2, "Colder", "Sorry", 2)
    assert row["source_run"] == run["id"]
    (before,) = await rows(database, "select * from review_before")
    assert (before["review_id"], before["version"], before["event_id"]) == (1, 2, file["event_id"])
    assert before["columns"] == {"rating": 4, "summary": "Warm", "recommend": True, "response": None}
    (rollup,) = await rows(database, "select stars_2, stars_4, recommended, not_recommended from product_rollup")
    assert rollup == {"stars_2": 1, "stars_4": 1, "recommended": 1, "not_recommended": 1}
    (found,) = await rows(
        database, "select review_id from review_search where document @@ to_tsquery('atelier', 'colder')"
    )
    assert found == {"review_id": 1}
    await assert_sound(database)


async def test_votes_stay_and_only_the_base_changes(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1, helpfulness=3)]))
    async with database.write() as writer:
        await writer.execute("update review set helpfulness_votes = 5 where id = 1")
    await imported(database, settings, write(tmp_path / "2", reviews=[review(1, helpfulness=10)]))
    row = await one(database)
    assert (row["helpfulness_base"], row["helpfulness_votes"], row["helpfulness"]) == (10, 5, 15)


async def test_a_delivered_report_counts_once_and_lifts_nothing(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1, reported="true"), review(2)]))
    again = [review(1, reported="false", rating=5), review(2, reported="true")]
    run = await imported(database, settings, write(tmp_path / "2", reviews=again))
    assert counts(run["by_name"]["reviews.csv"]) == {"updated": 1, "unchanged": 1}
    first, second = await one(database, 1), await one(database, 2)
    assert (first["state"], first["rating"], second["state"]) == ("reported", 5, "published")
    assert len(await rows(database, "select 1 from moderation_case")) == 1
    await assert_sound(database)


@pytest.mark.parametrize("decision", ["hide", "approve"])
async def test_what_a_moderator_decided_is_kept_and_said(
    database: Database, settings: Settings, tmp_path: Path, decision: str
) -> None:
    first = write(tmp_path / "1", reviews=[review(1), review(2)], reviews_photos=['1,1,"https://a.example/1.jpg"'])
    await imported(database, settings, first)
    await cast.people(database)
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, 1, "spam")
        if decision == "approve":
            await moderation.restore(writer, cast.MODERATOR, 1)
    before = await one(database)
    second = write(
        tmp_path / "2",
        reviews=[review(1, rating=1, body='"Entirely other words, and more of them."'), review(2)],
        reviews_photos=['1,1,"https://a.example/other.jpg"', '2,1,"https://a.example/2.jpg"'],
    )
    run = await imported(database, settings, second)
    assert counts(run["by_name"]["reviews.csv"]) == {"unchanged": 2, "kept": 1}
    assert counts(run["by_name"]["reviews_photos.csv"]) == {"unchanged": 2, "kept": 2}
    assert await one(database) == before
    await assert_sound(database)


async def test_what_was_born_here_is_never_overwritten(database: Database, settings: Settings, tmp_path: Path) -> None:
    async with database.write() as writer:
        await cast.catalogue(writer)
        await cast.review(writer, id=7, summary="Mine")
    before = await one(database, 7)
    run = await imported(
        database,
        settings,
        write(
            tmp_path / "1",
            product=['1,"Renamed",,,,'],
            characteristics=[f'{cast.FIT},1,"Comfort"', f'{cast.LENGTH},1,"Length"'],
            reviews=[review(7, summary='"Theirs"')],
            characteristic_reviews=[f"1,{cast.FIT},7,5"],
        ),
    )
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "product.csv": {"unchanged": 1, "kept": 1},
        "characteristics.csv": {"unchanged": 2, "kept": 1},
        "reviews.csv": {"unchanged": 1, "kept": 1},
        "characteristic_reviews.csv": {"unchanged": 1, "kept": 1},
    }
    assert await one(database, 7) == before
    assert (await rows(database, "select name from product where id = 1"))[0]["name"] == "Camo Onesie"
    await assert_sound(database)


async def test_what_somebody_edited_here_is_kept(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1)]))
    await cast.people(database)
    async with database.write() as writer:
        event = await trace.record(writer, cast.MODERATOR, "edit", ("review", 1), fields=["summary"])
        await changing.change_alike(writer, event, [changing.Subject(1)], {"summary": "Mended"})
    run = await imported(database, settings, write(tmp_path / "2", reviews=[review(1, rating=1)]))
    assert counts(run["by_name"]["reviews.csv"]) == {"unchanged": 1, "kept": 1}
    assert (await one(database))["rating"] == 4


async def test_photos_and_ratings_are_joined_by_id(database: Database, settings: Settings, tmp_path: Path) -> None:
    first = write(
        tmp_path / "1",
        reviews=[review(1)],
        reviews_photos=['5,1,"https://a.example/5.jpg"', '7,1,"https://a.example/7.jpg"'],
        **RATED,
    )
    await imported(database, settings, first)
    second = write(
        tmp_path / "2",
        reviews_photos=['6,1,"https://a.example/6.jpg"', '7,1,"https://a.example/new.jpg"'],
        characteristic_reviews=["1,10,1,5", "2,10,1,1"],
    )
    run = await imported(database, settings, second)
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "reviews_photos.csv": {"inserted": 1, "updated": 1},
        "characteristic_reviews.csv": {"inserted": 1, "updated": 1},
    }
    row = await one(database)
    assert row["photo_ids"] == [5, 6, 7]
    assert row["photo_urls"] == [f"https://a.example/{name}.jpg" for name in ("5", "6", "new")]
    assert row["ratings"] == [1, 10, 5, 2, 10, 1]
    (before,) = await rows(database, "select columns, event_id from review_before")
    assert set(before["columns"]) == {"photo_ids", "photo_urls", "ratings"}
    assert before["event_id"] == run["by_name"]["reviews_photos.csv"]["event_id"]
    await assert_sound(database)


async def test_a_review_that_moves_takes_its_numbers_and_leaves_foreign_ratings(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1), review(2)], **RATED))
    moved = [review(1, product_id=2), review(2)]
    run = await imported(database, settings, write(tmp_path / "2", reviews=moved, characteristic_reviews=["9,20,1,3"]))
    assert counts(run["by_name"]["reviews.csv"]) == {"updated": 1, "unchanged": 1}
    row = await one(database)
    assert (row["product_id"], row["ratings"]) == (2, [9, 20, 3])
    await assert_sound(database)


async def test_products_and_characteristics_are_updated(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(
        database, settings, write(tmp_path / "1", product=['1,"Sock",,,,"3"'], reviews=[review(1, product_id=2)])
    )
    second = write(
        tmp_path / "2",
        product=['1,"Socks",,,,"3.50"', '2,"Shoe",,,,'],
        characteristics=['10,1,"Fit"'],
    )
    run = await imported(database, settings, second)
    assert counts(run["by_name"]["product.csv"]) == {"inserted": 1, "updated": 1}
    assert await rows(database, "select id, name, default_price::text, version from product order by id") == [
        {"id": 1, "name": "Socks", "default_price": "3.50", "version": 2},
        {"id": 2, "name": "Shoe", "default_price": None, "version": 1},
    ]
    third = await imported(database, settings, write(tmp_path / "3", characteristics=['10,1,"Length"']))
    assert counts(third["files"][0]) == {"updated": 1}
    await assert_sound(database)
