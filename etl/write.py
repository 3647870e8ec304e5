"""What was read goes to the database while the next block is read: a thread of its own, and some buffers in turn."""

from collections import deque
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

# Takes rows in binary form to where they belong, on the writer's thread. Where it goes on working on them afterwards it
# gives what to wait for: until then they stay as they are.
Sink = Callable[[memoryview], Future[None] | None]
_EVERY = 0.3  # seconds
_HELD = 2  # buffers at most, beside the one that is read into and the one that is given to the sink


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
        # Buffers that were written, the one of longest ago first, and until when they are held.
        self._written: deque[tuple[Rows, Future[None] | None]] = deque()

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
        """A buffer that nobody works on."""
        if not self._written or (len(self._written) < _HELD and _is_held(self._written[0][1])):
            return Rows()
        rows, held = self._written.popleft()
        if held is not None:
            held.result()
        rows.clear()
        return rows

    def write(self, rows: Rows, refused: Sequence[Reject], so_far: Tally) -> None:
        """Write a block as soon as the one before is written; return while it is under way."""
        self._settle()
        self._under_way = self._thread.submit(self._write, rows, refused, so_far)

    def _settle(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def _write(self, rows: Rows, refused: Sequence[Reject], so_far: Tally) -> None:
        self._written.append((rows, self._sink(rows.written()) if rows.used else None))
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


def _is_held(held: Future[None] | None) -> bool:
    return held is not None and not held.done()
