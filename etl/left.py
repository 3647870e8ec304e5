"""What a run leaves out because of what it belongs to: rows that wait in a table to be written as rejects."""

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

COLUMNS: dict[str, LiteralString] = {
    "file_id": "int not null",
    "source_offset": "bigint not null",
    "source_line": "int not null",
    "source_length": "int not null",
    "format": "text not null",
    "id": "int",
    "review_id": "int",
    "characteristic_id": "int",
    "value": "smallint",
    "url": "text",
    "kind": "smallint not null",
    "waits": "boolean not null",
}
Db = Connection[Any]


def create(db: Db, table: Composable) -> None:
    """An empty table. Committed by the caller."""
    columns = SQL(", ").join(SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in COLUMNS.items())
    # It is read a moment later, once, and dropped: nobody need clean it or look at it before.
    db.execute(SQL("create table {} ({}) with (autovacuum_enabled = off)").format(table, columns))


def copy(db: Db, table: Composable, blocks: Iterable[bytes]) -> None:
    """COPY rows in binary form."""
    names = SQL(", ").join(map(Identifier, COLUMNS))
    statement = SQL("copy {} ({}) from stdin (format binary)").format(table, names)
    with db.cursor() as cursor, cursor.copy(statement) as pipe:
        pipe.write(binary.SIGNATURE)
        for rows in blocks:
            pipe.write(rows)
        pipe.write(binary.TRAILER)


def waits(kind: int) -> bool:
    """Whether what is left out for this waits for what it belongs to."""
    return "orphan" in KINDS[kind].reasons


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
