"""What is stored, as a delivery is compared with it: ids in their order, with hashes, a page at a time."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from backend.store import sql

_queries = sql.load("stored")
PAGE = 1 << 16
KINDS = ("products", "characteristics", "reviews")
SHELVES = {"features": "feature", "styles": "style", "skus": "sku", "style_photos": "style_photo", "related": "related"}


def pages(db: Connection[Any], kind: str) -> Iterator[dict[str, bytes]]:
    """Columns of products, characteristics, reviews or shelves by name, each an array in Postgres' binary form."""
    after = 0
    table = SHELVES.get(kind)
    query = SQL(_queries["shelves"]).format(table=Identifier(table)) if table else _queries[kind]
    db.execute("set jit = off")
    with db.cursor(binary=True) as cursor:
        while True:
            cursor.execute(query, {"after": after, "count": PAGE})
            row = cursor.fetchone()
            names = [column.name for column in cursor.description or ()]
            if row is None or row[0] is None:
                return
            told = dict(zip(names, row, strict=True))
            after = told.pop("last")
            yield told
