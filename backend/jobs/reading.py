"""The part of an import that reads: objects pinned, understood, read into staging. It runs in a thread of its own.

Nothing here awaits: the worker's event loop goes on giving signs of life meanwhile. `Stop` ends it at its next block.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import Identifier

from backend.domain.errors import AtelierError, Invalid
from backend.domain.imports import SHELVES, STAGED, FileState
from backend.jobs.originals import object_of
from backend.services.importing import progress
from backend.store.database import Row
from etl import left, marked, rejects, stage
from etl.formats import NotOursError, NotUnderstoodError
from etl.mapping import NO_MAPPING, Mapping
from etl.opening import Opening
from etl.parts import Opener
from etl.read import read_file
from etl.seen import Seen
from etl.sources import BrokenError, Object, ReplacedError, Sources
from etl.stage import Connect
from etl.tally import Tally
from etl.write import Sink

Db = Connection[Any]
OnBytes = Callable[[int, int], None]
ReadFile = Callable[["Files", Row], object]


class StoppedError(Exception):
    """Reading was told to stop."""


class Stop:
    """A flag that another thread raises."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ask(self) -> None:
        self._event.set()

    def heed(self) -> None:
        """Raise `StoppedError` once it was asked."""
        if self._event.is_set():
            raise StoppedError


@dataclass(frozen=True, slots=True)
class Pinned:
    """An object of the delivery as it was found: its ETag holds for the whole run."""

    object: Object
    state: FileState
    error: str | None = None
    format: str | None = None
    understood: dict[str, Any] | None = None

    def row(self) -> dict[str, Any]:
        """The same as a row of `import_file`."""
        return {
            "name": self.object.name,
            "url": self.object.location.url,
            "etag": self.object.etag,
            "bytes": self.object.size,
            "format": self.format,
            "state": self.state.value,
            "error": self.error,
            "understood": self.understood or {},
        }


def pin(sources: Sources, url: str, stop: Stop, mapping: Mapping = NO_MAPPING) -> list[Pinned]:
    """List a delivery and say how each of its objects is understood, before anything is written."""
    pinned = []
    objects = sources.objects(url)
    opener = Opener(sources, objects, mapping)
    for each in objects:
        stop.heed()
        try:
            understood = opener.open(each).understood
        except NotOursError as error:
            pinned.append(Pinned(each, FileState.SKIPPED, str(error)))
        except NotUnderstoodError as error:
            pinned.append(Pinned(each, FileState.FAILED, f"{each.name} is not understood. {error}"))
        except (BrokenError, ReplacedError) as error:
            pinned.append(Pinned(each, FileState.FAILED, error.detail))
        else:
            pinned.append(Pinned(each, FileState.WAITING, None, understood.format.name, understood.told()))
    order = {name: place for place, name in enumerate(STAGED)}
    return sorted(pinned, key=lambda file: order.get(file.format or "", len(order)))


def demand_readable(pinned: Sequence[Pinned], url: str) -> None:
    """Raise `Invalid` where a file of ours cannot be read, or where none is ours; nothing was written yet."""
    if broken := [file.error for file in pinned if file.state is FileState.FAILED and file.error]:
        raise Invalid(f"{' '.join(broken)} Nothing was written.")
    if all(file.state is FileState.SKIPPED for file in pinned):
        names = ", ".join(file.object.name for file in pinned[:5])
        raise Invalid(f"None of the files at {url} is one of the ten of a delivery: {names}. Nothing was written.")


class Files:
    """Reads the files of one run one after the other, keeps their rejects, and tells the database how far it is."""

    def __init__(self, db: Db, opener: Opener, stop: Stop, on_bytes: OnBytes) -> None:
        self.db = db
        self.opener = opener
        self.stop = stop
        self.on_bytes = on_bytes

    def apart(self, db: Db) -> "Files":
        """The same on another connection."""
        return Files(db, self.opener, self.stop, self.on_bytes)

    def read(self, file: Row, seen: Seen, sink: Sink, far: Callable[[Row, int], None]) -> Tally:
        """Give a file's clean rows to `sink`; `far` is told the bytes read of it. Raise `BrokenFile`."""
        self._state(file, FileState.READING)
        each = object_of(file)

        def on_block(tally: Tally) -> None:
            far(file, tally.bytes_read)
            self.stop.heed()

        try:
            opening = self._open(each)
            tally = read_file(self.db, self.opener.sources, each, file["id"], opening, seen, sink, on_block)
        except (ReplacedError, BrokenError) as error:
            raise BrokenFile(file, error) from error
        if not tally.accounts:
            counted = tally.record_bytes + tally.blank_bytes + tally.header_bytes
            raise AtelierError(
                f"{each.name}: {counted} of its {tally.all_bytes} bytes are accounted for. Please report this."
            )
        self._state(file, FileState.READ)
        far(file, file["bytes"])
        return tally

    def set_aside(self, file: Row, error: AtelierError) -> None:
        """Nothing of a file that was replaced or is broken counts, and its error says why."""
        self.db.rollback()
        self.empty(file)
        self._state(file, FileState.FAILED, error.detail)

    def empty(self, file: Row) -> None:
        """Nothing that was read of a file counts."""
        self.db.execute(progress.queries["empty_file"], {"file_id": file["id"]})
        rejects.forget(self.db, file["id"])

    def _open(self, each: Object) -> Opening:
        try:
            return self.opener.open(each)
        except (NotOursError, NotUnderstoodError) as error:
            raise ReplacedError(f"{each.name} is not what it was when it was pinned. Import it again.") from error

    def _state(self, file: Row, state: FileState, error: str | None = None) -> None:
        self.db.execute("update import_file set state = %s, error = %s where id = %s", (state.value, error, file["id"]))
        self.db.commit()


