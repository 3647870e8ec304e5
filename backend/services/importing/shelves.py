"""What a delivery says of products beside their facts: five formats that are staged, judged and written alike.

They are merged by the products that they belong to, some products a transaction, which makes their pages anew: so each
page is made once, however many rows are about it. Features, styles and related products name their product, skus and
photos their style, which keeps its product for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import LiteralString

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal
from sqlalchemy import Table

from backend.services.importing.staged import Run
from backend.store import pages, sql, tables
from backend.store.database import Row, Writer
from backend.store.tables.base import lineage_columns

queries = sql.load("import_shelves")
_OWN = frozenset(("version", *(column.name for column in lineage_columns())))


@dataclass(frozen=True, slots=True)
class Shelf:
    """One of the formats: its live table, and the columns that name its parents."""

    format: str
    table: Table
    parents: tuple[LiteralString, ...]
    of: LiteralString  # what these are: product or style

    @property
    def columns(self) -> list[str]:
        """Its own columns, in the staged and in the live table, `id` first."""
        return [column.name for column in self.table.columns if column.name not in _OWN]


# Styles before what belongs to them.
SHELVES = (
    Shelf("features", tables.feature, ("product_id",), "product"),
    Shelf("styles", tables.style, ("product_id",), "product"),
    Shelf("related", tables.related, ("product_id", "related_id"), "product"),
    Shelf("skus", tables.sku, ("style_id",), "style"),
    Shelf("style_photos", tables.style_photo, ("style_id",), "style"),
)


async def relate(writer: Writer, run: Run) -> None:
    """Mark rows whose product or style is not there, and note whose styles the others are of."""
    for name in ("mark_features", "mark_styles", "mark_related"):
        await writer.execute(run.statement(queries[name]))
    for name in ("drop_owners", "make_owners", "index_owners", "analyze_owners"):
        await writer.execute(run.statement(queries[name]))
    for shelf in SHELVES:
        if shelf.of == "style":
            await writer.execute(_statement(run, shelf, "mark_of_style"))
        await writer.execute(SQL("analyze {}").format(run.table(shelf.format)))


async def merge(writer: Writer, run: Run, values: dict[str, int], *, dry: bool) -> list[Row]:
    """Merge the rows of a range of products, or only judge them where the run is a `dry` one; their counts by file.

    `values` are the run's id, the product after which the range begins, and its last one.
    """
    if not dry:
        owners = (_statement(run, shelf, f"products_of_{shelf.of}") for shelf in SHELVES)
        await writer.execute(SQL(queries["lock"]).format(owners=SQL(" union ").join(owners)), values)
    for shelf in SHELVES:
        await writer.execute(_statement(run, shelf, "judge"), values)
    if not dry:
        for shelf in SHELVES:
            await writer.execute(_statement(run, shelf, "write"), {**values, "kind": shelf.table.name})
        changed = SQL(" union ").join(_statement(run, shelf, "changed") for shelf in SHELVES)
        await pages.write(writer, [row["owner"] for row in await writer.fetch_all(changed)])
    counted = [await writer.fetch_all(_statement(run, shelf, "count")) for shelf in SHELVES]
    return list(chain.from_iterable(counted))


def copies(run: Run) -> list[Composed]:
    """What copies all that is staged and related into tables beside the live ones, and notes how much that is."""
    return [
        _statement(run, shelf, "copy", beside=Identifier("beside", shelf.table.name), run_id=Literal(run.id))
        for shelf in reversed(SHELVES)
    ]


async def find_waiting(writer: Writer, run: Run, shelf: Shelf) -> None:
    """Make the table `taken`: orphans of a format whose parents are there by now."""
    statement = _statement(run, shelf, "waiting", known=run.statement(queries[_known(shelf)]))
    await writer.execute(statement, {"run_id": run.id, "format": shelf.format})


async def stage_waiting(writer: Writer, run: Run, shelf: Shelf) -> None:
    """Stage what is `taken`."""
    await writer.execute(_statement(run, shelf, "stage"), {"run_id": run.id})


async def keep_waiting(writer: Writer, run: Run) -> None:
    """Keep the run's orphans for later runs."""
    for shelf in SHELVES:
        await writer.execute(_statement(run, shelf, "keep"), {"format": shelf.format})


def _known(shelf: Shelf) -> LiteralString:
    return "known_product" if shelf.of == "product" else "known_style"


def _statement(run: Run, shelf: Shelf, name: str, **more: Composable) -> Composed:
    """A statement about one format."""
    incoming = run.statement(queries[f"of_{shelf.of}"], staged=run.table(shelf.format))
    return run.statement(
        queries[name],
        staged=run.table(shelf.format),
        live=Identifier(shelf.table.name),
        judged=Identifier(f"judged_{shelf.format}"),
        incoming=incoming,
        columns=listed(shelf.columns),
        new=listed(shelf.columns, "excluded"),
        values=listed(shelf.columns, "clean"),
        parents=listed(shelf.parents, "staged"),
        **more,
    )


def listed(names: Sequence[str], *of: str) -> Composed:
    """Columns with commas between them, `of` a table where it is named."""
    return SQL(", ").join(Identifier(*of, name) for name in names)
