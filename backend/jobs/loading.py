"""The import into an empty system: rows finished while they are read, copied once beside the live tables, swapped in.

The catalogue is copied and committed first, and gets its indexes and pages while the reviews are copied. What a load
that ends early leaves beside the live tables goes when the next begins. Once all is copied and committed, a worker that
takes the run up again goes on there.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any

from psycopg.sql import Identifier

from backend.domain.imports import STAGED
from backend.jobs import building
from backend.jobs.reading import Db, Deliveries, Files, read_all
from backend.store import beside
from backend.store.database import Row
from etl import left
from etl.compiled import ready
from etl.seen import Seen
from etl.stage import Connect
from etl.tally import Tally

if TYPE_CHECKING:
    from etl.compiled.loading import Loading

_TABLES = {"products": "product", "characteristics": "characteristic", "reviews": "review"}


class Load:
    """One run's load, on a connection of the tables' owner."""

    def __init__(
        self, files: Files, owner: Db, run_id: int, connect: Connect, connect_owner: Connect, *, dry: bool = False
    ) -> None:
        """A `dry` load copies nothing, and knows in the end what it would have.

        `connect` gives one more connection of the application, `connect_owner` one of the tables' owner.
        """
        self._files = files
        self._owner = owner
        self._run_id = run_id
        self._connect = connect
        self._connect_owner = connect_owner
        self._dry = dry

    def read_all(self, files: Sequence[Row]) -> None:
        """Read every file and copy what is clean."""
        read_all(self._files, files, self._load)
        self._owner.commit()

    def _load(self, files: Sequence[Row]) -> None:
        self._owner.rollback()
        loading = ready.loading()
        beside.create(self._owner)
        left.create(self._owner, REFUSED)
        beside.share(self._owner)
        if not self._dry:
            beside.make(self._owner, self._run_id, (*beside.CATALOGUE, beside.PAGES))
        with (
            _closed_aside(loading),
            self._connect() as another,
            ThreadPoolExecutor(1, "import-catalogue") as aside,
        ):
            built = self._read(Deliveries(files, self._files.on_bytes), self._files.apart(another), loading, aside)
            self._owner.commit()
            begun = aside.submit(self._build_first)
            if not self._dry:
                beside.make(self._owner, self._run_id, (beside.ROLLUPS, beside.WAITING))
            self._conclude(files, loading)
            # Rows of products would keep their indexes waiting.
            built.result()
            self._copy_stubs(loading.stubs())
            begun.result()
            beside.note_filled(self._owner, self._run_id)

    def _build_catalogue(self) -> None:
        if self._dry:
            return
        with self._connect_owner() as db:
            for statement in beside.finishing_catalogue(db):
                self._files.stop.heed()
                building.build_one(db, statement)

    def _build_first(self) -> None:
        """The index of reviews that is made soonest: as long as it takes to tell what is left of photos and ratings."""
        if self._dry:
            return
        with self._connect_owner() as db:
            building.build_one(db, beside.indexing(db, (beside.REVIEWS,))[-1])

    def _read(self, told: Deliveries, apart: Files, loading: "Loading", aside: ThreadPoolExecutor) -> "Future[None]":
        """Read and copy everything; the indexes and pages of the catalogue, which are made meanwhile."""
        seen = {fmt: Seen() for fmt in STAGED}
        built: Future[None] | None = None

        def part(files: Files, file: Row) -> None:
            add = loading.parts.add_photos if file["format"] == "photos" else loading.parts.add_ratings
            files.read(file, seen[file["format"]], add, told.far)

        def catalogue(files: Files, file: Row) -> None:
            take = loading.products if file["format"] == "products" else loading.characteristics
            with self._copying(_TABLES[file["format"]]) as copy:
                tally = files.read(file, seen[file["format"]], lambda rows: take(rows, copy), told.far)
            self._note_inserted(file["id"], tally, loading.names_taken[file["id"]])

        def reviews(files: Files, file: Row) -> None:
            begin()
            with self._copying(_TABLES["reviews"]) as copy:
                tally = files.read(file, seen["reviews"], lambda rows: loading.reviews(rows, copy), told.far)
            self._note_inserted(file["id"], tally, 0)

        def begin() -> "Future[None]":
            nonlocal built
            if built is None:
                self._owner.commit()
                built = aside.submit(self._build_catalogue)
                if not self._dry:
                    beside.make(self._owner, self._run_id, (beside.REVIEWS,))
                loading.begin_reviews()
            return built

        told.read(self._files, apart, catalogue, part, reviews)
        return begin()

    def _note_inserted(self, file_id: int, tally: Tally, refused: int) -> None:
        inserted = tally.records - tally.duplicates - tally.rejected - refused
        self._owner.execute("insert into beside.outcome values (%s, %s)", (file_id, inserted))

    def _copying(self, table: str) -> AbstractContextManager[beside.Copy]:
        return nullcontext(lambda _rows: None) if self._dry else beside.copying(self._owner, table)

    def _copy_stubs(self, products: Any) -> None:
        """The products that are only spoken of."""
        if self._dry:
            return
        with self._owner.cursor() as cursor, cursor.copy("copy beside.product (id) from stdin") as copy:
            for start in range(0, len(products), 1 << 16):
                copy.write("".join(f"{number}\n" for number in products[start : start + (1 << 16)].tolist()))

    def _conclude(self, files: Sequence[Row], loading: "Loading") -> None:
        """What is known when all are read: the numbers, and what belongs to nothing."""
        if not self._dry:
            with beside.copying(self._owner, "product_rollup") as copy_rows:
                loading.rollups(copy_rows)
        taken = loading.taken()
        for file in files:
            if file["format"] in ("photos", "characteristic_ratings"):
                self._owner.execute(
                    "insert into beside.outcome values (%s, %s)", (file["id"], taken.get(file["id"], 0))
                )
        left.copy(self._owner, REFUSED, left.REFUSED, loading.refused())
        left.count(self._owner, REFUSED)
        if not self._dry:
            with beside.copying(self._owner, beside.WAITING) as copy_waiting:
                for rows in loading.waiting():
                    copy_waiting(rows)


REFUSED = Identifier("beside", "refused")


@contextmanager
def _closed_aside(loading: "Loading") -> Iterator[None]:
    """Give back what a load took on disk, when the `with` ends, without waiting for the disk: that may take seconds."""
    try:
        yield
    finally:
        Thread(target=loading.close, name="import-close").start()


def drop_left(owner: Db) -> None:
    """Drop what a load has left beside the live tables, if anything."""
    if owner.execute("select to_regnamespace('beside') is not null").fetchone() == (True,):
        beside.drop(owner)
