"""Blocks on their way to the database: what is refused and what is counted comes in time, and together."""

import psycopg
import pytest

from backend.settings import Settings
from etl import rejects, write
from etl.rejects import Reject, for_one
from etl.tally import Tally
from etl.write import Writer

KEPT = "select (select count(*) from import_reject), (select records from import_file)"


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
                refused = [Reject(number, 1, number, for_one("date", "date", "a"), b"x")]
                writer.write(writer.empty_rows(), refused, Tally(records=number))
                writer._settle()
                seen.append(other.execute(KEPT).fetchone())
        seen.append(other.execute(KEPT).fetchone())
    assert seen == [*[(0, 0)] * 3, *[(4, 4)] * 4, (7, 7)]
