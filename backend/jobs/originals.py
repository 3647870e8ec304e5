"""Original bytes: what is kept of rejected records, and what is read from the object, pinned by its ETag.

That is the rest of rejects beyond 64 KB, and the lines of records that were taken.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from backend.domain.errors import Conflict, TimedOut, Unavailable
from backend.domain.locations import parse, permit
from backend.settings import Settings
from backend.store.database import Row
from etl.mending import MendingTable
from etl.records import LONGEST_RECORD
from etl.sources import BLOCK, BrokenError, Object, ReplacedError, Sources

BESIDE = 2_000  # bytes on either side of a record in which its neighbours are looked for
SHOWN = 4_000  # bytes of a record that are shown
PATIENCE = 3.0  # seconds in which a packed file is gone through up to a record


def sources_of(settings: Settings, *, from_shell: bool = False, heed: Callable[[], None] | None = None) -> Sources:
    """What may be read: from the shell whatever its user may, else the configured buckets and folders alone.

    `heed` may raise, to stop a reader that waits for its bucket.
    """
    return Sources(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        path_style=settings.s3_path_style,
        buckets=None if from_shell else settings.import_buckets,
        roots=None if from_shell else settings.import_roots,
        heed=heed,
    )


def object_of(file: Row) -> Object:
    """The object a file's row pins."""
    return Object(file["name"], parse(file["url"]), file["bytes"], file["etag"])


@dataclass(frozen=True, slots=True)
class Line:
    """A record as it was delivered (its first 4,000 bytes), and the lines before and after it: empty at an end.

    A neighbour that is longer than 2,000 bytes lacks what is further away.
    """

    before: bytes
    record: bytes
    after: bytes


class Originals:
    """Original bytes for whoever may read their sources: from the shell its user, else the configured places alone."""

    def __init__(self, settings: Settings, *, from_shell: bool = False) -> None:
        self._settings = settings
        self._from_shell = from_shell
        self._sources = sources_of(settings, from_shell=from_shell)

    def whole(self, reject: Row) -> Iterator[bytes]:
        """All bytes of a reject (a row of `one_reject`), in pieces; raise `Conflict` where the object is another."""
        raw, length = bytes(reject["raw"]), reject["byte_length"]
        if length <= len(raw):
            yield raw
            return
        each = self._permitted({**reject, "name": reject["file_name"]})
        begin = reject["byte_offset"]
        places = [(begin + at, min(BLOCK, length - at)) for at in range(0, length, BLOCK)]
        try:
            yield from self._sources.slices(each, places)
        except (ReplacedError, BrokenError) as error:
            raise Conflict(
                f"{each.name} is not what it was when it was read: of the {length:,} bytes of this record only the"
                f" first {len(raw):,}, which were kept, are to be had."
            ) from error

    def line(self, file: Row, offset: int, length: int) -> Line:
        """A record of a file (its name, address, ETag, size) as it was delivered, between its neighbours.

        `Conflict` where the file is gone or another one by now, `TimedOut` where it is packed and the way to the record
        too long.
        """
        each, until = self._permitted(file), time.monotonic() + PATIENCE

        def heed(_used: int) -> None:
            if time.monotonic() > until:
                raise TimedOut(f"{each.name} is packed, and the line too far inside to be unpacked while you wait.")

        begin = max(offset - BESIDE, 0)
        places = [(begin, offset - begin), (offset, length), (offset + length, BESIDE)]
        try:
            before, record, after = self._sources.slices(each, places, heed)
        except (ReplacedError, BrokenError) as error:
            raise Conflict(f"{each.name} is gone, or is not what it was when it was read.") from error
        except ImportError as error:
            raise Unavailable("This instance is installed without imports: it cannot read deliveries.") from error
        return Line(b"".join(before.splitlines(True)[-1:]), record[:SHOWN], b"".join(after.splitlines(True)[:1]))

    def table(self, file: Row) -> "Table":
        """How the rejects of a file are written as CSV to mend and load."""
        return Table(self, file)

    def _permitted(self, file: Row) -> Object:
        each = object_of(file)
        if not self._from_shell:
            permit(each.location, self._settings.import_buckets, self._settings.import_roots)
        return each


class Table(MendingTable):
    """The same as the ETL's, with the rest of long records fetched while they can be."""

    def __init__(self, originals: Originals, file: Row) -> None:
        super().__init__(file)
        self._originals = originals
        self._file = file

    def row(self, reject: Any) -> bytes:
        """A line; of a record whose object is gone, what was kept."""
        if len(reject["raw"]) < reject["byte_length"] <= LONGEST_RECORD:
            pinned = {name: self._file[name] for name in ("url", "etag", "bytes")}
            with suppress(Conflict):
                reject = {**reject, "raw": b"".join(self._originals.whole({**reject, **pinned}))}
        return super().row(reject)
