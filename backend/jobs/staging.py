"""The import into a filled system, as far as it reads: what may be new or changed is staged for the merge.

With machine code, what is stored already is left out while it is read, and never staged. Without it all is staged, and
the merge finds out; the result is the same.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from backend.domain.imports import STAGED
from backend.jobs.reading import Connect, Deliveries, Files, read_all
from backend.store import stored
from backend.store.database import Row
from etl import stage
from etl.compiled import ready
from etl.formats import FORMATS_BY_NAME
from etl.seen import Seen

if TYPE_CHECKING:
    from etl.compiled.comparing import Comparing


class Staging:
    """One run's reading. `connect` gives further connections, which read what is stored."""

    def __init__(self, files: Files, run_id: int, connect: Connect) -> None:
        self._files = files
        self._db = files.db
        self._run_id = run_id
        self._connect = connect

    def read_all(self, files: Sequence[Row]) -> None:
        """Stage what is new or changed, count what is not."""
        read_all(self._files, files, self._compare if ready.is_ready() else self._stage)
        stage.finish(self._db, self._run_id)
        self._db.commit()

    def _stage(self, files: Sequence[Row]) -> None:
        stage.create(self._db, self._run_id)
        self._db.commit()
        seen = {fmt: Seen() for fmt in STAGED}
        told = Deliveries(files, self._files.on_bytes)
        for file in (*told.catalogue, *told.reviews, *told.photos, *told.ratings):
            self._files.read(file, seen[file["format"]], partial(self._copy, file["format"]), told.far)

    def _copy(self, fmt: str, rows: bytes | memoryview) -> None:
        stage.copy(self._db, FORMATS_BY_NAME[fmt], self._run_id, rows)

    def _compare(self, files: Sequence[Row]) -> None:
        stage.create(self._db, self._run_id)
        self._db.commit()
        comparing = ready.comparing()
        with closing(comparing), self._connect() as another, ThreadPoolExecutor(1, "import-stored") as aside:
            for kind in ("products", "characteristics"):
                self._learn(comparing, kind)
            # The many: while the rest is read.
            reviews = aside.submit(self._learn, comparing, "reviews")
            self._read(Deliveries(files, self._files.on_bytes), self._files.apart(another), comparing, reviews)

    def _learn(self, comparing: "Comparing", kind: str) -> None:
        with self._connect() as db:
            for page in stored.pages(db, kind):
                self._files.stop.heed()
                comparing.store(kind, page)

    def _read(self, told: Deliveries, apart: Files, comparing: "Comparing", stored_reviews: "Future[None]") -> None:
        seen = {fmt: Seen() for fmt in STAGED}
        begun = False

        def catalogue(files: Files, file: Row) -> None:
            fmt, before = file["format"], comparing.left_out(file["format"])
            sink = partial(comparing.catalogue, fmt, stage=partial(self._copy, fmt))
            files.read(file, seen[fmt], sink, told.far)
            self._count(file["id"], comparing.left_out(fmt) - before)

        def part(files: Files, file: Row) -> None:
            add = comparing.parts.add_photos if file["format"] == "photos" else comparing.parts.add_ratings
            files.read(file, seen[file["format"]], add, told.far)

        def reviews(files: Files, file: Row) -> None:
            begin()
            before = comparing.left_out("reviews")
            files.read(
                file, seen["reviews"], partial(comparing.reviews, stage=partial(self._copy, "reviews")), told.far
            )
            self._count(file["id"], comparing.left_out("reviews") - before)

        def begin() -> None:
            nonlocal begun
            if not begun:
                begun = True
                stored_reviews.result()
                comparing.begin_reviews()

        told.read(self._files, apart, catalogue, part, reviews)
        begin()
        for file_id, count in comparing.settle().items():
            self._count(file_id, count)
        for fmt, staged in (("photos", comparing.photos()), ("characteristic_ratings", comparing.ratings())):
            for rows in staged:
                self._files.stop.heed()
                self._copy(fmt, rows)
        self._db.commit()

    def _count(self, file_id: int, unchanged: int) -> None:
        self._db.execute("update import_file set unchanged = unchanged + %s where id = %s", (unchanged, file_id))
