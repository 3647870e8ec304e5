"""Records that could not be taken, kept whole: where they stand, every reason, and their original bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from etl.records import KEPT_BYTES
from etl.sources import Object, Sources

_COPY = (
    'copy import_reject (file_id, byte_offset, byte_length, line, reasons, "columns", raw) from stdin (format binary)'
)
_TYPES = ("int4", "int8", "int8", "int8", "text[]", "text[]", "bytea")
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Reject:
    """One record refused. `columns` stand beside `reasons`; a reason about the whole record has an empty one."""

    offset: int
    length: int
    line: int
    reasons: Sequence[str]
    columns: Sequence[str]
    raw: bytes


def write(db: Connection[Any], file_id: int, rejects: Sequence[Reject]) -> None:
    """COPY a block's rejects."""
    if not rejects:
        return
    with db.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for each in rejects:
            copy.write_row(
                (file_id, each.offset, each.length, each.line, each.reasons, each.columns, each.raw[:KEPT_BYTES])
            )


def write_marked(
    db: Connection[Any],
    sources: Sources,
    name: Identifier | Composed,
    file_id: int,
    each: Object,
    on_step: Callable[[], None],
) -> int:
    """Reject the file's rows in a table whose relations failed, with their bytes read again from the object; how many.

    Each step marks what it wrote and commits with the file's count, so that it can go on after a crash. `on_step` may
    raise to stop.
    """
    written = 0
    while True:
        rows = db.execute(
            SQL(
                "select source_offset, source_length, source_line, reasons, columns from {} where file_id = %s"
                " and reasons is not null and not written order by source_offset limit %s"
            ).format(name),
            (file_id, AT_ONCE),
        ).fetchall()
        if not rows:
            db.commit()
            return written
        slices = sources.slices(each, [(row[0], min(row[1], KEPT_BYTES)) for row in rows])
        found = zip(rows, slices, strict=True)
        write(db, file_id, [Reject(row[0], row[1], row[2], row[3], row[4], raw) for row, raw in found])
        db.execute(
            SQL(
                "update {} set written = true where file_id = %s and reasons is not null and not written"
                " and source_offset <= %s"
            ).format(name),
            (file_id, rows[-1][0]),
        )
        db.execute("update import_file set rejected = rejected + %s where id = %s", (len(rows), file_id))
        db.commit()
        written += len(rows)
        on_step()
