"""A run's clean rows on their way: unlogged tables in the schema `staging`, one a format, filled by COPY.

Two more have what is refused for what it belongs to, as far as reading finds out (`etl.left`).

They outlive transactions and a worker's death; a crash of the database they outlive once they are `finish`ed. Their
rows carry where they came from; relations that fail are marked on them (`reasons`), and what is left the merge takes.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from queue import SimpleQueue
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from backend.domain.imports import STAGED, staging_table
from etl import binary, layout, left
from etl.formats import Format

_LINEAGE = (
    "file_id int not null, source_offset bigint not null, source_line int not null, source_length int not null,"
    " reasons text[], columns text[]"
)
_INDEXES = {
    "products": ("id",),
    "characteristics": ("id",),
    "reviews": ("id",),
    "photos": ("review_id",),
    "characteristic_ratings": ("review_id",),
    "features": ("product_id",),
    "styles": ("id", "product_id"),
    "skus": ("style_id",),
    "style_photos": ("style_id",),
    "related": ("product_id",),
}
COPIES = 2  # at once: one process of the server takes twice as long to copy reviews as it takes to read them
Db = Connection[Any]
Connect = Callable[[], AbstractContextManager[Db]]
Copy = Callable[[Format, memoryview], None]


def table(fmt: str, run_id: int) -> Identifier:
    """A staging table's name, quoted."""
    return Identifier("staging", staging_table(fmt, run_id))


def create(db: Db, run_id: int) -> None:
    """Empty tables for a run, in place of any it had. Committed by the caller."""
    drop(db, run_id)
    left.create(db, table("refused", run_id))
    left.create_waiting(db, table("waiting", run_id))
    for fmt in STAGED:
        columns = SQL(", ").join((SQL(_LINEAGE), *map(SQL, layout.declared(fmt))))
        db.execute(SQL("create unlogged table {} ({})").format(table(fmt, run_id), columns))


def drop(db: Db, run_id: int) -> None:
    """Leave nothing of a run behind."""
    # Whoever merges holds `ready` first: this waits for them there, and holds nothing that they need.
    for fmt in ("ready", *STAGED, "refused", "waiting", "owners"):
        db.execute(SQL("drop table if exists {}").format(table(fmt, run_id)))


def finish(db: Db, run_id: int) -> None:
    """Indexes and statistics, once all rows are in. From here on they outlive a crash of the database, too."""
    for fmt, columns in _INDEXES.items():
        db.execute(SQL("alter table {} set logged").format(table(fmt, run_id)))
        for column in columns:
            db.execute(
                SQL("create index if not exists {} on {} ({})").format(
                    Identifier(f"{staging_table(fmt, run_id)}_{column}"), table(fmt, run_id), Identifier(column)
                )
            )
        db.execute(SQL("analyze {}").format(table(fmt, run_id)))
    db.execute(SQL("analyze {}").format(table("refused", run_id)))


def copy(db: Db, fmt: Format, run_id: int, rows: bytes | memoryview) -> None:
    """COPY rows in binary form."""
    statement = SQL("copy {} ({}) from stdin (format binary)").format(
        table(fmt.name, run_id), SQL(", ").join(map(Identifier, layout.copied(fmt)))
    )
    with db.cursor() as cursor, cursor.copy(statement) as pipe:
        pipe.write(binary.SIGNATURE)
        pipe.write(rows)
        pipe.write(binary.TRAILER)


@contextmanager
def copying(connect: Connect, run_id: int) -> Iterator[Copy]:
    """COPY blocks of rows while the next are made, each on one of some connections and committed there.

    What went wrong with a block is raised with one of the next, or at the end.
    """
    under_way: deque[Future[None]] = deque()
    free: SimpleQueue[Db] = SimpleQueue()

    def one(fmt: Format, rows: memoryview) -> None:
        db = free.get()
        try:
            copy(db, fmt, run_id, rows)
            db.commit()
        finally:
            free.put(db)

    def write(fmt: Format, rows: memoryview) -> None:
        if len(under_way) == COPIES:
            under_way.popleft().result()
        # Of its own memory, and as a memoryview: psycopg cuts it, and slices of bytes would be copies once more.
        under_way.append(pool.submit(one, fmt, memoryview(bytes(rows))))

    with ExitStack() as connections, ThreadPoolExecutor(COPIES, "import-copy") as pool:
        for _ in range(COPIES):
            free.put(connections.enter_context(connect()))
        yield write
        while under_way:
            under_way.popleft().result()
