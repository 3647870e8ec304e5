"""The shelves of a catalogue that has nothing there yet are filled beside the live tables, and swapped in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.domain.actors import SYSTEM
from backend.jobs.imports import run_import
from backend.jobs.progress import Progress
from backend.jobs.shelving import TAKEN_OVER
from backend.services import importing
from backend.services.importing import merge, progress
from backend.settings import Settings
from backend.store import pages
from backend.store.database import Database, Writer
from tests.jobs.breaking import Died
from tests.jobs.delivery import assert_sound, counts, imported, request, review, rolled_back, rows, run_of, write

pytestmark = pytest.mark.anyio
SHELVES: dict[str, Any] = {
    "features": ["1,1,Fabric,Wool", "2,9,Of,nobody"],
    "styles": ["1,1,Grey,,140,1"],
    "skus": ["1,1,XS,8", "2,1,S,9"],
    "photos": ["1,1,https://a.example/1.jpg,https://a.example/1.jpg"],
    "related": ["1,1,2", "2,1,1"],
}
PRODUCTS = ["1,Sock,,,,3", "2,Shoe,,,,30"]


def at_last(do: Callable[[], None]) -> Callable[[Progress], None]:
    """Do something when all is filled and nothing is live."""

    def report(progress: Progress) -> None:
        if progress.stage == "fill" and progress.done == progress.total > 0:
            do()

    return report


async def test_they_come_to_a_catalogue_that_is_there(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", product=PRODUCTS, reviews=[review(1)]))
    run = await imported(database, settings, write(tmp_path / "2", **SHELVES, reviews=[review(2)]))
    assert [stage["name"] for stage in run["stages"]] == ["pin", "read", "relate", "merge", "fill"]
    told = {name: counts(file) for name, file in run["by_name"].items()}
    assert told["features.csv"] == {"inserted": 1, "rejected": 1}
    assert told["skus.csv"] == {"inserted": 2}
    assert run["merged_rows"] == run["merge_total"]
    one, other = await rows(database, "select styles, related from product_page order by product_id")
    assert '"XS"' in one["styles"]
    assert one["related"] == "[2]"
    assert other == {"styles": "[]", "related": "[]"}
    await assert_sound(database)
    more = await imported(database, settings, write(tmp_path / "3", skus=["3,1,M,1"]))
    assert "fill" not in [stage["name"] for stage in more["stages"]], "something is there by now"
    await assert_sound(database)
    await rolled_back(database, settings, more["id"])
    await rolled_back(database, settings, run["id"])
    assert await rows(database, "select 1 from sku union all select 1 from style union all select 1 from related") == []
    await assert_sound(database)


async def test_who_edits_a_product_meanwhile_is_not_overwritten(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    def edit() -> None:
        with psycopg.connect(settings.database_url) as db:
            db.execute("update product set name = 'Stocking' where id = 1")
            db.execute("insert into product_edited (product_id) values (1)")
            db.execute(pages.WRITE, {"ids": [1]})

    await imported(database, settings, write(tmp_path / "1", product=PRODUCTS))
    await imported(database, settings, write(tmp_path / "2", **SHELVES), at_last(edit))
    (page,) = await rows(database, "select facts, styles from product_page where product_id = 1")
    assert "Stocking" in page["facts"]
    assert "Grey" in page["styles"]
    await assert_sound(database)


@pytest.mark.parametrize("place", ["as they are taken", "once they are"])
async def test_a_worker_that_dies_as_it_takes_them_loses_none(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    reach = progress.reach

    async def die_taking(writer: Writer, run_id: int, stage: str) -> None:
        if stage == TAKEN_OVER:
            raise Died
        await reach(writer, run_id, stage)

    async def die(*_: Any) -> None:
        raise Died

    run_id = await request(database, settings, write(tmp_path, product=PRODUCTS, **SHELVES))
    with monkeypatch.context() as dying, pytest.raises(Died):
        if place == "once they are":
            dying.setattr(merge, "ask_for_help", die)
        else:
            dying.setattr(progress, "reach", die_taking)
        await run_import(database, settings, run_id)
    assert await run_import(database, settings, run_id) == "finished"
    told = {name: counts(file) for name, file in (await run_of(database, run_id))["by_name"].items()}
    assert told["skus.csv"] == {"inserted": 2}
    assert told["features.csv"] == {"inserted": 1, "rejected": 1}
    await assert_sound(database)


async def test_cancelled_it_leaves_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    class Lost(BaseException):
        pass

    def lose() -> None:
        raise Lost

    run_id = await request(database, settings, write(tmp_path, product=PRODUCTS, **SHELVES))
    with pytest.raises(Lost):
        await run_import(database, settings, run_id, report=at_last(lose))
    assert await rows(database, "select 1 from pg_namespace where nspname = 'beside'") != []
    async with database.write() as writer:
        await importing.cancel(writer, SYSTEM, run_id)
    assert await run_import(database, settings, run_id) == "cancelled"
    assert await rows(database, "select 1 from sku union all select 1 from feature") == []
    assert await rows(database, "select 1 from pg_namespace where nspname = 'beside'") == []
    assert (await run_of(database, run_id))["by_name"]["product.csv"]["inserted"] == 2
    await assert_sound(database)
