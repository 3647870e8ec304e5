"""What is stored, as a delivery is compared with it: ids in their order, with hashes, a page at a time."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from backend.store import sql

_queries = sql.load("stored")
PAGE = 1 << 16
KINDS = ("products", "characteristics", "reviews")


def pages(db: Connection[Any], kind: str) -> Iterator[dict[str, bytes]]:
    """Columns of products, characteristics or reviews by name, each an array in Postgres' binary form."""
    after = 0
    db.execute("set jit = off")
    with db.cursor(binary=True) as cursor:
        while True:
            cursor.execute(_queries[kind], {"after": after, "count": PAGE})
            row = cursor.fetchone()
            names = [column.name for column in cursor.description or ()]
            if row is None or row[0] is None:
                return
            told = dict(zip(names, row, strict=True))
            after = told.pop("last")
            yield told
