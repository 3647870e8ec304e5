"""Tables made beside the live ones, filled out of sight, and put in their place: readers see nothing, then all.

Only for a system in which nothing is yet. They stand in a schema of their own under the names of the live tables, with
the same columns, checks and, once they are full, indexes; what the live tables have is asked of the catalogue, so that
no list of it stands here. It takes the owner of the tables.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, LiteralString, cast

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from backend.store import pages, sql, swapping

Db = Connection[Any]
Copy = Callable[[bytes | memoryview], None]
CATALOGUE, REVIEWS, ROLLUPS = ("product", "characteristic"), "review", "product_rollup"
WAITING, PAGES = "import_orphan", "product_page"
TABLES = (*CATALOGUE, REVIEWS, ROLLUPS, WAITING, PAGES)
DELIVERED = ("product", "characteristic", "review")
SHELVES = ("sku", "style_photo", "related", "feature", "style")  # the largest first
# Where nothing may be, either: it would speak of reviews and products that the load does not know.
EMPTY = (
    *TABLES, *SHELVES, "review_search", "moderation_case", "vote", "report", "product_edited", "catalogue_orphan",
)  # fmt: skip
# What lists of the console and later imports alone ask for is made when the reviews are live already, and storefronts
# have them.
LATER = ("review_written_idx", "review_summary_idx", "import_orphan_review_id_idx", "import_orphan_file_id_idx")
# The columns of a finished row, beside those of the live table that have their defaults.
COLUMNS = {
    "product": (
        "source_file", "source_offset", "source_line", "source_length", "delivered_hash", "id", "name", "slogan",
        "description", "category", "default_price", "source_repairs",
    ),
    "characteristic": (
        "source_file", "source_offset", "source_line", "source_length", "delivered_hash", "id", "product_id", "name",
        "source_repairs",
    ),
    "review": (
        "source_file", "source_offset", "source_line", "source_length", "delivered_hash", "id", "state", "product_id",
        "rating", "written_at", "summary", "body", "recommend", "reviewer_name", "reviewer_email", "response",
        "helpfulness_base", "source_repairs", "photo_ids", "photo_urls", "ratings",
    ),
    "product_rollup": (
        "product_id", "slot", "stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "recommended", "not_recommended",
        "characteristics",
    ),
    "import_orphan": (
        "format", "id", "review_id", "characteristic_id", "value", "url", "file_id", "byte_offset", "byte_length",
        "line",
    ),
}  # fmt: skip

queries, _due = sql.load("beside"), sql.load("words")


def is_possible(db: Db, names: Sequence[str] = EMPTY) -> bool:
    """Whether this connection owns the tables and nothing is in them."""
    owns = db.execute(queries["owns"], {"tables": list(names)}).fetchone()
    return bool(owns and owns[0]) and swapping.are_empty(db, names)


def create(db: Db) -> None:
    """Room for what a run notes down, in place of anything that was left. Committed by the caller."""
    drop(db)
    db.execute("create schema beside")
    db.execute(queries["create_notes"])


def make(db: Db, run_id: int, names: Sequence[str]) -> None:
    """Empty tables for a run. Committed by the caller, with what is copied into them.

    Indexes that hold few rows are there from the beginning: reading all rows for each afterwards would cost more.
    """
    for name in names:
        table = Identifier("beside", name)
        # What vacuum and its statistics would come to is done here, once: until then it would be in the way.
        table_like = SQL("create table {} (like {} including all excluding indexes) with (autovacuum_enabled = off)")
        db.execute(table_like.format(table, Identifier(name)))
        if name in DELIVERED:
            default = SQL("alter table {} alter source_run set default {}").format(table, Literal(run_id))
            db.execute(default)
    for name, comment in db.execute(queries["comments"], {"tables": list(names)}).fetchall():
        db.execute(SQL("comment on table {} is {}").format(Identifier("beside", name), Literal(comment)))
    for statement in _missing_indexes(db, names, sparse=True):
        db.execute(statement)


def note_filled(db: Db, run_id: int) -> None:
    """All is copied: from here on the run goes on with what stands here. Committed by the caller."""
    db.execute(queries["note_run"], {"run_id": run_id})


def share(db: Db) -> None:
    """Let the application read and add to what is here by now."""
    db.execute(queries["share"])


def drop(db: Db) -> None:
    """Leave nothing beside the live tables. Committed by the caller."""
    db.execute("drop schema if exists beside cascade")


def is_filled(db: Db, run_id: int) -> bool:
    """Whether the tables of a run are there with all that was copied."""
    if db.execute("select to_regclass('beside.filled')").fetchone() == (None,):
        return False
    return db.execute(queries["noted_run"]).fetchone() == (run_id,)


@contextmanager
def copying(db: Db, name: str) -> Iterator[Copy]:
    """A COPY in binary form into a table; what is given must be whole rows of `COLUMNS`.

    The server works on what was given while the next is made: it must stay as it is until the next is taken.
    """
    statement = SQL("copy {} ({}) from stdin (format binary, freeze)").format(
        Identifier("beside", name), SQL(", ").join(map(Identifier, COLUMNS[name]))
    )
    with db.cursor() as cursor, cursor.copy(statement) as copy, ThreadPoolExecutor(1, "import-copy") as sender:
        sent = sender.submit(copy.write, b"PGCOPY\n\xff\r\n\0" + bytes(8))

        def write(rows: bytes | memoryview) -> None:
            nonlocal sent
            sent.result()
            sent = sender.submit(copy.write, rows)

        yield write
        sent.result()
        copy.write(b"\xff\xff")


def finishing_catalogue(db: Db) -> list[Composed | SQL]:
    """What makes the indexes and pages of the catalogue, which is there but for products that are only spoken of, and
    tells the planner of its rows.
    """
    return [*indexing(db, CATALOGUE), *map(analyzing, CATALOGUE), _making_pages(db)]


def indexing(db: Db, names: Sequence[str]) -> list[Composed | SQL]:
    """What makes the indexes that the live tables have and these do not have yet; some may be made at once."""
    return _missing_indexes(db, names, sparse=False)


def _missing_indexes(db: Db, names: Sequence[str], *, sparse: bool) -> list[Composed | SQL]:
    asked = {"tables": list(names), "sparse": sparse, "later": list(LATER)}
    rows = db.execute(queries["missing_indexes"], asked).fetchall()
    return [SQL(cast(LiteralString, statement)) for (statement,) in rows]


def finishing(db: Db) -> list[Composed | SQL]:
    """What does the same for all else, when everything is there; some may be done at once."""
    names = (REVIEWS, ROLLUPS, WAITING)
    return [*indexing(db, names), *map(analyzing, names)]


def analyzing(name: str) -> Composed | SQL:
    """What tells the planner of a table's rows."""
    return SQL("analyze {}").format(Identifier("beside", name))


