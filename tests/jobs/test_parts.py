"""A file in parts, of which only the first has a header, goes through whole, also in another dialect and packed."""

import gzip
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.store.database import Database
from tests.jobs.delivery import HEADERS, assert_sound, counts, imported, review, rows, write

pytestmark = pytest.mark.anyio


def part(*numbers: int, headed: bool = False) -> bytes:
    lines = ([HEADERS["reviews.csv"]] if headed else []) + [review(number) for number in numbers]
    return "".join(f"{line}\n" for line in lines).encode()


async def test_parts_are_read_by_their_siblings_header(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", **{"reviews.part-000": part(1, 2, headed=True), "reviews.part-001": part(3, 4)})
    (folder / "reviews.part-002.csv.gz").write_bytes(gzip.compress(part(5, 5, 6)))
    write(folder, **{"reviews.part-003": part(7, headed=True)})
    run = await imported(database, settings, folder)
    assert (run["state"], run["error"]) == ("finished", None)
    told = {name: (file["headers"], counts(file)) for name, file in run["by_name"].items()}
    assert told == {
        "reviews.part-000.csv": (1, {"inserted": 2}),
        "reviews.part-001.csv": (0, {"inserted": 2}),
        "reviews.part-002.csv.gz": (0, {"inserted": 2, "duplicates": 1}),
        "reviews.part-003.csv": (1, {"inserted": 1}),
    }
    assert run["by_name"]["reviews.part-001.csv"]["understood"]["header_of"] == "reviews.part-000.csv"
    assert "header_of" not in run["by_name"]["reviews.part-003.csv"]["understood"]
    stored = await rows(database, "select id, source_line, source_offset from review order by id")
    assert [(row["id"], row["source_line"]) for row in stored] == [
        (1, 2), (2, 3), (3, 1), (4, 2), (5, 1), (6, 3), (7, 2),
    ]  # fmt: skip
    assert stored[2]["source_offset"] == 0
    await assert_sound(database)


async def test_a_part_that_does_not_fit_stops_the_run_before_it_writes(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    run = await imported(database, settings, write(tmp_path / "d", reviews=[review(1)], reviews_2=b"1,2,3\n"))
    assert run["state"] == "failed"
    assert "reviews_2.csv is not understood" in run["error"]
    assert "Nor does its first record fit the header of reviews.csv." in run["error"]
    assert await rows(database, "select 1 from review") == []


async def test_a_delivery_in_another_dialect(database: Database, settings: Settings, tmp_path: Path) -> None:
    names = ("École", "très doux", "café crème", "idée fixe")
    lines = [review(number, summary=f'"{name}"') for number, name in enumerate(names, 1)]
    text = "\r\n".join([HEADERS["reviews.csv"], *lines]).replace(",", ";").replace("quiet;", "quiet,")
    run = await imported(database, settings, write(tmp_path / "d", reviews=text.encode("mac_roman")))
    (file,) = run["files"]
    assert (counts(file), file["repairs"]) == ({"inserted": 4}, {})
    assert (file["understood"]["encoding"], file["understood"]["separator"]) == ("Mac-Roman", ";")
    assert [row["summary"] for row in await rows(database, "select summary from review order by id")] == list(names)
    assert file["record_bytes"] + file["header_bytes"] == file["bytes"]
    await assert_sound(database)
