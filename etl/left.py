"""What a run leaves out because of what it belongs to.

Where each stands and why waits in one table to be written as a reject; those that wait for what they belong to stand in
another, as later runs try them again.
"""

from collections.abc import Iterable
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from etl import binary
from etl.rejects import Why

# Why something is left out; millions of rows tell it by its place here. A run may go on with what another version has
# left: more are added behind.
KINDS = (
    Why(("orphan",), ("review_id",)),
    Why(("orphan", "orphan"), ("review_id", "characteristic_id")),
    Why(("orphan",), ("characteristic_id",)),
    Why(("other_product",), ("characteristic_id",)),
    Why(("duplicate_name",), ("name",)),
)
NO_REVIEW, NEITHER, NO_CHARACTERISTIC, OTHER_PRODUCT, NAME_TAKEN = range(len(KINDS))

REFUSED: dict[str, LiteralString] = {
    "file_id": "int not null",
    "source_offset": "bigint not null",
    "source_line": "int not null",
    "source_length": "int not null",
    "id": "int",
    "kind": "smallint not null",
}
# Of the live table; what takes such rows says so itself (`resolved_run`).
WAITING = (
    "format", "id", "review_id", "characteristic_id", "value", "url", "file_id", "byte_offset", "byte_length", "line",
)  # fmt: skip
# What is left out for these waits for what it belongs to.
WAIT = tuple(kind for kind, why in enumerate(KINDS) if "orphan" in why.reasons)
Db = Connection[Any]


def create(db: Db, table: Composable) -> None:
    """An empty table of what is refused. Committed by the caller."""
    columns = SQL(", ").join(SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in REFUSED.items())
    _create(db, table, columns)


def create_waiting(db: Db, table: Composable) -> None:
    """An empty table of what waits. Committed by the caller."""
    _create(db, table, SQL("like import_orphan"))


def _create(db: Db, table: Composable, columns: Composable) -> None:
    # It is read a moment later, once, and dropped: nobody need clean it or look at it before.
    db.execute(SQL("create table {} ({}) with (autovacuum_enabled = off)").format(table, columns))


def copy(db: Db, table: Composable, columns: Iterable[str], blocks: Iterable[bytes]) -> None:
    """COPY rows in binary form."""
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("copy {} ({}) from stdin (format binary)").format(table, names)
    with db.cursor() as cursor, cursor.copy(statement) as pipe:
        pipe.write(binary.SIGNATURE)
        for rows in blocks:
            pipe.write(rows)
        pipe.write(binary.TRAILER)


def files(db: Db, table: Composable) -> set[int]:
    """The files of which something stands in a table."""
    return {file_id for (file_id,) in db.execute(SQL("select distinct file_id from {}").format(table))}


def count(db: Db, table: Composable) -> None:
    """Count what stands in a table as rejected, by file, before it is written as rejects. Committed by the caller."""
    db.execute(
        SQL(
            "update import_file as file set rejected = rejected + left_out.records"
            " from (select file_id, count(*) as records from {} group by file_id) as left_out"
            " where file.id = left_out.file_id"
        ).format(table)
    )
