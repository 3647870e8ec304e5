"""The import into a filled system, as far as it reads: what may be new or changed is staged for the merge.

With machine code, what is stored already is left out while it is read, and never staged. Without it all is staged, and
the merge finds out; the result is the same.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from backend.domain.imports import SHELVES, STAGED
from backend.jobs.reading import Deliveries, Files, read_all
from backend.store import stored
from backend.store.database import Row
from etl import left, stage
from etl.compiled import ready
from etl.formats import FORMATS_BY_NAME
from etl.seen import Seen

if TYPE_CHECKING:
    from etl.compiled.comparing import Comparing


class Staging:
    """One run's reading. `connect` gives further connections, which read what is stored."""

    def __init__(self, files: Files, run_id: int, connect: stage.Connect) -> None:
        self._files = files
        self._db = files.db
        self._run_id = run_id
        self._connect = connect

    def read_all(self, files: Sequence[Row]) -> None:
        """Stage what is new or changed, count what is not."""
        # The shelves know nothing of reviews, of which there may be millions to learn.
        compared = ready.is_ready() and any(file["format"] not in SHELVES for file in files)
        read_all(self._files, files, self._compare if compared else self._stage)
        stage.finish(self._db, self._run_id)
        self._db.commit()

    @contextmanager
    def _copying(self) -> Iterator[stage.Copy]:
        stage.create(self._db, self._run_id)
        self._db.commit()
        with stage.copying(self._connect, self._run_id) as copy:
            yield copy

    def _stage(self, files: Sequence[Row]) -> None:
        seen = {fmt: Seen() for fmt in STAGED}
        told = Deliveries(files, self._files.on_bytes)
        with self._copying() as copy:
            for file in (*told.catalogue, *told.reviews, *told.photos, *told.ratings):
                fmt = file["format"]
                self._files.read(file, seen[fmt], partial(copy, FORMATS_BY_NAME[fmt]), told.far)
            self._shelves(told, copy)

    def _compare(self, files: Sequence[Row]) -> None:
        comparing = ready.comparing()
        with (
            closing(comparing),
            self._copying() as copy,
            self._connect() as another,
            ThreadPoolExecutor(1, "import-stored") as aside,
        ):
            # The many: while the rest is read.
            reviews = aside.submit(self._learn, comparing, "reviews")
            told = Deliveries(files, self._files.on_bytes)
            self._read(told, self._files.apart(another), comparing, reviews, copy)
            self._shelves(told, copy)

    def _learn(self, comparing: "Comparing", kind: str) -> None:
        with self._connect() as db:
            for page in stored.pages(db, kind):
                self._files.stop.heed()
                comparing.store(kind, page)

    def _read(
        self,
        told: Deliveries,
        apart: Files,
        comparing: "Comparing",
        stored_reviews: "Future[None]",
        copy: stage.Copy,
    ) -> None:
        seen = {fmt: Seen() for fmt in STAGED}
        copies = {fmt: partial(copy, FORMATS_BY_NAME[fmt]) for fmt in STAGED}
        learnt: set[str] = set()
        begun = False

        def learn(kind: str) -> None:
            if kind not in learnt:
                learnt.add(kind)
                self._learn(comparing, kind)

        def catalogue(files: Files, file: Row) -> None:
            fmt, before = file["format"], comparing.left_out(file["format"])
            learn(fmt)
            sink = partial(comparing.catalogue, fmt, stage=copies[fmt])
            files.read(file, seen[fmt], sink, told.far)
            self._count(file["id"], comparing.left_out(fmt) - before)

        def part(files: Files, file: Row) -> None:
            add = comparing.parts.add_photos if file["format"] == "photos" else comparing.parts.add_ratings
            files.read(file, seen[file["format"]], add, told.far)

        def reviews(files: Files, file: Row) -> None:
            begin()
            before = comparing.left_out("reviews")
            sink = partial(comparing.reviews, stage=copies["reviews"])
            files.read(file, seen["reviews"], sink, told.far)
            self._count(file["id"], comparing.left_out("reviews") - before)

        def begin() -> None:
            nonlocal begun
            if not begun:
                begun = True
                learn("characteristics")
                stored_reviews.result()
                comparing.begin_reviews()

        told.read(self._files, apart, catalogue, part, reviews)
        begin()
        for file_id, count in comparing.settle().items():
            self._count(file_id, count)
        for fmt, staged in (("photos", comparing.photos()), ("characteristic_ratings", comparing.ratings())):
            for rows in staged:
                self._files.stop.heed()
                copies[fmt](rows)
        refused = stage.table("refused", self._run_id)
        left.copy(self._db, refused, left.REFUSED, comparing.refused())
        left.copy(self._db, stage.table("waiting", self._run_id), left.WAITING, comparing.waiting())
        left.count(self._db, refused)
        self._db.commit()

    def _shelves(self, told: Deliveries, copy: stage.Copy) -> None:
        """Features, styles, skus, photos, related products."""
        seen = {fmt: Seen() for fmt in SHELVES}
        with closing(ready.comparing()) if ready.is_ready() else nullcontext() as comparing:
            learnt: set[str] = set()
            for file in told.shelves:
                fmt = file["format"]
                to_stage = partial(copy, FORMATS_BY_NAME[fmt])
                if comparing is None:
                    self._files.read(file, seen[fmt], to_stage, told.far)
                    continue
                if fmt not in learnt:
                    learnt.add(fmt)
                    self._learn(comparing, fmt)
                before = comparing.left_out(fmt)
                self._files.read(file, seen[fmt], partial(comparing.catalogue, fmt, stage=to_stage), told.far)
                self._count(file["id"], comparing.left_out(fmt) - before)

    def _count(self, file_id: int, unchanged: int) -> None:
        self._db.execute("update import_file set unchanged = unchanged + %s where id = %s", (unchanged, file_id))
