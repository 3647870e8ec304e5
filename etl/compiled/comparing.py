"""A delivery compared with what is stored while it is read: what is there already is counted, all else is staged."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from backend.domain.imports import SHELVES
from etl.compiled import compare, left
from etl.compiled.arrays import Arrays
from etl.compiled.ids import Ids, remember
from etl.compiled.parts import TAKEN, Parts, characteristics_of
from etl.layout import COLUMNS
from etl.spill import PAGE, Spill

Stage = Callable[[memoryview], None]
_STORED = {
    "products": {"id": "i4", "hash": "i8"},
    "characteristics": {"id": "i4", "hash": "i8"},
    "reviews": {"id": "i4", "hash": "i8", "photos": "i8", "ratings": "i8"},
    **{fmt: {"id": "i4", "hash": "i8"} for fmt in SHELVES},
}
# Columns of a row from its hash on: that, those of the format, its repairs.
_COLUMNS = {fmt: len(COLUMNS[fmt]) + 2 for fmt in _STORED}
_LEAST_ROW = 70
_AT_ONCE = 1 << 20
_ARRAY_HEAD = 20  # bytes before an array's elements
_ELEMENTS = {"i4": np.dtype([("size", ">i4"), ("value", ">i4")]), "i8": np.dtype([("size", ">i4"), ("value", ">i8")])}


class Comparing:
    """What is known while reading. Rows come as they would be staged; `stage` takes those that must be."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._stored = {kind: Spill(columns) for kind, columns in _STORED.items()}
        self._columns: dict[str, dict[str, Any]] = {}
        self._state = {kind: np.zeros(compare.STATES, np.int64) for kind in _STORED}
        self._arrays = Arrays()
        self._characteristics = Ids(self._arrays)
        self._products_of = self._arrays.zeros(0, "i4")

    def store(self, kind: str, page: Mapping[str, bytes]) -> None:
        """Learn of rows that are stored: their ids in ascending order, and their hashes, as arrays in binary form."""
        columns = {name: _values(page[name], kind_of) for name, kind_of in _STORED[kind].items()}
        self._stored[kind].add(**columns)
        if kind == "characteristics":
            self._remember(columns["id"], _values(page["product"], "i4"))

    def left_out(self, kind: str) -> int:
        """How many rows were left out so far."""
        return int(self._state[kind][compare.LEFT_OUT])

    def catalogue(self, kind: str, rows: memoryview, stage: Stage) -> None:
        """Products, characteristics, or what is said of products beside."""
        data = np.frombuffer(rows, np.uint8)
        if kind == "characteristics":
            most = len(rows) // _LEAST_ROW + 1
            ids, products = np.zeros(most, np.int32), np.zeros(most, np.int32)
            count = characteristics_of(data, len(rows), ids, products)
            self._remember(ids[:count], products[:count])
        stored, state = self._stored_columns(kind), self._state[kind]
        kept = compare.leave_out(data, len(rows), _COLUMNS[kind], stored["id"], stored["hash"], state)
        self._stored[kind].forget(int(state[compare.STORED]))
        if kept:
            stage(rows[:kept])

    def begin_reviews(self) -> None:
        """Photos and ratings are all read."""
        self.parts.sort()

    def reviews(self, rows: memoryview, stage: Stage) -> None:
        """Reviews, with the photos and ratings that were delivered for them."""
        stored, state = self._stored_columns("reviews"), self._state["reviews"]
        kept = compare.leave_out_reviews(
            np.frombuffer(rows, np.uint8),
            len(rows),
            _COLUMNS["reviews"],
            stored["id"],
            stored["hash"],
            stored["photos"],
            stored["ratings"],
            state,
            *self._photo_columns(),
            *self._rating_columns(),
            self._characteristics.keys,
            self._characteristics.places,
            self._products_of,
            self._stored["characteristics"].rows,
        )
        self._forget(state)
        if kept:
            stage(rows[:kept])

    def settle(self) -> dict[int, int]:
        """All is read: photos and ratings without a review of this delivery are compared, too.

        Gives how many photos and ratings are stored already, by file.
        """
        stored, state = self._stored_columns("reviews"), np.zeros(compare.STATES, np.int64)
        photos, ratings, known = self._photo_columns(), self._rating_columns(), self._characteristics
        for end in _ends(len(photos[0])):
            compare.settle_photos(stored["id"], stored["photos"], state, end, *photos)
            self._forget(state)
        for end in _ends(len(ratings[0])):
            compare.settle_ratings(
                stored["id"],
                stored["ratings"],
                state,
                end,
                *ratings,
                known.keys,
                known.places,
                self._stored["characteristics"].rows,
            )
            self._forget(state)
        return self.parts.count_by_file(TAKEN)

    def photos(self) -> Iterator[memoryview]:
        """Rows of the photos that must be staged."""
        return self.parts.staged_photos()

    def ratings(self) -> Iterator[memoryview]:
        """Rows of the ratings that must be staged."""
        return self.parts.staged_ratings()

    def refused(self) -> Iterator[bytes]:
        """What belongs to nothing, or not to its review, and why."""
        return left.refused(self.parts, self._characteristics)

    def waiting(self) -> Iterator[bytes]:
        """What of it waits for its review or characteristic."""
        return left.waiting(self.parts, self._characteristics)

    def close(self) -> None:
        """Give the disk back."""
        self._columns.clear()
        self.parts.close()
        for spill in self._stored.values():
            spill.close()

    def _remember(self, ids: Any, products: Any) -> None:
        self._products_of = self._arrays.grown(self._products_of, self._characteristics.reserve(len(ids)))
        known = self._characteristics
        remember(
            known.keys,
            known.places,
            known.count,
            self._products_of,
            np.ascontiguousarray(ids, np.int32),
            np.ascontiguousarray(products, np.int32),
        )
        self._arrays.keep_within()

    def _forget(self, state: Any) -> None:
        """What stands before where it is will hardly be used again."""
        self.parts.forget(int(state[compare.PHOTO]), int(state[compare.RATING]))
        self._stored["reviews"].forget(int(state[compare.STORED]))
        self._arrays.keep_within()

    def _stored_columns(self, kind: str) -> dict[str, Any]:
        if kind not in self._columns:
            self._columns[kind] = {name: self._stored[kind].array(name) for name in _STORED[kind]}
        return self._columns[kind]

    def _photo_columns(self) -> tuple[Any, ...]:
        return (*(self.parts.photos[name] for name in ("review", "id", "start", "size", "state")), self.parts.urls)

    def _rating_columns(self) -> tuple[Any, ...]:
        return tuple(self.parts.ratings[name] for name in ("review", "id", "characteristic", "value", "state"))


def _ends(rows: int) -> Iterator[int]:
    """Where each page of rows ends."""
    yield from (min(start + PAGE, rows) for start in range(0, rows, PAGE))


def _values(array: bytes, kind: str) -> Any:
    return np.frombuffer(array, _ELEMENTS[kind], offset=_ARRAY_HEAD)["value"]
