"""Blocks on their way to the database: those that a sink still holds stay as they are, and rejects come in time."""

from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep

import psycopg
import pytest

from backend.settings import Settings
from etl import rejects, write
from etl.rejects import Reject
from etl.tally import Tally
from etl.write import Writer

KEPT = "select (select count(*) from import_reject), (select records from import_file)"


@pytest.mark.parametrize("late", [0, 1, 2, 5])
def test_a_block_stays_as_it_is_while_somebody_works_on_it(settings: Settings, file: int, late: int) -> None:
    """The sink sends blocks on that come through so late, in turns with others that nobody holds."""
    sent = []

    def send(rows: memoryview) -> None:
        before = bytes(rows)
        sleep(0.004 * late)
        assert bytes(rows) == before
        sent.append(before)

    blocks = [bytes([number]) * 1_000 for number in range(24)]
    with ThreadPoolExecutor(2) as pool, psycopg.connect(settings.database_url) as db:

        def sink(rows: memoryview) -> Future[None] | None:
            return pool.submit(send, rows) if rows[0] % 4 == 0 else None

        with Writer(db, file, sink) as writer:
            for block in blocks:
                rows = writer.empty_rows()
                rows.add(block)
                writer.write(rows, [], Tally())
    assert sorted(sent) == blocks[::4]


def test_rejects_and_counts_come_together(settings: Settings, file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "_EVERY", 1e9)
    monkeypatch.setattr(rejects, "AT_ONCE", 3)
    seen = []
    with (
        psycopg.connect(settings.database_url) as db,
        psycopg.connect(settings.database_url, autocommit=True) as other,
    ):
        with Writer(db, file, lambda _rows: None) as writer:
            for number in range(1, 8):
                refused = [Reject(number, 1, number, ["date"], ["date"], b"x")]
                writer.write(writer.empty_rows(), refused, Tally(records=number))
                writer._settle()
                seen.append(other.execute(KEPT).fetchone())
        seen.append(other.execute(KEPT).fetchone())
    assert seen == [*[(0, 0)] * 3, *[(4, 4)] * 4, (7, 7)]
