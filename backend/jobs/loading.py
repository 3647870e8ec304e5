"""The import into an empty system: rows finished while they are read, copied once beside the live tables, swapped in.

Until all is copied, it is one transaction of the tables' owner, so that a load that ends early leaves nothing. From
then on everything stands in Postgres, and a worker that takes the run up again goes on there.
"""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.sql import Identifier

from backend.jobs.reading import Db, Files, Stop, object_of, read_all
from backend.jobs.staging import ORDER
from backend.store import beside
from backend.store.database import Row
from etl import rejects
from etl.compiled import ready
from etl.seen import Seen
from etl.sources import Sources

if TYPE_CHECKING:
    from etl.compiled.loading import Loading

_TABLES = {"products": "product", "characteristics": "characteristic", "reviews": "review"}
BUILDERS = 2  # indexes at once

OnStep = Callable[[int, int], None]


class Load:
    """One run's load, on a connection of the tables' owner."""

    def __init__(self, files: Files, owner: Db, run_id: int, *, dry: bool = False) -> None:
        """A `dry` load copies nothing, and knows in the end what it would have."""
        self._files = files
        self._owner = owner
        self._run_id = run_id
        self._dry = dry

    def read_all(self, files: Sequence[Row]) -> None:
        """Read every file and copy what is clean."""
        read_all(self._files, files, self._load)
        self._owner.commit()

    def _load(self, files: Sequence[Row]) -> None:
        self._owner.rollback()
        with tempfile.TemporaryDirectory(prefix="atelier-import-") as folder:
            loading = ready.loading(Path(folder))
            with closing(loading.parts):
                beside.create(self._owner, self._run_id, tables=not self._dry)
                self._read(sorted(files, key=lambda file: (ORDER.index(file["format"]), file["id"])), loading)
                self._conclude(files, loading)

    def _read(self, files: Sequence[Row], loading: "Loading") -> None:
        seen = {fmt: Seen() for fmt in ORDER}
        total, done, begun = sum(file["bytes"] for file in files), 0, False
        for file in files:
            if file["format"] == "reviews" and not begun:
                loading.begin_reviews()
                begun = True
            self._read_one(file, loading, seen[file["format"]], done, total)
            done += file["bytes"]
        if not begun:
            loading.begin_reviews()

    def _read_one(self, file: Row, loading: "Loading", seen: Seen, done: int, total: int) -> None:
        fmt, file_id = file["format"], file["id"]
        if fmt == "photos":
            self._files.read(file, seen, loading.parts.add_photos, done, total)
            return
        if fmt == "characteristic_ratings":
            self._files.read(file, seen, loading.parts.add_ratings, done, total)
            return
        refused: list[tuple[int, int, int]] = []
        with self._copying(_TABLES[fmt]) as copy:
            if fmt == "products":
                tally = self._files.read(file, seen, lambda rows: loading.products(rows, copy), done, total)
            elif fmt == "characteristics":
                tally = self._files.read(
                    file, seen, lambda rows: refused.extend(loading.characteristics(rows, copy)), done, total
                )
            else:
                tally = self._files.read(file, seen, lambda rows: loading.reviews(rows, copy), done, total)
        self._owner.execute(
            "insert into beside.outcome values (%s, %s)",
            (file_id, tally.records - tally.duplicates - tally.rejected - len(refused)),
        )
        with self._owner.cursor() as cursor, cursor.copy(_COPY_NAMES) as copy_refused:
            for offset, line, length in refused:
                copy_refused.write_row((file_id, offset, line, length, fmt, ["duplicate_name"], ["name"]))

    def _copying(self, table: str) -> AbstractContextManager[Callable[[bytes | memoryview], None]]:
        return nullcontext(lambda _rows: None) if self._dry else beside.copying(self._owner, table)

    def _copy_stubs(self, products: Any) -> None:
        with self._owner.cursor() as cursor, cursor.copy("copy beside.product (id) from stdin (freeze)") as copy:
            for start in range(0, len(products), 1 << 16):
                copy.write("".join(f"{number}\n" for number in products[start : start + (1 << 16)].tolist()))

    def _conclude(self, files: Sequence[Row], loading: "Loading") -> None:
        """What is known when all are read: products only spoken of, the numbers, and what belongs to nothing."""
        if not self._dry:
            self._copy_stubs(loading.stubs())
            with beside.copying(self._owner, "product_rollup") as copy_rows:
                loading.rollups(copy_rows)
        taken = loading.taken()
        for file in files:
            if file["format"] in ("photos", "characteristic_ratings"):
                self._owner.execute(
                    "insert into beside.outcome values (%s, %s)", (file["id"], taken.get(file["id"], 0))
                )
        with self._owner.cursor() as cursor, cursor.copy(_COPY_LEFT) as copy_left:
            for fmt, parts in loading.left():
                for part in parts:
                    copy_left.write_row((
                        part.file_id, part.offset, part.line, part.length, fmt, part.id, part.review_id,
                        part.characteristic_id, part.value, part.url, part.reasons, part.columns,
                    ))  # fmt: skip


REFUSED = Identifier("beside", "refused")
_COPY_NAMES = (
    "copy beside.refused (file_id, source_offset, source_line, source_length, format, reasons, columns) from stdin"
)
_COPY_LEFT = (
    "copy beside.refused (file_id, source_offset, source_line, source_length, format, id, review_id, characteristic_id,"
    " value, url, reasons, columns) from stdin"
)


def write_refused(db: Db, sources: Sources, files: Sequence[Row], stop: Stop) -> None:
    """Keep what was left out as rejects, with its bytes."""
    for file in files:
        stop.heed()
        rejects.write_marked(db, sources, REFUSED, file["id"], object_of(file), stop.heed)


def build(connect: Callable[[], AbstractContextManager[Db]], on_step: OnStep, stop: Stop) -> None:
    """Build the keys and indexes, some at once, each on a connection of its own that `connect` gives."""
    with connect() as db:
        missing = beside.indexes(db)
    done = 0

    def one(statement: Any) -> None:
        stop.heed()
        with connect() as db:
            db.execute("set maintenance_work_mem = '256MB'")
            db.execute(statement)

    on_step(0, len(missing))
    with ThreadPoolExecutor(BUILDERS, "import-build") as pool:
        for _ in pool.map(one, missing):
            done += 1
            on_step(done, len(missing))
    with connect() as db:
        beside.make_keys(db)


def drop_left(owner: Db) -> None:
    """Drop what a load has left beside the live tables, if anything."""
    if owner.execute("select to_regnamespace('beside') is not null").fetchone() == (True,):
        beside.drop(owner)
