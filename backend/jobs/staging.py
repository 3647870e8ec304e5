"""The import into a filled system, as far as it reads: what may be new or changed is staged for the merge.

With machine code, what is stored already is left out while it is read, and never staged. Without it all is staged, and
the merge finds out; the result is the same.
"""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from backend.domain.imports import STAGED
from backend.jobs.reading import Db, Files, read_all
from backend.store import stored
from backend.store.database import Row
from etl import stage
from etl.compiled import ready
from etl.formats import FORMATS_BY_NAME
from etl.seen import Seen
from etl.tally import Tally

if TYPE_CHECKING:
    from etl.compiled.comparing import Comparing

# Reviews come last: they are compared with all that was delivered for them.
ORDER = ("products", "characteristics", "photos", "characteristic_ratings", "reviews")

Connect = Callable[[], AbstractContextManager[Db]]


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
        total, done = sum(file["bytes"] for file in files), 0
        for file in files:
            self._files.read(file, seen[file["format"]], partial(self._copy, file["format"]), done, total)
            done += file["bytes"]

    def _copy(self, fmt: str, rows: bytes | memoryview) -> None:
        stage.copy(self._db, FORMATS_BY_NAME[fmt], self._run_id, rows)

    def _compare(self, files: Sequence[Row]) -> None:
        stage.create(self._db, self._run_id)
        self._db.commit()
        with tempfile.TemporaryDirectory(prefix="atelier-import-") as folder, ThreadPoolExecutor(1) as aside:
            comparing = ready.comparing(Path(folder))
            with closing(comparing):
                for kind in ("products", "characteristics"):
                    self._learn(comparing, kind)
                # The many: while the rest is read.
                reviews = aside.submit(self._learn, comparing, "reviews")
                self._read(
                    sorted(files, key=lambda file: (ORDER.index(file["format"]), file["id"])), comparing, reviews
                )

    def _learn(self, comparing: "Comparing", kind: str) -> None:
        with self._connect() as db:
            for page in stored.pages(db, kind):
                self._files.stop.heed()
                comparing.store(kind, page)

    def _read(self, files: Sequence[Row], comparing: "Comparing", reviews: "Future[None]") -> None:
        seen = {fmt: Seen() for fmt in STAGED}
        total, done, begun = sum(file["bytes"] for file in files), 0, False
        for file in files:
            fmt = file["format"]
            if fmt == "reviews" and not begun:
                reviews.result()
                comparing.begin_reviews()
                begun = True
            before = comparing.left_out(fmt) if fmt in stored.KINDS else 0
            self._read_one(file, comparing, seen[fmt], done, total)
            if fmt in stored.KINDS:
                self._count(file["id"], comparing.left_out(fmt) - before)
            done += file["bytes"]
        if not begun:
            reviews.result()
            comparing.begin_reviews()
        for file_id, count in comparing.settle().items():
            self._count(file_id, count)
        for fmt, staged in (("photos", comparing.photos()), ("characteristic_ratings", comparing.ratings())):
            for rows in staged:
                self._files.stop.heed()
                self._copy(fmt, rows)
        self._db.commit()

    def _read_one(self, file: Row, comparing: "Comparing", seen: Seen, done: int, total: int) -> Tally:
        fmt = file["format"]
        copy = partial(self._copy, fmt)
        if fmt == "photos":
            sink = comparing.parts.add_photos
        elif fmt == "characteristic_ratings":
            sink = comparing.parts.add_ratings
        elif fmt == "reviews":
            sink = partial(comparing.reviews, stage=copy)
        else:
            sink = partial(comparing.catalogue, fmt, stage=copy)
        return self._files.read(file, seen, sink, done, total)

    def _count(self, file_id: int, unchanged: int) -> None:
        self._db.execute("update import_file set unchanged = unchanged + %s where id = %s", (unchanged, file_id))
