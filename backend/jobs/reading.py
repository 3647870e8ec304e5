"""The part of an import that reads: objects pinned, understood, read into staging. It runs in a thread of its own.

Nothing here awaits: the worker's event loop goes on giving signs of life meanwhile. `Stop` ends it at its next block.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from backend.domain.errors import AtelierError, Invalid
from backend.domain.imports import STAGED, FileState
from backend.jobs.originals import object_of
from backend.store.database import Row
from etl import rejects, stage
from etl.formats import NotOursError, NotUnderstoodError
from etl.opening import Opening, open_file
from etl.read import read_file
from etl.seen import Seen
from etl.sources import BrokenError, Object, ReplacedError, Sources
from etl.tally import Tally

Db = Connection[Any]
OnBytes = Callable[[int, int], None]


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


def pin(sources: Sources, url: str, stop: Stop) -> list[Pinned]:
    """List a delivery and say how each of its objects is understood, before anything is written."""
    pinned = []
    for each in sources.objects(url):
        stop.heed()
        try:
            understood = open_file(sources, each).understood
        except NotOursError as error:
            pinned.append(Pinned(each, FileState.SKIPPED, str(error)))
        except NotUnderstoodError as error:
            pinned.append(Pinned(each, FileState.FAILED, f"{each.name} is not understood. {error}"))
        except (BrokenError, ReplacedError) as error:
            pinned.append(Pinned(each, FileState.FAILED, error.detail))
        else:
            pinned.append(Pinned(each, FileState.WAITING, None, understood.format.name, understood.told()))
    order = {name: place for place, name in enumerate(STAGED)}
    return sorted(pinned, key=lambda file: (order.get(file.format or "", len(order)), file.object.name))


def demand_readable(pinned: Sequence[Pinned], url: str) -> None:
    """Raise `Invalid` where a file of ours cannot be read, or where none is ours; nothing was written yet."""
    if broken := [file.error for file in pinned if file.state is FileState.FAILED and file.error]:
        raise Invalid(f"{' '.join(broken)} Nothing was written.")
    if all(file.state is FileState.SKIPPED for file in pinned):
        names = ", ".join(file.object.name for file in pinned[:5])
        raise Invalid(f"None of the files at {url} is one of the five of a delivery: {names}. Nothing was written.")


class Reading:
    """Reads the files of one run into staging, one after the other."""

    def __init__(self, db: Db, sources: Sources, run_id: int, stop: Stop, on_bytes: OnBytes) -> None:
        self.db = db
        self.sources = sources
        self.run_id = run_id
        self.stop = stop
        self.on_bytes = on_bytes
        self._seen = {fmt: Seen() for fmt in STAGED}

    def read_all(self, files: Sequence[Row]) -> None:
        """Read every file; one that was replaced or is broken is set aside, the others go on."""
        stage.create(self.db, self.run_id)
        self.db.commit()
        total, done = sum(file["bytes"] for file in files), 0
        for file in files:
            self._state(file, FileState.READING)
            try:
                self._read(file, done, total)
            except (ReplacedError, BrokenError) as error:
                self._set_aside(file, error)
            else:
                self._state(file, FileState.READ)
            done += file["bytes"]
            self.on_bytes(done, total)
        stage.finish(self.db, self.run_id)
        self.db.commit()

    def _read(self, file: Row, done: int, total: int) -> None:
        each = object_of(file)
        opening = self._open(each)

        def on_block(tally: Tally) -> None:
            self.on_bytes(done + tally.bytes_read, total)
            self.stop.heed()

        seen = self._seen[file["format"]]
        tally = read_file(self.db, self.sources, each, file["id"], self.run_id, opening, seen, on_block)
        if not tally.accounts:
            counted = tally.record_bytes + tally.blank_bytes + tally.header_bytes
            raise AtelierError(
                f"{each.name}: {counted} of its {tally.all_bytes} bytes are accounted for. Please report this."
            )

    def _open(self, each: Object) -> Opening:
        try:
            return open_file(self.sources, each)
        except (NotOursError, NotUnderstoodError) as error:
            raise ReplacedError(f"{each.name} is not what it was when it was pinned. Import it again.") from error

    def _set_aside(self, file: Row, error: AtelierError) -> None:
        self.db.rollback()
        seen = self._seen[file["format"]]
        for number in stage.forget_file(self.db, self.run_id, file["format"], file["id"]):
            seen.discard(number)
        rejects.forget(self.db, file["id"])
        self.db.execute(
            "update import_file set records = 0, duplicates = 0, rejected = 0, repaired = 0, repairs = '{}',"
            " headers = 0, blank = 0, record_bytes = 0, blank_bytes = 0, header_bytes = 0 where id = %s",
            (file["id"],),
        )
        self._state(file, FileState.FAILED, error.detail)

    def _state(self, file: Row, state: FileState, error: str | None = None) -> None:
        self.db.execute("update import_file set state = %s, error = %s where id = %s", (state.value, error, file["id"]))
        self.db.commit()

    def write_marked(self, files: Sequence[Row]) -> None:
        """Keep the rows whose relations failed as rejects, with their bytes."""
        for file in files:
            self.stop.heed()
            # What is tried again has its bytes here; the object may be another one by now.
            sources = rejects.Kept(self.db, file["again_of"]) if file["again_of"] else self.sources
            rejects.write_marked(
                self.db, sources, self.run_id, file["format"], file["id"], object_of(file), self.stop.heed
            )
