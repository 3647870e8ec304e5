"""Blocks on their way to the database: those that a sink still holds stay as they are, and rejects come in time."""

from collections import deque
from time import sleep

import psycopg
import pytest

from backend.settings import Settings
from etl import rejects, write
from etl.rejects import Reject
from etl.tally import Tally
from etl.write import Writer

KEPT = "select (select count(*) from import_reject), (select records from import_file)"


@pytest.mark.parametrize("holds", [0, 1, 2])
def test_a_block_stays_as_it_is_while_the_sink_holds_it(settings: Settings, file: int, holds: int) -> None:
    held: deque[tuple[memoryview, bytes]] = deque(maxlen=holds)
    taken = []

    def sink(rows: memoryview) -> None:
        sleep(0.005)  # the next block is being read meanwhile
        assert [bytes(block) for block, _ in held] == [before for _, before in held]
        held.append((rows, bytes(rows)))
        taken.append(bytes(rows))

    blocks = [bytes([number]) * 1_000 for number in range(20)]
    with psycopg.connect(settings.database_url) as db, Writer(db, file, sink, holds) as writer:
        for block in blocks:
            rows = writer.empty_rows()
            rows.add(block)
            writer.write(rows, [], Tally())
    assert taken == blocks


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
