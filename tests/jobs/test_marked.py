"""Marked rows become the same rejects with machine code and without."""

import random
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.settings import Settings
from backend.store.database import Database
from etl import left, marked, stage
from etl.compiled import ready
from etl.records import KEPT_BYTES
from etl.sources import Sources
from tests.jobs.delivery import rows

pytestmark = pytest.mark.anyio

REJECTS = """
    select byte_offset, byte_length, line, raw, (
        select array_agg((reason, column_name)::text order by at)
        from unnest(signatures) with ordinality as told (id, at)
        join import_signature using (id)
    ) as why
    from import_reject order by byte_offset
"""
SIGNATURES = """
    select reason, column_name, shape, records, example_offset, offsets from import_signature order by 1, 2
"""
COMPILED = pytest.importorskip("etl.compiled.marked")


@pytest.fixture
async def file(database: Database) -> int:
    async with database.write() as writer:
        run = await writer.fetch_value("insert into import_run (source) values ('file:///nowhere/') returning id")
        found: int = await writer.fetch_value(
            "insert into import_file (run_id, name, url, format) values (%(run)s, 'a.csv', '', 'photos') returning id",
            {"run": run},
        )
        return found


@pytest.mark.parametrize("at_once", [7, 20_000])
@pytest.mark.parametrize("longest", [40, 3 * KEPT_BYTES])
async def test_with_machine_code_and_without(
    database: Database,
    settings: Settings,
    file: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    longest: int,
) -> None:
    monkeypatch.setattr(COMPILED, "AT_ONCE", at_once)
    monkeypatch.setattr(COMPILED, "_MOST_BYTES", 4 * KEPT_BYTES)
    chance = random.Random(longest)
    lengths = [chance.randrange(1, longest) for _ in range(1_500 if longest < KEPT_BYTES else 30)]
    (tmp_path / "a.csv").write_bytes(chance.randbytes(sum(lengths)))
    (each,) = Sources().objects(tmp_path.as_uri())
    table = stage.table("refused", 1)
    with psycopg.connect(settings.database_url) as db:
        stage.create(db, 1)
        places, offset = [], 0
        for line, length in enumerate(lengths, start=1):
            # The last reaches beyond the end: the object was cut.
            reach = length + 9 * (line == len(lengths))
            kind = chance.choices(range(len(left.KINDS)), (900, 40, 30, 20, 0))[0]
            places.append((file, offset, line, reach, line, kind))
            offset += length
        chance.shuffle(places)
        db.cursor().executemany(f"insert into {table.as_string()} values (%s, %s, %s, %s, %s, %s)", places)
        db.commit()
        found: list[list[Any]] = []
        for take in (None, COMPILED.take):
            monkeypatch.setattr(ready, "take_marked", lambda take=take: take)
            with psycopg.connect(settings.database_url) as reader:
                written = marked.write(db, reader, Sources(), table, file, each, left.KINDS, lambda: None)
                assert written == len(places)
                assert marked.write(db, reader, Sources(), table, file, each, left.KINDS, lambda: None) == 0
            found.append([await rows(database, REJECTS), await rows(database, SIGNATURES)])
            db.execute("delete from import_reject")
            db.execute("delete from import_signature")
            db.commit()
        stage.drop(db, 1)
        db.commit()
    assert found[0][0] == found[1][0]
    assert [{**each, "offsets": sorted(each["offsets"] or [])} for each in found[0][1]] == [
        {**each, "offsets": sorted(each["offsets"] or [])} for each in found[1][1]
    ]
    assert len(found[0][0]) == len(places)