class Deliveries:
    """The files of a run by what is done with them: catalogue, photos and, at the same time, ratings; then reviews;
    and what is said of products beside their facts.
    """

    def __init__(self, rows: Sequence[Row], on_bytes: OnBytes) -> None:
        self.catalogue = self._of(rows, ("products", "characteristics"))
        self.photos = self._of(rows, ("photos",))
        self.ratings = self._of(rows, ("characteristic_ratings",))
        self.reviews = self._of(rows, ("reviews",))
        self.shelves = self._of(rows, SHELVES)
        self._total = sum(file["bytes"] for file in rows)
        self._done: dict[int, int] = {}
        self._on_bytes = on_bytes

    @staticmethod
    def _of(rows: Sequence[Row], formats: Sequence[str]) -> list[Row]:
        return [file for fmt in formats for file in rows if file["format"] == fmt]

    def far(self, file: Row, done: int) -> None:
        """So many bytes of a file are read."""
        self._done[file["id"]] = done
        self._on_bytes(sum(list(self._done.values())), self._total)

    def read(self, files: Files, apart: Files, catalogue: ReadFile, part: ReadFile, reviews: ReadFile) -> None:
        """Read all; `apart` has a connection of its own, for the ratings, which are as many as all the rest.

        `part` is called for photos and ratings, `reviews` when all else is read.
        """
        with ThreadPoolExecutor(1, "import-ratings") as thread:
            ratings = thread.submit(lambda: [part(apart, file) for file in self.ratings])
            try:
                for file in self.catalogue:
                    catalogue(files, file)
                for file in self.photos:
                    part(files, file)
            finally:
                wait([ratings])
            ratings.result()
        for file in self.reviews:
            reviews(files, file)


class BrokenFile(Exception):
    """A file that was replaced or cannot be unpacked: the others go on without it."""

    def __init__(self, file: Row, error: AtelierError) -> None:
        super().__init__(error.detail)
        self.file = file
        self.error = error


def read_all(files: Files, rows: Sequence[Row], attempt: Callable[[Sequence[Row]], None]) -> None:
    """Read files by `attempt`. Where one is broken it is set aside, and the others are read from the beginning."""
    left = list(rows)
    while True:
        try:
            attempt(left)
        except BrokenFile as broken:
            left = [file for file in left if file is not broken.file]
            files.set_aside(broken.file, broken.error)
            for file in left:
                files.empty(file)
        else:
            return


def write_marked(db: Db, connect: Connect, sources: Sources, run_id: int, files: Sequence[Row], stop: Stop) -> None:
    """Keep the staged rows whose relations failed as rejects, with their bytes."""
    # Bytes that are kept here come on a connection of their own: the reader's is busy with the rows.
    with connect() as reader, connect() as keeper:
        for file in files:
            stop.heed()
            table = stage.table(file["format"], run_id)
            # What is tried again has its bytes here; the object may be another one by now.
            bytes_of = marked.Kept(keeper, file["again_of"]) if file["again_of"] else sources
            if kinds := marked.kinds_in(reader, table).get(file["id"]):
                rows = marked.numbered(table, kinds)
                marked.write(db, reader, bytes_of, rows, file["id"], object_of(file), kinds, stop.heed)


def write_refused(
    db: Db, connect: Connect, sources: Sources, table: Identifier, files: Sequence[Row], stop: Stop
) -> None:
    """Keep what reading has left out and counted as rejects, with its bytes."""
    with connect() as reader:
        concerned = left.files(reader, table)
        for file in files:
            stop.heed()
            if file["id"] in concerned:
                marked.write(
                    db, reader, sources, table, file["id"], object_of(file), left.KINDS, stop.heed, counted=True
                )