def filling_pages(first: int = 0, last: int = 2**31 - 1) -> Composed | SQL:
    """What makes the pages of products from one to another: as all others are, of the tables that are here first."""
    # A product has a few rows of each kind, or none: to note first where they stand would cost a sixth more.
    near = SQL("set local search_path = beside, public; set local enable_bitmapscan = off")
    return SQL("; ").join((near, pages.fill(first, last)))


def _making_pages(db: Db) -> Composed | SQL:
    return SQL("; ").join((filling_pages(), *indexing(db, (PAGES,)), analyzing(PAGES)))


def make_keys(db: Db, names: Sequence[str] = TABLES) -> None:
    """When all indexes are made: the keys that stand on them."""
    for (statement,) in db.execute(queries["missing_keys"], {"tables": list(names)}).fetchall():
        db.execute(statement)


def count_files(db: Db) -> None:
    """Give each file what the load counted as inserted."""
    db.execute(queries["count_files"])


def go_live(db: Db, run_id: int, words: int) -> None:
    """Put the tables in the place of the live ones; the words of all reviews are due then, so many a transaction, and
    the indexes that are made later.

    Raise `Conflict` where somebody wrote meanwhile: nothing has changed then.
    """

    def conclude() -> None:
        db.execute(queries["open_cases"])
        count_files(db)
        db.cursor().executemany(queries["note_index"], later)
        (reviews,) = db.execute(queries["count_reviews"]).fetchone() or (0,)
        db.execute(_due["all_due"], {"run_id": run_id, "reviews": reviews, "words": words})
        db.execute(queries["reach_live"], {"run_id": run_id})
        drop(db)

    later = db.execute(queries["definitions"], {"names": list(LATER)}).fetchall()
    for name in DELIVERED:
        db.execute(SQL("alter table {} alter source_run drop default").format(Identifier("beside", name)))
    swapping.swap(db, TABLES, empty=EMPTY, conclude=conclude)
