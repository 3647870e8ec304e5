"""Rejects of one signature are tried again with a named repair: only they, with their own balance, and reversibly."""

from pathlib import Path
from typing import Any

import pytest

from backend.domain.actors import SYSTEM
from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound
from backend.jobs import again
from backend.jobs.imports import run_import
from backend.jobs.originals import Originals
from backend.jobs.rollbacks import run_rollback
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database, Row
from tests import cast
from tests.jobs.breaking import Died, breaking_off
from tests.jobs.delivery import HEADERS, assert_sound, counts, imported, rejects_of, review, rows, run_of, write

pytestmark = pytest.mark.anyio


async def fits(kind: Row, name: str) -> None:
    again.demand_repair(kind, name)


async def signature(database: Database, run_id: int, reason: str, column: str = "") -> Row:
    async with database.read(fresh=True) as reader:
        (found,) = [
            each
            for each in await importing.signatures(reader, SYSTEM, run_id)
            if (each["reason"], each["column_name"]) == (reason, column)
        ]
        return await importing.one_signature(reader, SYSTEM, run_id, found["id"])


async def repaired(database: Database, settings: Settings, kind: Row, name: str) -> Row:
    async with database.write() as writer:
        run_id = await importing.request_repair(
            writer, SYSTEM, kind["run_id"], kind["id"], name, fits=fits, queue=False
        )
    await run_import(database, settings, run_id, from_shell=True)
    return await run_of(database, run_id)


async def roll_back(database: Database, settings: Settings, run_id: int) -> None:
    async with database.write() as writer:
        await importing.roll_back(writer, SYSTEM, run_id, queue=False)
    await run_rollback(database, settings, run_id, from_shell=True)


@pytest.fixture
async def run(database: Database, settings: Settings, tmp_path: Path) -> Row:
    bad = [
        review(1, date="31/12/2019"),
        review(2),
        review(3, date="1/2/2020"),
        review(4, date="32/1/2020"),
        review(5, date="5/6/2020", rating=9),
        review(3, date="2/2/2020"),
        review(6, date="soon"),
    ]
    return await imported(database, settings, write(tmp_path, reviews=bad))


async def test_only_what_is_alike_is_tried_and_the_rest_stays(database: Database, settings: Settings, run: Row) -> None:
    kind = await _slashes(database, run["id"])
    assert kind["records"] == 5
    done = await repaired(database, settings, kind, "day-month-year")
    assert (done["state"], done["error"]) == ("finished", None)
    file = done["by_name"]["reviews.csv"]
    assert counts(file) == {"inserted": 2, "duplicates": 1, "rejected": 2, "repaired": 2}
    assert file["repairs"] == {"day-month-year": 2}
    assert await rejects_of(database, done["id"]) == [
        ("reviews.csv", ["date"], ["date"], review(4, date="32/1/2020").encode() + b"\n"),
        ("reviews.csv", ["range"], ["rating"], review(5, date="5/6/2020", rating=9).encode() + b"\n"),
    ]
    stored = await rows(database, "select id, written_at::date::text as day from review order by id")
    assert [(row["id"], row["day"]) for row in stored] == [(1, "2019-12-31"), (2, "2020-03-30"), (3, "2020-02-01")]
    original = (Path(run["source"].removeprefix("file://")) / "reviews.csv").read_bytes()
    (first,) = await rows(database, "select * from review where id = 1")
    lineage = original[first["source_offset"] :][: first["source_length"]]
    assert lineage.decode() == review(1, date="31/12/2019") + "\n"
    assert (first["source_file"], first["source_line"]) == (file["id"], 2)
    assert (file["url"], file["etag"]) == (run["files"][0]["url"], run["files"][0]["etag"])
    kind = await _slashes(database, run["id"])
    assert kind["resolved"] == 2
    still = "select line from import_reject where file_id = %s and resolved_run is null order by line"
    assert [row["line"] for row in await rows(database, still, kind["file_id"])] == [5, 6, 7, 8]
    await assert_sound(database)


async def _slashes(database: Database, run_id: int) -> Row:
    async with database.read(fresh=True) as reader:
        (found,) = [each for each in await importing.signatures(reader, SYSTEM, run_id) if each["shape"] == "9/9/9"]
        return await importing.one_signature(reader, SYSTEM, run_id, found["id"])


