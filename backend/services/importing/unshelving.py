"""Taking back what a run has put on the shelves, and the pages of the products that it is about."""

from typing import Any, LiteralString

from psycopg.sql import SQL, Composed, Identifier

from backend.services.importing.shelves import SHELVES, Shelf, listed
from backend.store import pages, sql
from backend.store.database import Writer

queries = sql.load("import_unshelve")
# What refers to others goes first.
KINDS = tuple(shelf.format for shelf in reversed(SHELVES))
_BY_FORMAT = {shelf.format: shelf for shelf in SHELVES}


async def judge(writer: Writer, kind: str, reverse: Identifier, values: dict[str, int]) -> None:
    """Hold the products of a range of rows, and make the table `reversal`, which says what becomes of each row."""
    shelf = _BY_FORMAT[kind]
    asked: dict[str, Any] = {**values, "kind": kind, "table": shelf.table.name}
    await writer.execute(_statement(shelf, "lock", reverse), asked)
    await writer.execute(_statement(shelf, "judge", reverse), asked)


async def reverse(writer: Writer, kind: str, listed: Identifier) -> None:
    """Do what was judged, and make the pages anew."""
    shelf = _BY_FORMAT[kind]
    for name in ("restore", "delete"):
        await writer.execute(_statement(shelf, name, listed))
    changed = await writer.fetch_all(_statement(shelf, "changed", listed))
    await pages.write(writer, [row["product_id"] for row in changed if row["product_id"] is not None])


def _statement(shelf: Shelf, name: str, reverse: Identifier) -> Composed:
    columns = [column.name for column in shelf.table.columns]
    parents = SQL(", ").join(SQL("(before.columns ->> {})::int").format(parent) for parent in shelf.parents)
    needed: LiteralString = "needed_by_others" if shelf.format == "styles" else "needed_by_nothing"
    return SQL(queries[name]).format(
        live=Identifier(shelf.table.name),
        above=Identifier(shelf.of),
        reverse=reverse,
        product=SQL(queries[f"product_of_{shelf.of}"]),
        parents=parents,
        needed=SQL(queries[needed]),
        columns=listed(columns),
        old=listed(columns, "old"),
    )
