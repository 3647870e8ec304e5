"""A run's clean rows on their way: unlogged tables in the schema `staging`, one a format, filled by COPY.

They outlive transactions and a worker's death, not a crash of the database: `intact` tells. Their rows carry where they
came from; relations that fail are marked on them (`reasons`), and what is left is what the merge takes.
"""

import re
from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from backend.domain.imports import STAGED, staging_table
from etl.formats import Format
from etl.rules import Value

_LINEAGE = (
    "file_id int not null, source_offset bigint not null, source_line int not null, source_length int not null,"
    " reasons text[], columns text[], written boolean not null default false"
)
_COLUMNS: dict[str, LiteralString] = {
    "products": "delivered_hash bigint, id int, name text, slogan text, description text, category text,"
    " default_price numeric",
    "characteristics": "delivered_hash bigint, id int, product_id int, name characteristic_name",
    "reviews": "delivered_hash bigint, id int, product_id int, rating smallint, written_at timestamptz, summary text,"
    " body text, recommend boolean, reported boolean, reviewer_name text, reviewer_email text, response text,"
    " helpfulness int",
    "photos": "id int, review_id int, url text",
    "characteristic_ratings": "id int, characteristic_id int, review_id int, value smallint",
}
_INDEXES = {
    "products": ("id",),
    "characteristics": ("id",),
    "reviews": ("id",),
    "photos": ("review_id",),
    "characteristic_ratings": ("review_id",),
}
_COPIED = ("file_id", "source_offset", "source_line", "source_length")
_ESCAPED = re.compile(r"[\\\n\r\t]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
Db = Connection[Any]


def table(fmt: str, run_id: int) -> Identifier:
    """A staging table's name, quoted."""
    return Identifier("staging", staging_table(fmt, run_id))


def create(db: Db, run_id: int) -> None:
    """Empty tables for a run, in place of any it had. Committed by the caller."""
    drop(db, run_id)
    for fmt in STAGED:
        columns = SQL(", ").join((SQL(_LINEAGE), SQL(_COLUMNS[fmt])))
        db.execute(SQL("create unlogged table {} ({})").format(table(fmt, run_id), columns))
    db.execute(SQL("create unlogged table {} as select true as whole").format(table("intact", run_id)))


def drop(db: Db, run_id: int) -> None:
    """Leave nothing of a run behind."""
    for fmt in (*STAGED, "intact"):
        db.execute(SQL("drop table if exists {}").format(table(fmt, run_id)))


def intact(db: Db, run_id: int) -> bool:
    """Whether the run's tables are there with what was written to them: a crash of the database empties them."""
    name = f"staging.{staging_table('intact', run_id)}"
    found = db.execute("select to_regclass(%s) is not null", (name,)).fetchone()
    if not found or not found[0]:
        return False
    return db.execute(SQL("select 1 from {}").format(table("intact", run_id))).fetchone() is not None


def finish(db: Db, run_id: int) -> None:
    """Indexes and statistics, once all rows are in."""
    for fmt, columns in _INDEXES.items():
        for column in columns:
            db.execute(
                SQL("create index if not exists {} on {} ({})").format(
                    Identifier(f"{staging_table(fmt, run_id)}_{column}"), table(fmt, run_id), Identifier(column)
                )
            )
        db.execute(SQL("analyze {}").format(table(fmt, run_id)))


def forget_file(db: Db, run_id: int, fmt: str, file_id: int) -> list[int]:
    """Take back what was staged of a file that is set aside; the ids it had claimed."""
    rows = db.execute(
        SQL("delete from {} where file_id = %s returning id").format(table(fmt, run_id)), (file_id,)
    ).fetchall()
    return [row[0] for row in rows]


class Lines:
    """Rows of one file gathered as lines of COPY's text form, and written a block at a time."""

    def __init__(self, fmt: Format, run_id: int, file_id: int) -> None:
        columns = [_RENAMED.get(column, column) for column in fmt.column_names]
        hashed = ("delivered_hash",) if fmt.hashed else ()
        self._copy: Composed = SQL("copy {} ({}) from stdin").format(
            table(fmt.name, run_id), SQL(", ").join(map(Identifier, (*_COPIED, *hashed, *columns)))
        )
        self._file = str(file_id)
        self._lines: list[str] = []

    def add(self, place: tuple[int, int, int], hashed: int | None, values: Sequence[Value]) -> None:
        """Append a row; `place` is its offset, line and length."""
        head = f"{self._file}\t{place[0]}\t{place[1]}\t{place[2]}"
        if hashed is not None:
            head = f"{head}\t{hashed}"
        self._lines.append(head + "\t" + "\t".join(map(_encoded, values)) + "\n")

    def write(self, db: Db) -> None:
        """COPY what was gathered."""
        if self._lines:
            with db.cursor() as cursor, cursor.copy(self._copy) as copy:
                copy.write("".join(self._lines))
        self._lines = []


_RENAMED = {"date": "written_at"}


def _encoded(value: Value) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES) if _ESCAPED.search(value) else value
    return str(value)