async def test_rolled_back_its_rejects_are_open_again(database: Database, settings: Settings, run: Row) -> None:
    kind = await _slashes(database, run["id"])
    done = await repaired(database, settings, kind, "day-month-year")
    await roll_back(database, settings, done["id"])
    assert [row["id"] for row in await rows(database, "select id from review")] == [2]
    assert (await _slashes(database, run["id"]))["resolved"] == 0
    assert await rows(database, "select 1 from import_reject where resolved_run is not null") == []
    await assert_sound(database)
    other = await repaired(database, settings, kind, "month-day-year")
    assert counts(other["files"][0])["inserted"] == 1
    (third,) = await rows(database, "select written_at::date::text as day from review where id = 3")
    assert third["day"] == "2020-01-02"


async def test_counting_first_writes_nothing(database: Database, settings: Settings, run: Row) -> None:
    kind = await _slashes(database, run["id"])
    async with database.read(fresh=True) as reader:
        trial = await again.try_out(reader, cast.VIEWER, Originals(settings), kind, "day-month-year")
        some = await again.try_out(reader, cast.VIEWER, Originals(settings), kind, "day-month-year", most=2)
    assert (trial.tried, trial.taken, trial.more) == (5, 3, False)
    assert trial.shown[:3] == [
        (b"31/12/2019", b"2019-12-31"),
        (b"1/2/2020", b"2020-02-01"),
        (b"32/1/2020", b"2020-01-32"),
    ]
    assert (some.tried, some.taken, some.more) == (2, 2, True)
    assert len(await rows(database, "select 1 from import_run")) == 1


async def test_what_is_refused(database: Database, settings: Settings, run: Row) -> None:
    kind = await _slashes(database, run["id"])
    with pytest.raises(Invalid, match="day-month-year, month-day-year"):
        again.demand_repair(kind, "latin-1")
    async with database.write() as writer:
        with pytest.raises(Forbidden):
            await importing.request_repair(writer, cast.VIEWER, run["id"], kind["id"], "day-month-year", fits=fits)
        with pytest.raises(NotFound):
            await importing.request_repair(writer, SYSTEM, run["id"], 99, "day-month-year", fits=fits)
        with pytest.raises(NotFound):
            await importing.request_repair(writer, SYSTEM, 99, kind["id"], "day-month-year", fits=fits)
        await writer.execute("update import_signature set resolved = records")
        with pytest.raises(Conflict, match="already"):
            await importing.request_repair(writer, SYSTEM, run["id"], kind["id"], "day-month-year", fits=fits)
        await writer.execute("update import_signature set resolved = 0")
        await writer.execute("update import_run set state = 'running'")
        with pytest.raises(Conflict, match="not ended"):
            await importing.request_repair(writer, SYSTEM, run["id"], kind["id"], "day-month-year", fits=fits)


