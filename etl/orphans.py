"""Photos and ratings whose parents are not there yet, kept so that a later run takes them when it finds these."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from psycopg import Connection


class Orphan(NamedTuple):
    """One of them, as `import_orphan` has it, and where it was delivered: file, offset, length in bytes, line."""

    format: str
    id: int
    review_id: int
    characteristic_id: int | None
    value: int | None
    url: str | None
    file_id: int
    byte_offset: int
    byte_length: int
    line: int


_TYPES = ("text", "int4", "int4", "int4", "int2", "text", "int4", "int8", "int8", "int8")
_COPY = """
    copy orphans_to_keep (format, id, review_id, characteristic_id, value, url, file_id, byte_offset, byte_length, line)
    from stdin (format binary)
"""
_KEEP = """
    insert into import_orphan
    select distinct on (format, id) * from orphans_to_keep order by format, id, file_id desc, byte_offset desc
    on conflict (format, id) do update set review_id = excluded.review_id,
        characteristic_id = excluded.characteristic_id, value = excluded.value, url = excluded.url,
        file_id = excluded.file_id, byte_offset = excluded.byte_offset, byte_length = excluded.byte_length,
        line = excluded.line, resolved_run = null
"""


def keep(db: Connection[Any], orphans: Iterable[Orphan]) -> None:
    """Keep orphans that stand in no staging table. Of several under one id the last counts. Committed by the caller."""
    db.execute("create temp table orphans_to_keep (like import_orphan) on commit drop")
    with db.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for each in orphans:
            copy.write_row(each)
    db.execute(_KEEP)
    db.execute("drop table orphans_to_keep")
