"""Arrays that grow with the catalogue: in memory while small, beyond that in files whose pages may leave it."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from weakref import WeakSet

import numpy as np

from etl.spill import reserve

SMALL = 1 << 22  # bytes of an array that stays in memory
MOST = 1 << 28  # bytes of mapped pages that the process may hold before those of arrays leave it
_AT_ONCE = 1 << 20  # rows that are gone through before that is looked at


class Arrays:
    """Makes the arrays of one load, and keeps the memory that the large ones take within a limit."""

    def __init__(self) -> None:
        self._mapped: WeakSet[mmap.mmap] = WeakSet()

    def zeros(self, rows: int, kind: str, columns: int = 0) -> Any:
        """An array of numpy's type `kind`, of two dimensions where there are `columns`."""
        shape = (rows, columns) if columns else (rows,)
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        if size <= SMALL:
            return np.zeros(shape, kind)
        # A file without a name, which the mapping alone holds: its disk comes back with the last that has the array.
        with TemporaryFile(prefix="atelier-import-") as file:
            reserve(file, size)
            mapped = mmap.mmap(file.fileno(), size)
        self._mapped.add(mapped)
        return np.frombuffer(mapped, kind).reshape(shape)

    def grown(self, array: Any, rows: int) -> Any:
        """An array with room for so many rows, the new ones zero."""
        if rows <= len(array):
            return array
        larger = self.zeros(max(rows, 2 * len(array)), array.dtype.str, *array.shape[1:])
        for some in self.steps(len(array)):
            larger[some] = array[some]
        return larger

    def steps(self, rows: int) -> Iterator[slice]:
        """So many rows, some at a time, with the memory kept within its limit behind each."""
        for start in range(0, rows, _AT_ONCE):
            yield slice(start, min(start + _AT_ONCE, rows))
            self.keep_within()

    def keep_within(self) -> None:
        """Let the pages of large arrays go where too many are in memory; the next that asks for one gets it back."""
        if self._mapped and _held() > MOST:
            for mapped in list(self._mapped):
                mapped.madvise(mmap.MADV_DONTNEED)


def _held() -> int:
    """The bytes of mapped files that are in the process's memory (proc_pid_statm(5)); 0 where the system tells none."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE
    except OSError:
        return 0