async def test_records_of_too_few_fields_and_what_belongs_to_them(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """A repaired review brings its photo, which was an orphan until now; a repaired orphan waits like any other."""
    folder = write(
        tmp_path,
        reviews=[review(1).removesuffix(",3"), review(2)],
        reviews_photos=['1,1,"https://a.example/1"', '2,2,"https://a.example/2"', '3,9,"//a.example/3"'],
    )
    run = await imported(database, settings, folder)
    done = await repaired(database, settings, await signature(database, run["id"], "fields"), "pad-missing-fields")
    assert {name: counts(file) for name, file in done["by_name"].items()} == {
        "reviews.csv": {"inserted": 1, "repaired": 1},
        f"reviews_photos.csv, orphans of run {run['id']}": {"inserted": 1},
    }
    for name in ("reviews.csv", "reviews_photos.csv"):
        (folder / name).unlink()  # what is tried again was kept
    links = await repaired(database, settings, await signature(database, run["id"], "url", "url"), "https-prefix")
    assert counts(links["files"][0]) == {"rejected": 1, "repaired": 1}
    assert await rejects_of(database, links["id"]) == [
        ("reviews_photos.csv", ["orphan"], ["review_id"], b'3,9,"//a.example/3"\n')
    ]
    third = await imported(database, settings, write(tmp_path / "3", reviews=[review(9)]))
    assert counts(third["files"][1]) == {"inserted": 1}
    (nine,) = await rows(database, "select photo_urls from review where id = 9")
    assert nine["photo_urls"] == ["https://a.example/3"]
    await assert_sound(database)


async def test_it_goes_on_after_the_delivery_is_gone_unless_a_record_is_long(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    long = review(1, date="1/2/2020", body='"' + "x" * 70_000 + '"')
    folder = write(tmp_path / "d", reviews=[long, review(2, date="1/2/2020")])
    run = await imported(database, settings, folder)
    kind = await _slashes(database, run["id"])
    (reject,) = await rows(database, "select * from import_reject where byte_length > 65536")
    async with database.read(fresh=True) as reader:
        whole = await importing.one_reject(reader, SYSTEM, run["id"], reject["id"])
    assert b"".join(Originals(settings, from_shell=True).whole(whole)).decode() == long + "\n"
    with pytest.raises(Invalid, match="not below a folder"):
        b"".join(Originals(settings).whole(whole))
    (folder / "reviews.csv").write_text("another", encoding="utf-8")
    with pytest.raises(Conflict, match="only the first 65,536"):
        b"".join(Originals(settings, from_shell=True).whole(whole))
    done = await repaired(database, settings, kind, "day-month-year")
    assert counts(done["files"][0]) == {"inserted": 1, "rejected": 1, "repaired": 1}
    assert (await rejects_of(database, done["id"]))[0][1:3] == (["date"], ["date"])
    await assert_sound(database)


async def test_a_long_record_is_repaired_whole_while_its_object_is_there(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    body = "x" * 70_000
    folder = write(tmp_path / "d", reviews=[review(1, date="1/2/2020", body=f'"{body}"')])
    run = await imported(database, settings, folder)
    done = await repaired(database, settings, await _slashes(database, run["id"]), "day-month-year")
    assert counts(done["files"][0]) == {"inserted": 1, "repaired": 1}
    (stored,) = await rows(database, "select body from review")
    assert stored["body"] == body


async def test_mended_the_download_loads_by_itself(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "d", reviews=[review(1, rating=9, summary='"=1+1"'), "2,1", '3,"a" b'])
    run = await imported(database, settings, folder)
    async with database.read(fresh=True) as reader:
        file = await importing.file_to_mend(reader, SYSTEM, run["id"], None)
        table: Any = Originals(settings, from_shell=True).table
        text = b"".join([part async for part in importing.rejects_csv(reader, SYSTEM, file, table)])
    assert b'"\'=1+1"' in text
    fixed = tmp_path / "fixed.csv"
    fixed.write_bytes(text.replace(b'"9"', b'"5"'))
    done = await imported(database, settings, fixed)
    assert counts(done["files"][0]) == {"inserted": 1, "rejected": 2}
    assert done["files"][0]["understood"]["unknown"] == []
    (stored,) = await rows(database, "select id, rating, summary from review")
    assert tuple(stored.values()) == (1, 5, "=1+1")


async def test_so_it_does_where_files_are_read_by_the_compiled_pass(
    database: Database, settings: Settings, tmp_path: Path, machine_code: None
) -> None:
    columns = [*HEADERS["reviews.csv"].split(","), "atelier_reasons"]
    mended = ",".join(columns) + "\n" + review(1, summary='"\'=1+1"') + ',"rating: range"\n'
    (tmp_path / "mended.csv").write_text(mended, encoding="utf-8")
    await imported(database, settings, tmp_path / "mended.csv")
    (stored,) = await rows(database, "select summary from review")
    assert stored["summary"] == "=1+1"


@pytest.mark.parametrize(
    "where", [*(pytest.param(place, marks=pytest.mark.long) for place in ("taken", "settled")), "merged"]
)
async def test_a_repair_that_breaks_off_goes_on(
    database: Database, settings: Settings, run: Row, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = await _slashes(database, run["id"])
    async with database.write() as writer:
        new = await importing.request_repair(
            writer, SYSTEM, run["id"], kind["id"], "day-month-year", fits=fits, queue=False
        )
    breaking_off(monkeypatch, where)
    for _ in range(2):
        with pytest.raises(Died):
            await run_import(database, settings, new)
    monkeypatch.undo()
    assert await run_import(database, settings, new) == "finished"
    done = await run_of(database, new)
    assert counts(done["files"][0]) == {"inserted": 2, "duplicates": 1, "rejected": 2, "repaired": 2}
    assert (await _slashes(database, run["id"]))["resolved"] == 2
    await assert_sound(database)
