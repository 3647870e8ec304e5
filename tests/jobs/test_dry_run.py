"""A dry run tells what the real one reports right after it, and every table is as it was."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend.domain.actors import SYSTEM
from backend.domain.errors import Conflict, NotFound
from backend.jobs.helping import help_import
from backend.jobs.imports import run_import
from backend.services import importing, moderation
from backend.services.importing import merge
from backend.settings import Settings
from backend.store.database import Database, Row
from loadtests import delivery
from tests import cast
from tests.examples import tried
from tests.jobs.breaking import Died, breaking_off
from tests.jobs.delivery import assert_sound, counts, imported, rejects_of, review, rows, run_of, write
from tests.jobs.picture import picture
from tests.jobs.test_again import repaired, signature
from tests.jobs.test_cancel_and_resume import interrupted
from tests.jobs.test_rollback import DELIVERY, written

pytestmark = pytest.mark.anyio

# A dry run stands in these itself, and changes nothing that stood in them before.
RUNS = ("import_run", "import_file", "import_reject", "import_signature")
BALANCE = (
    "records",
    "bytes_read",
    "record_bytes",
    "inserted",
    "updated",
    "unchanged",
    "kept",
    "duplicates",
    "rejected",
)


async def asked(database: Database, settings: Settings, folder: Path, **options: Any) -> int:
    async with database.write() as writer:
        told = importing.options(dry_run=True, **options)
        return await importing.request_run(writer, SYSTEM, folder.as_uri(), told, settings=settings, queue=False)


async def dry(database: Database, settings: Settings, folder: Path, **options: Any) -> Row:
    run_id = await asked(database, settings, folder, **options)
    await run_import(database, settings, run_id, from_shell=True)
    return await run_of(database, run_id)


async def report(database: Database, run: Row) -> Any:
    """What a run tells: each file's balance and quality, and every reject with its bytes."""
    files = {name: ({each: file[each] for each in BALANCE}, file["quality"]) for name, file in run["by_name"].items()}
    return run["state"], files, await rejects_of(database, run["id"])


def assert_untouched(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    for table, told in before.items():
        new = [row for row in after[table] if row not in told]
        assert [row for row in after[table] if row in told] == told, table
        assert table in RUNS or all("'action': 'request'" in row for row in new), (table, new)


async def proved(database: Database, settings: Settings, folder: Path) -> Row:
    """Import a folder dry and then really: the same report, and nothing written in between; the real run."""
    before = picture(settings.owner_url)
    would = await dry(database, settings, folder)
    assert_untouched(before, picture(settings.owner_url))
    assert await rows(database, "select 1 from pg_namespace where nspname = 'beside'") == []
    assert all(file["event_id"] is None for file in would["files"])
    done = await imported(database, settings, folder)
    assert await report(database, would) == await report(database, done)
    await assert_sound(database)
    return done


@pytest.mark.usefixtures("both_passes")
async def test_of_dirty_deliveries_it_tells_what_the_real_run_reports(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """The first loads an empty system where there is machine code; the other meets what is stored."""
    for next_one, dirt in ((False, 0.1), (True, 0.12)):
        made = delivery.write(tmp_path / str(next_one), scale=0.00005, seed=3, next_one=next_one, dirt=dirt)
        run = await proved(database, settings, made.folder)
        assert {stage["name"] for stage in run["stages"]}.isdisjoint({"judge"})


@pytest.mark.usefixtures("both_passes")
async def test_with_all_that_a_merge_leaves_alone(database: Database, settings: Settings, tmp_path: Path) -> None:
    await cast.people(database)
    async with database.write() as writer:
        await cast.catalogue(writer)
        await cast.review(writer, id=7, summary="Mine")
    first = write(
        tmp_path / "1",
        product=['4,"Boot",,,,'],
        characteristics=['10,4,"Fit"'],
        reviews=[review(1), review(2, product_id=9), review(3)],
        reviews_photos=['1,1,"https://a.example/1"', '2,88,"https://a.example/2"', '3,99,"https://a.example/3"'],
        characteristic_reviews=["1,10,88,4", f"2,{cast.FIT},3,5"],
    )
    await proved(database, settings, first)
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, 1, "spam")
    second = write(
        tmp_path / "2",
        product=['1,"Renamed",,,,', '4,"Boots",,,,', '9,"Hat",,,,', '5,"New",,,,'],
        characteristics=[f'{cast.FIT},1,"Size"', f'{cast.LENGTH},1,"Length"', '10,4,"Size"', '30,5,"Fit"'],
        reviews=[
            review(1, rating=1),
            review(3, product_id=4),
            review(7),
            review(88, product_id=4),
            review(6, rating=9),
        ],
        reviews_photos=['1,1,"https://a.example/other"', '5,3,"https://a.example/5"'],
        characteristic_reviews=[f"2,{cast.FIT},3,1", "3,10,3,2"],
    )
    run = await proved(database, settings, second)
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "product.csv": {"inserted": 2, "updated": 1, "unchanged": 1, "kept": 1},
        "characteristics.csv": {"inserted": 1, "updated": 1, "unchanged": 2, "kept": 1},
        "reviews.csv": {"inserted": 1, "updated": 1, "unchanged": 2, "kept": 2, "rejected": 1},
        "reviews_photos.csv": {"inserted": 1, "unchanged": 1, "kept": 1},
        "characteristic_reviews.csv": {"inserted": 1, "rejected": 1},
        "reviews_photos.csv, orphans of run 2": {"inserted": 1},
        "characteristic_reviews.csv, orphans of run 2": {"inserted": 1},
    }


