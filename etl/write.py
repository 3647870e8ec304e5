"""What was read goes to the database while the next block is read: a thread of its own, and two buffers in turn."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from types import TracebackType
from typing import Any, Self

from psycopg import Connection

from etl import rejects, tally
from etl.encode import Rows
from etl.rejects import Reject
from etl.tally import Tally

# Takes rows in binary form to where they belong. It is called on the writer's thread.
Sink = Callable[[memoryview], None]
_EVERY = 0.3  # seconds


class Writer:
    """Writes one file's blocks in their order. Meanwhile the connection is its alone.

    What is refused and what is counted is committed together, a few times a second. What went wrong with a block is
    raised with the next, or at the end.
    """

    def __init__(self, db: Connection[Any], file_id: int, sink: Sink) -> None:
        self._db = db
        self._file_id = file_id
        self._sink = sink
        self._thread = ThreadPoolExecutor(1, "import-write")
        self._under_way: Future[None] | None = None
        self._refused: list[Reject] = []
        self._so_far: Tally | None = None
        self._saved = monotonic()
        self._rows, self._next = Rows(), Rows()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._settle()
                self._save()
        finally:
            self._thread.shutdown()

    def empty_rows(self) -> Rows:
        """The buffer that is not being written."""
        self._rows, self._next = self._next, self._rows
        self._rows.clear()
        return self._rows

    def write(self, rows: Rows, refused: Sequence[Reject], so_far: Tally) -> None:
        """Write a block as soon as the one before is written; return while it is under way."""
        self._settle()
        self._under_way = self._thread.submit(self._write, rows, refused, so_far)

    def _settle(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def _write(self, rows: Rows, refused: Sequence[Reject], so_far: Tally) -> None:
        if rows.used:
            self._sink(rows.written())
        self._refused += refused
        self._so_far = so_far
        if len(self._refused) > rejects.AT_ONCE or monotonic() > self._saved + _EVERY:
            self._save()

    def _save(self) -> None:
        if self._so_far is not None:
            rejects.write(self._db, self._file_id, self._refused)
            tally.save(self._db, self._file_id, self._so_far)
            self._db.commit()
        self._refused, self._so_far, self._saved = [], None, monotonic()
