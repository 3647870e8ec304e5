"""Rejects that are alike are counted while they are written, and forgotten with their file."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from backend.services.importing import progress
from backend.settings import Settings
from backend.store.database import Database
from etl import marked, rejects, signatures, stage
from etl.compiled import ready
from etl.rejects import Reject, Why, for_values
from etl.signatures import MOST_SHAPES, OTHER_SHAPES
from etl.sources import Sources
from tests.jobs.delivery import imported, review, rows, write

pytestmark = pytest.mark.anyio

SIGNATURES = """
    select file.name, reason, column_name, shape, signature.records, example_offset
    from import_signature as signature join import_file as file on file.id = file_id order by signature.id
"""
COUNTED = """
    select signature.id, signature.records, count(reject.id) as counted
    from import_signature as signature left join import_reject as reject on signature.id = any (reject.signatures)
    group by signature.id
    having signature.records <> count(reject.id)
        or (select array_agg(at order by at) from unnest(signature.offsets) as at)
            <> array_agg(reject.byte_offset order by reject.byte_offset)
"""


async def test_a_run_counts_its_signatures(database: Database, settings: Settings, tmp_path: Path) -> None:
    bad = [
        review(1, date="31/12/2019"),
        review(2, date="1/2/2020", rating=9),
        review(3, date="soon"),
        "4,1,2",
        '5,"a" b',
    ]
    folder = write(tmp_path, reviews=bad, reviews_photos=['1,77,"https://a.example/1"'])
    await imported(database, settings, folder)
    found = {tuple(row.values())[:5] for row in await rows(database, SIGNATURES)}
    assert found == {
        ("reviews.csv", "date", "date", "9/9/9", 2),
        ("reviews.csv", "date", "date", "a", 1),
        ("reviews.csv", "range", "rating", "9", 1),
        ("reviews.csv", "fields", "", "3 of 12 fields", 1),
        ("reviews.csv", "struct", "", "text behind a closing quote", 1),
        ("reviews_photos.csv", "orphan", "review_id", "", 1),
    }
    assert await rows(database, COUNTED) == []
    examples = await rows(
        database,
        "select 1 from import_signature as s where not exists"
        " (select from import_reject as r where r.file_id = s.file_id and byte_offset = example_offset"
        " and s.id = any (r.signatures))",
    )
    assert examples == []


def one(offset: int, value: bytes = b"7", reason: str = "range") -> Reject:
    return Reject(offset, 10, 2, for_values([reason], ["rating"], [value]), b"1,2,3\n")


async def test_block_by_block_they_add_up(database: Database, settings: Settings, file: int) -> None:
    with psycopg.connect(settings.database_url) as db:
        rejects.write(db, file, [one(10), one(20), one(30, b"x", "integer")])
        rejects.write(db, file, [one(40)])
        rejects.write(db, file, [Reject(50, 9, 3, Why(("orphan", "orphan"), ("a", "b")), b"")])
    found = [tuple(row.values())[1:] for row in await rows(database, SIGNATURES)]
    assert sorted(found) == [
        ("integer", "rating", "a", 1, 30),
        ("orphan", "a", "", 1, 50),
        ("orphan", "b", "", 1, 50),
        ("range", "rating", "9", 3, 10),
    ]
    assert await rows(database, COUNTED) == []


async def test_where_few_stand_is_kept(
    database: Database, settings: Settings, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (
        "select reason, records, (select array_agg(at order by at) from unnest(offsets) as at) as offsets"
        " from import_signature order by reason"
    )
    for module in (rejects, signatures):
        monkeypatch.setattr(module, "FEW", 3)
    with psycopg.connect(settings.database_url) as db:
        rejects.write(db, file, [one(10), one(20, b"x", "integer")])
        rejects.write(db, file, [one(30), one(40)])
        db.commit()
        told = [tuple(row.values()) for row in await rows(database, kept)]
        assert told == [("integer", 1, [20]), ("range", 3, [10, 30, 40])]
        assert await rows(database, COUNTED) == []
        rejects.write(db, file, [one(50)])
        rejects.write(db, file, [one(60)])
        rejects.write(db, file, [one(number, b"x", "number") for number in range(70, 74)])
    told = [tuple(row.values()) for row in await rows(database, kept)]
    assert told == [("integer", 1, [20]), ("number", 4, None), ("range", 5, None)]


async def test_rows_are_what_was_written(database: Database, settings: Settings, file: int) -> None:
    raw = bytes(range(256)) * 300
    with psycopg.connect(settings.database_url) as db:
        why = Why(("range", "date"), ("b\u00e9", ""), ("9", "a"))
        rejects.write(db, file, [Reject(1 << 40, len(raw), 1 << 33, why, raw)])
    (row,) = await rows(database, "select * from import_rejected")
    assert (row["file_id"], row["byte_offset"], row["byte_length"], row["line"]) == (1, 1 << 40, len(raw), 1 << 33)
    assert (row["reasons"], row["columns"]) == (["range", "date"], ["b\u00e9", ""])
    assert row["raw"] == raw[: 1 << 16]
    assert len(set(row["signatures"])) == 2


async def test_whoever_sends_a_million_shapes_gets_a_page_of_them(
    database: Database, settings: Settings, file: int
) -> None:
    odd = [bytes([33 + n % 15, 65, 33 + n // 15]) for n in range(200)]
    with psycopg.connect(settings.database_url) as db:
        for begin in range(0, 200, 50):
            rejects.write(db, file, [one(n, odd[n]) for n in range(begin, begin + 50)])
        rejects.write(db, file, [one(900, b"x", "integer")])
    found = await rows(database, "select reason, shape, records from import_signature order by id")
    assert len(found) == MOST_SHAPES + 2
    (other,) = [row for row in found if row["shape"] == OTHER_SHAPES]
    assert other["records"] == 200 - MOST_SHAPES
    assert await rows(database, COUNTED) == []


async def test_a_file_that_is_read_again_begins_with_none(database: Database, settings: Settings, file: int) -> None:
    for again in (lambda db: rejects.forget(db, file), None):
        with psycopg.connect(settings.database_url) as db:
            rejects.write(db, file, [one(10)])
            if again:
                again(db)
        if not again:
            async with database.write() as writer:
                await progress.empty_file(writer, file)
        assert await rows(database, "select 1 from import_signature union all select 1 from import_reject") == []


@pytest.mark.parametrize("compiled", [False, True])
async def test_whoever_dies_among_the_marked_goes_on_behind_them(
    database: Database,
    settings: Settings,
    file: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    compiled: bool,
) -> None:
    of_machine_code = pytest.importorskip("etl.compiled.marked")
    for module in (marked, of_machine_code):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(ready, "take_marked", lambda: of_machine_code.take if compiled else None)
    (tmp_path / "reviews_photos.csv").write_bytes(b"abcdefghij")
    (each,) = Sources().objects(tmp_path.as_uri())

    def dies() -> None:
        raise KeyboardInterrupt

    with psycopg.connect(settings.database_url) as db:
        stage.create(db, 1)
        for offset in (4, 0, 6, 2, 8):
            reasons = None if offset == 2 else ["orphan"]
            db.execute(
                "insert into staging.photos_1 (file_id, source_offset, source_line, source_length, reasons, columns)"
                " values (%s, %s, 1, 2, %s, %s)",
                (file, offset, reasons, ["review_id"]),
            )
        rejects.write(db, file, [one(2)])  # refused while it was read
        db.commit()
        photos = stage.table("photos", 1)
        kinds = marked.kinds_in(db, photos)
        assert kinds == {file: [Why(("orphan",), ("review_id",))]}
        db.commit()

        def write(on_step: Callable[[], None]) -> int:
            with psycopg.connect(settings.database_url) as reader:
                numbered = marked.numbered(photos, kinds[file])
                return marked.write(db, reader, Sources(), numbered, file, each, kinds[file], on_step)

        with pytest.raises(KeyboardInterrupt):
            write(dies)
        assert len(await rows(database, "select 1 from import_reject")) == 3
        assert write(lambda: None) == 2
        assert write(lambda: None) == 0
        stage.drop(db, 1)
    kept = await rows(database, "select byte_offset, raw from import_reject where byte_offset <> 2 order by 1")
    assert [(row["byte_offset"], bytes(row["raw"])) for row in kept] == [(0, b"ab"), (4, b"ef"), (6, b"gh"), (8, b"ij")]
    assert await rows(database, "select rejected from import_file") == [{"rejected": 4}]
    assert await rows(database, COUNTED) == []