@pytest.mark.long
@tried(15)
@given(drawn=DELIVERY, hidden=some.integers(1, 6))
def test_whatever_is_stored_and_delivered_it_tells_what_the_real_run_reports(
    database_urls: Any, settings: Settings, tmp_path: Path, drawn: Any, hidden: int
) -> None:
    async def proof() -> None:
        async with Database(settings) as database:
            if not await rows(database, "select 1 from user_account"):
                await cast.people(database)
            await proved(database, settings, written(tmp_path / "d", drawn))
            with suppress(NotFound, Conflict):
                async with database.write() as writer:
                    await moderation.hide(writer, cast.MODERATOR, hidden, "spam")

    asyncio.run(proof())


@pytest.fixture
async def stored(database: Database, settings: Settings, tmp_path: Path) -> None:
    """Some of what is then delivered."""
    lines = [review(number) for number in range(1, 30)]
    await imported(
        database, settings, write(tmp_path / "0", reviews=lines, reviews_photos=['9,99,"https://a.example/9"'])
    )


def newer(folder: Path) -> Path:
    lines = [review(number, rating=5 - number % 2) for number in range(10, 60)]
    return write(
        folder, product=['1,"Sock",,,,'], characteristics=['10,1,"Fit"'], reviews=[*lines, review(99), "x"],
        reviews_photos=['1,1,"https://a.example/1"', '2,77,"https://a.example/2"'],
    )  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [*(pytest.param(place, marks=pytest.mark.long) for place in ("taken", "related", "merged", "finish")), "half"],
)
@pytest.mark.usefixtures("stored")
async def test_a_worker_that_dies_costs_nothing(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = newer(tmp_path / "1")
    before = picture(settings.owner_url)
    run_id = await asked(database, settings, folder)
    with monkeypatch.context() as patched:
        breaking_off(patched, where)
        if where == "merged":  # of a dry run nothing is settled: it goes on to its end
            assert await run_import(database, settings, run_id) == "finished"
        else:
            with pytest.raises(Died):
                await run_import(database, settings, run_id)
            assert (await run_of(database, run_id))["state"] == "running"
    if where != "merged":
        assert await run_import(database, settings, run_id) == "finished"
    assert_untouched(before, picture(settings.owner_url))
    done = await imported(database, settings, folder)
    assert await report(database, await run_of(database, run_id)) == await report(database, done)


@pytest.mark.usefixtures("stored")
async def test_who_helps_judges_along(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "BATCH", 7)
    folder = newer(tmp_path / "1")
    before = picture(settings.owner_url)
    run_id = await asked(database, settings, folder)
    await interrupted(database, settings, run_id, "judge", 2)
    await help_import(database, run_id)
    assert await rows(database, "select 1 from import_range") == []
    assert await run_import(database, settings, run_id) == "finished"
    assert_untouched(before, picture(settings.owner_url))
    done = await imported(database, settings, folder)
    assert await report(database, await run_of(database, run_id)) == await report(database, done)


@pytest.mark.usefixtures("machine_code")
@pytest.mark.parametrize("stage", [pytest.param("read", marks=pytest.mark.long), "judge"])
async def test_a_dry_load_goes_on_too(database: Database, settings: Settings, tmp_path: Path, stage: str) -> None:
    folder = newer(tmp_path / "1")
    before = picture(settings.owner_url)
    run_id = await asked(database, settings, folder)
    await interrupted(database, settings, run_id, stage, 1)
    assert await run_import(database, settings, run_id) == "finished"
    assert_untouched(before, picture(settings.owner_url))
    run = await run_of(database, run_id)
    assert [each["name"] for each in run["stages"]][-1] == "judge"
    assert await report(database, run) == await report(database, await imported(database, settings, folder))


@pytest.mark.usefixtures("stored")
async def test_it_locks_no_row(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = newer(tmp_path / "1")
    async with database.write() as writer:
        for table in ("review", "product"):
            await writer.execute(f"select 1 from {table} for update")
        run = await asyncio.wait_for(dry(database, settings, folder), 10)
    assert run["state"] == "finished"


async def test_it_cannot_be_rolled_back(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await dry(database, settings, newer(tmp_path / "1"))
    async with database.write() as writer:
        with pytest.raises(Conflict, match="was a dry run: it wrote nothing"):
            await importing.roll_back(writer, SYSTEM, run["id"])


async def test_it_stops_at_the_limit_like_the_real_one(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "1", reviews=[review(1), "x"])
    run = await dry(database, settings, folder, most="0")
    assert (run["state"], "1 of 2 records were refused" in run["error"]) == ("failed", True)


async def test_rejects_of_a_dry_run_are_tried_again_dry(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await dry(database, settings, write(tmp_path / "1", reviews=[review(1, date="31/12/2019"), review(2)]))
    before = picture(settings.owner_url)
    kind = await signature(database, run["id"], "date", "date")
    again = await repaired(database, settings, kind, "day-month-year")
    assert (again["dry_run"], counts(again["files"][0])) == (True, {"inserted": 1, "repaired": 1})
    assert_untouched(before, picture(settings.owner_url))
    assert await rows(database, "select 1 from review") == []
