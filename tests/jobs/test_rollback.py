"""A run is rolled back: what it changed is as before, what people touched since stays, and all of it is counted."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Conflict, Forbidden, NotFound
from backend.jobs.housekeeping import drop_leftovers
from backend.jobs.rollbacks import run_rollback
from backend.services import importing, moderation, voting
from backend.services.importing import merge, reversal
from backend.settings import Settings
from backend.store.database import Database, Row
from tests import cast
from tests.examples import tried
from tests.jobs.delivery import assert_sound, imported, review, rolled_back, rows, run_of, write

pytestmark = pytest.mark.anyio

RATED = {"characteristics": ['10,1,"Fit"', '20,2,"Fit"'], "characteristic_reviews": ["1,10,1,4"]}


async def picture(database: Database) -> dict[str, Any]:
    """Every column of every live row but versions, lineage, times and sequence values."""
    left_out = "- array['version', 'source_run', 'source_file', 'source_offset', 'source_line', 'source_length']"
    found: dict[str, Any] = {}
    for table in ("product", "characteristic", "review"):
        found[table] = await rows(database, f"select to_jsonb(t) {left_out} as row from {table} as t order by id")
    found["words"] = await rows(database, "select * from review_search order by review_id")
    found["votes"] = await rows(database, "select review_id, voter from vote order by 1, 2")
    found["cases"] = await rows(
        database, "select review_id, product_id, kind, reports from moderation_case order by review_id"
    )
    found["numbers"] = await rows(
        database,
        "select product_id, sum(stars_1), sum(stars_2), sum(stars_3), sum(stars_4), sum(stars_5), sum(recommended),"
        " rollup_sum(characteristics) from product_rollup group by 1"
        " having sum(stars_1 + stars_2 + stars_3 + stars_4 + stars_5) <> 0 order by 1",
    )
    return found


def told(run: Row) -> dict[str, tuple[int, int, int]]:
    return {
        name: (file["reversed"], file["reverse_kept"], file["reverse_failed"]) for name, file in run["by_name"].items()
    }


async def test_into_an_empty_system_nothing_is_left(database: Database, settings: Settings, tmp_path: Path) -> None:
    before = await picture(database)
    first = write(
        tmp_path / "1",
        product=['1,"Sock",,,,"3"'],
        reviews=[review(1), review(2, product_id=9), review(3, reported="true")],
        reviews_photos=['5,1,"https://a.example/5.jpg"', '6,1,"https://a.example/6.jpg"'],
        **RATED,
    )
    run = await imported(database, settings, first)
    assert await picture(database) != before
    run = await rolled_back(database, settings, run["id"])
    assert run["state"] == "reversed"
    assert told(run) == {
        "product.csv": (1, 0, 0),
        "characteristics.csv": (2, 0, 0),
        "reviews.csv": (3, 0, 0),
        "reviews_photos.csv": (2, 0, 0),
        "characteristic_reviews.csv": (1, 0, 0),
    }
    assert await picture(database) == before
    await assert_sound(database)
    events = await rows(database, "select counts, undoes from event where action = 'rollback' order by id")
    assert [event["counts"]["reversed"] for event in events] == [1, 2, 3, 2, 1]
    assert [event["undoes"] for event in events] == [file["event_id"] for file in run["files"]]
    # It can be imported again as if it had never been here.
    again = await imported(database, settings, first)
    assert again["by_name"]["reviews.csv"]["inserted"] == 3
    await assert_sound(database)


async def test_what_was_updated_is_as_it_was_and_so_is_the_import_before(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    empty = await picture(database)
    a = write(
        tmp_path / "1",
        product=['1,"Sock",,,,"3.10"'],
        reviews=[review(1), review(2), review(3, product_id=2)],
        reviews_photos=['5,1,"https://a.example/5.jpg"'],
        **RATED,
    )
    first = await imported(database, settings, a)
    before = await picture(database)
    b = write(
        tmp_path / "2",
        product=['1,"Socks",,,,"4"', '2,"Shoe",,,,'],
        characteristics=['10,1,"Length"', '30,3,"Size"'],
        reviews=[
            review(1, product_id=2, rating=1, response='"Sorry"', helpfulness=9),
            review(2),
            review(4, product_id=7),
        ],
        reviews_photos=['5,1,"https://a.example/new.jpg"', '8,2,"https://a.example/8.jpg"'],
        characteristic_reviews=["2,20,1,3"],
    )
    second = await imported(database, settings, b)
    assert await picture(database) != before
    run = await rolled_back(database, settings, second["id"])
    assert await picture(database) == before
    assert told(run) == {
        "product.csv": (2, 0, 0),
        "characteristics.csv": (2, 0, 0),
        "reviews.csv": (3, 0, 0),  # one of them changed by its photo alone
        "reviews_photos.csv": (2, 0, 0),
        "characteristic_reviews.csv": (1, 0, 0),
    }
    await assert_sound(database)
    # Deliveries are recognised as before: the same again changes nothing.
    again = await imported(database, settings, a)
    assert all(file["inserted"] == file["updated"] == 0 for file in again["files"])
    # A row that a rollback brought back is as the earlier run left it: that one can be rolled back too.
    run = await rolled_back(database, settings, first["id"])
    assert [counts[1:] for counts in told(run).values()] == [(0, 0)] * 5
    assert await picture(database) == empty
    await assert_sound(database)


async def test_what_was_changed_since_is_kept_and_said_by_whom(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1), review(2)]))
    b = [
        review(1, rating=1),
        review(2, rating=2),
        *(review(number) for number in range(3, 8)),
        review(8, reported="true"),
    ]
    second = await imported(database, settings, write(tmp_path / "2", reviews=b))
    third = await imported(database, settings, write(tmp_path / "3", reviews=[review(7, rating=5)]))
    await cast.people(database)
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, 1, "spam")
        await moderation.hide(writer, cast.MODERATOR, 3, "spam")
        await moderation.report(writer, Actor(kind="public", voter=b"v"), settings, 6)
        await writer.execute("delete from review where id = 8")
    await voting.find_helpful(database, Actor(kind="public", voter=b"v"), settings, 4)
    await voting.find_helpful(database, Actor(kind="public"), settings, 5)
    await voting.find_helpful(database, Actor(kind="public"), settings, 2)
    before = {row["id"]: row for row in await rows(database, "select * from review where id <> 2")}
    run = await rolled_back(database, settings, second["id"])
    assert {row["id"]: row for row in await rows(database, "select * from review where id <> 2")} == before
    assert told(run) == {"reviews.csv": (1, 6, 1)}
    assert run["files"][0]["kept_by"] == {"user 2": 2, "public": 2, "rule": 1, f"run {third['id']}": 1}
    (restored,) = await rows(database, "select rating, helpfulness_votes, version from review where id = 2")
    assert restored == {"rating": 4, "helpfulness_votes": 1, "version": 3}, "a vote is no change, and stays"
    await assert_sound(database)


async def test_what_others_refer_to_is_kept(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await imported(
        database, settings, write(tmp_path / "1", product=['1,"Sock",,,,'], reviews=[review(1)], **RATED)
    )
    async with database.write() as writer:
        await cast.review(writer, product_id=1, ratings=[1_000_000_000, 10, 5])
    run = await rolled_back(database, settings, run["id"])
    assert told(run)["product.csv"] == (0, 1, 0)
    assert told(run)["characteristics.csv"] == (1, 1, 0)
    assert run["by_name"]["product.csv"]["kept_by"] == {"reviews": 1}
    await assert_sound(database)


async def test_what_cannot_be_rolled_back(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await imported(database, settings, write(tmp_path / "1", reviews=[review(1)]))
    async with database.write() as writer:
        with pytest.raises(NotFound):
            await importing.roll_back(writer, SYSTEM, 77)
        with pytest.raises(Forbidden):
            await importing.roll_back(writer, cast.MODERATOR, run["id"])
    await rolled_back(database, settings, run["id"])
    with pytest.raises(Conflict, match="reversed"):
        await rolled_back(database, settings, run["id"])
    old = await imported(database, settings, write(tmp_path / "2", reviews=[review(2)]))
    async with database.write() as writer:
        await writer.execute(
            "update import_run set started_at = now() - interval '31 days' where id = %s", (old["id"],)
        )
        with pytest.raises(Conflict, match="30 days"):
            await importing.roll_back(writer, SYSTEM, old["id"])
        await writer.execute("update import_run set state = 'running', started_at = now() where id = %s", (old["id"],))
        with pytest.raises(Conflict, match="running"):
            await importing.roll_back(writer, SYSTEM, old["id"])


@pytest.mark.parametrize("how", ["lost", "cancelled"])
async def test_broken_off_it_goes_on_and_counts_nothing_twice(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(reversal, "BATCH", 7)
    delivery = write(
        tmp_path / "1",
        reviews=[review(number, product_id=number % 5 + 1) for number in range(1, 40)],
        reviews_photos=[f'{number},{number},"https://a.example/{number}.jpg"' for number in range(1, 40)],
    )
    run = await imported(database, settings, delivery)
    async with database.write() as writer:
        await importing.roll_back(writer, SYSTEM, run["id"])
    batches = 0

    def stop(progress: Any) -> None:
        nonlocal batches
        batches += progress.stage == "reverse" and progress.done > 0
        if batches == 3:
            task.cancel()

    if how == "lost":
        task = asyncio.create_task(run_rollback(database, settings, run["id"], report=stop))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await run_of(database, run["id"]))["state"] == "reversing"
        await drop_leftovers(database)
    else:
        task = asyncio.create_task(run_rollback(database, settings, run["id"], report=stop, from_shell=True))
        with pytest.raises(asyncio.CancelledError):
            await task
        stopped = await run_of(database, run["id"])
        assert stopped["state"] == "finished"
        assert "roll it back again" in stopped["error"]
        await assert_sound(database)
        async with database.write() as writer:
            await importing.roll_back(writer, SYSTEM, run["id"])
    left = (await rows(database, "select count(*) from review"))[0]["count"]
    assert 0 < left < 39
    assert await run_rollback(database, settings, run["id"]) == "reversed"
    ended = await run_of(database, run["id"])
    assert told(ended) == {"reviews.csv": (39, 0, 0), "reviews_photos.csv": (39, 0, 0)}
    assert ended["reversal"]["done"] == ended["reversal"]["total"] == 39 + 5
    assert await rows(database, "select id from review union all select id from product") == []
    await assert_sound(database)


async def test_cancelled_in_the_console_it_ends_within_two_seconds(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    import psycopg

    run = await imported(database, settings, write(tmp_path / "1", reviews=[review(1)]))
    async with database.write() as writer:
        await importing.roll_back(writer, SYSTEM, run["id"])
    async with await psycopg.AsyncConnection.connect(settings.owner_url) as blocker:
        await blocker.execute("lock table review in access exclusive mode")
        task = asyncio.create_task(run_rollback(database, settings, run["id"]))
        await asyncio.sleep(0.3)
        async with database.write() as writer:
            await importing.cancel(writer, SYSTEM, run["id"])
        assert await asyncio.wait_for(task, 2) == "finished"
    assert len(await rows(database, "select 1 from review")) == 1
    await assert_sound(database)


LINES = some.lists(
    some.tuples(some.integers(1, 6), some.integers(1, 3), some.integers(1, 5)),
    max_size=6,
    unique_by=lambda line: line[0],
)
PHOTOS = some.lists(
    some.tuples(some.integers(1, 6), some.integers(1, 6), some.sampled_from("ab")),
    max_size=5,
    unique_by=lambda line: line[0],
)
RATINGS = some.lists(
    some.tuples(some.integers(1, 6), some.integers(1, 3), some.integers(1, 6), some.integers(1, 5)),
    max_size=5,
    unique_by=lambda line: line[0],
)
PRODUCTS = some.lists(
    some.tuples(some.integers(1, 4), some.sampled_from("xy")), max_size=3, unique_by=lambda line: line[0]
)
NAMES = some.lists(
    some.tuples(some.integers(1, 3), some.sampled_from(["Fit", "Size"])), max_size=3, unique_by=lambda line: line[0]
)
DELIVERY = some.tuples(PRODUCTS, NAMES, LINES, PHOTOS, RATINGS)


def written(folder: Path, drawn: Any) -> Path:
    products, names, lines, photos, ratings = drawn
    for old in folder.glob("*.csv"):
        old.unlink()
    return write(
        folder,
        product=[f'{number},"{name}",,,,' for number, name in products],
        characteristics=[f'{number},{number},"{name}"' for number, name in names],
        reviews=[review(number, product_id=product, rating=rating) for number, product, rating in lines],
        reviews_photos=[f'{number},{of},"https://a.example/{name}"' for number, of, name in photos],
        characteristic_reviews=[f"{number},{what},{of},{value}" for number, what, of, value in ratings],
    )


@pytest.mark.long
@tried(25)
@given(a=DELIVERY, b=DELIVERY)
def test_rolled_back_it_is_as_if_it_had_never_run(
    database_urls: Any, settings: Settings, tmp_path: Path, a: Any, b: Any
) -> None:
    async def proof() -> None:
        async with Database(settings) as database:
            async with database.write() as writer:
                for table in (
                    "review",
                    "product",
                    "characteristic",
                    "product_rollup",
                    "product_page",
                    "review_before",
                    "catalogue_before",
                    "import_orphan",
                    "import_reject",
                ):
                    await writer.execute(f"delete from {table}")
                await writer.execute("delete from import_run")
            await imported(database, settings, written(tmp_path / "a", a))
            before = await picture(database)
            run = await imported(database, settings, written(tmp_path / "b", b))
            run = await rolled_back(database, settings, run["id"])
            assert await picture(database) == before
            assert all(file["reverse_kept"] == file["reverse_failed"] == 0 for file in run["files"])
            assert sum(file["reversed"] for file in run["files"]) == sum(
                file["inserted"] + file["updated"] for file in run["files"]
            )
            await assert_sound(database)

    asyncio.run(proof())


def test_the_batches_are_bounded() -> None:
    assert reversal.BATCH <= merge.BATCH
