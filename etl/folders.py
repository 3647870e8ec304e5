"""Deliveries in a folder of this machine: listed, pinned by inode, time and size, and read."""

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from backend.domain.errors import Invalid
from backend.domain.locations import Location, within
from etl.objects import Entry, Object, replaced

_MISSING = (FileNotFoundError, NotADirectoryError)


class Folders:
    """Reads files below `roots`; None lets it read whatever its user may. A link in a root does not lead out of it."""

    gap = 1 << 16  # bytes that are read sooner than those behind them are found

    def __init__(self, roots: Sequence[Path] | None) -> None:
        self._roots = roots

    def objects(self, location: Location) -> Iterator[Object]:
        """The file, or all files below the folder, in no order."""
        top = Path(location.path)
        try:
            if top.is_file():
                yield _object(top, top.name)
                return
            for path in _files(top):
                if self._readable(path):
                    yield _object(path, path.relative_to(top).as_posix())
        except OSError as error:
            raise _explained(error, top) from error

    def entries(self, location: Location) -> list[Entry]:
        """What stands directly in the folder."""
        top = Path(location.path)
        try:
            found = [_entry(path) for path in top.iterdir() if self._readable(path)] if top.is_dir() else []
        except OSError as error:
            raise _explained(error, top) from error
        return [entry for entry in found if entry]

    def read(self, each: Object, start: int, end: int, block: int) -> Iterator[bytes]:
        """The bytes from `start` to `end` in blocks; raise `ReplacedError` once the file is not the pinned one."""
        path = Path(each.location.path)
        try:
            if not self._readable(path):
                raise Invalid(f"{each.name} leads out of the folders to import from.")
            _demand_pinned(path, each)
            with path.open("rb", buffering=0) as file:
                file.seek(start)
                for at in range(start, end, block):
                    size = min(block, end - at)
                    data = file.read(size)
                    # Asked after reading: what was written over a moment ago has another time by now.
                    _demand_pinned(path, each)
                    if len(data) != size:
                        raise replaced(each)
                    yield data
        except _MISSING as error:
            raise replaced(each) from error
        except OSError as error:
            raise _explained(error, path) from error

    def _readable(self, path: Path) -> bool:
        return self._roots is None or within(path, self._roots)


def _files(top: Path) -> Iterator[Path]:
    """Every regular file below, links followed, each folder once: a link may lead to a folder above itself."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, _MISSING):
            raise error

    seen: set[tuple[int, int]] = set()
    for folder, below, names in os.walk(top, onerror=refuse, followlinks=True):
        found = Path(folder).stat()
        if (found.st_dev, found.st_ino) in seen:
            below.clear()
            continue
        seen.add((found.st_dev, found.st_ino))
        yield from (path for name in names if (path := Path(folder, name)).is_file())


def _object(path: Path, name: str) -> Object:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise Invalid(
            f"The name of {str(path).encode('utf-8', 'replace').decode()} is not UTF-8: rename it."
        ) from error
    found = path.stat()
    return Object(name, Location("file", "", str(path)), found.st_size, _etag(found))


def _entry(path: Path) -> Entry | None:
    if path.is_dir():
        return Entry(f"{path.as_uri()}/", path.name, folder=True)
    if not path.is_file():
        return None
    found = path.stat()
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    return Entry(path.as_uri(), path.name, folder=False, size=found.st_size, modified=modified, etag=_etag(found))


def _etag(found: os.stat_result) -> str:
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"


def _demand_pinned(path: Path, each: Object) -> None:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or _etag(found) != each.etag:
        raise replaced(each)


def _explained(error: OSError, path: Path) -> Invalid:
    if isinstance(error, PermissionError):
        return Invalid(f"{path} may not be read by this user. Check its permissions.")
    return Invalid(f"{path} cannot be read ({error.strerror or 'broken'}). Check the path.")
