"""Columns of numbers that grow on disk and are read as arrays: what is too much to keep in memory."""

import mmap
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC
from functools import partial
from itertools import pairwise
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any

import numpy as np

from backend.domain.errors import Misconfigured

AT_ONCE = 1 << 21  # rows that are put in order at once, by each of the
SORTERS = 2  # threads
PAGE = 1 << 18  # rows that are read at once


def reserve(file: IO[bytes], size: int) -> None:
    """Give a file `size` bytes and their disk: who writes to a mapping is not told of a full one, but killed."""
    if hasattr(os, "posix_fallocate"):
        with _explained():
            os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (ENOSPC, EDQUOT):
            raise
        raise Misconfigured(
            f"The disk of {gettempdir()} is full, where an import keeps what is too much for memory."
            " Make room there, or set TMPDIR to a larger one, and start the import again."
        ) from error


class Spill:
    """Named columns of one length. Rows are added in blocks; `array` gives a column as it stands."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        """`columns` are numpy's names of their types."""
        self._types = dict(columns)
        # Files without a name: whatever ends the process gives their disk back.
        self._files = {column: TemporaryFile(prefix="atelier-import-") for column in columns}  # noqa: SIM115
        self._maps: dict[str, mmap.mmap] = {}
        self.rows = 0

    def add(self, **columns: Any) -> None:
        """Append rows: an array for every column, all of one length."""
        for name, values in columns.items():
            with _explained():
                self._files[name].write(np.ascontiguousarray(values, dtype=self._types[name]).data)
        self.rows += len(next(iter(columns.values())))

    def array(self, name: str) -> Any:
        """A column, to read and to write."""
        kind = np.dtype(self._types[name])
        if not self.rows:
            return np.zeros(0, kind)
        file = self._files[name]
        with _explained():
            file.flush()
        self._maps[name] = mmap.mmap(file.fileno(), self.rows * kind.itemsize)
        return np.frombuffer(self._maps[name], kind)

    def forget(self, upto: int) -> None:
        """What stands before a row will hardly be used again: the memory that its pages take may go."""
        for name, mapped in self._maps.items():
            pages = upto * np.dtype(self._types[name]).itemsize // mmap.PAGESIZE * mmap.PAGESIZE
            if pages and hasattr(mapped, "madvise"):
                mapped.madvise(mmap.MADV_DONTNEED, 0, pages)

    def sort(self, by: tuple[str, str]) -> None:
        """Put the rows in the order of two columns, which are numbers that are not negative."""
        if not self.rows:
            return
        ordered = Spill(self._types)
        columns = {name: self.array(name) for name in self._types}
        ranges = self._ranges(columns[by[0]])
        with ThreadPoolExecutor(SORTERS, "import-sort") as pool:
            for at in range(0, len(ranges), SORTERS):
                for part in pool.map(partial(self._in_range, columns, by), ranges[at : at + SORTERS]):
                    ordered.add(**part)
        del columns
        self.close()
        self._files, self._maps = ordered._files, {}

    def _in_range(self, columns: Mapping[str, Any], by: tuple[str, str], keys: tuple[int, int]) -> dict[str, Any]:
        low, high = keys
        pieces: dict[str, list[Any]] = {name: [] for name in columns}
        for start in self._each(AT_ONCE):
            first = columns[by[0]][start : start + AT_ONCE]
            found = start + np.flatnonzero((first >= low) & (first < high))
            for name, column in columns.items():
                pieces[name].append(column[found])
        part = {name: np.concatenate(found) for name, found in pieces.items()}
        order = np.lexsort((part[by[1]], part[by[0]]))
        return {name: column[order] for name, column in part.items()}

    def _ranges(self, keys: Any, shift: int = 12) -> list[tuple[int, int]]:
        """Ranges of keys, each of about as many rows as are put in order at once, or of one bucket."""
        counts = np.zeros(0, np.int64)
        for start in self._each(AT_ONCE):
            found = np.bincount(keys[start : start + AT_ONCE] >> shift, minlength=len(counts))
            found[: len(counts)] += counts
            counts = found
        limits, held = [0], 0
        for bucket, count in enumerate(counts.tolist()):
            if held and held + count > AT_ONCE:
                limits.append(bucket << shift)
                held = 0
            held += count
        limits.append(len(counts) << shift)
        return list(pairwise(limits))

    def pages(self) -> Iterator[int]:
        """The first row of each part of the rows that is read at once; what stands before it is forgotten."""
        return self._each(PAGE)

    def _each(self, many: int) -> Iterator[int]:
        for at in range(0, self.rows, many):
            self.forget(at)
            yield at
        self.forget(self.rows)

    def close(self) -> None:
        """Give the disk back, and the memory, where nobody holds an array of it any more."""
        self._maps.clear()
        for file in self._files.values():
            # What waits in a buffer for a disk that is full is lost with all else.
            with suppress(OSError):
                file.close()
