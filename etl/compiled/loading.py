"""The load of an empty system: every row is finished while it is read and copied once.

Products and characteristics come first, then photos and ratings, which wait on disk in the order of their reviews, then
reviews. What belongs to nothing is known when all are read.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from backend.domain.imports import REPAIRS
from etl.compiled import catalogue, finish, left
from etl.compiled.arrays import Arrays
from etl.compiled.ids import Ids
from etl.compiled.parts import TAKEN, Parts
from etl.encode import Rows
from etl.spill import Spill

assert len(REPAIRS) < 15

# Takes rows that stay as they are until it is called again.
Copy = Callable[[bytes | memoryview], None]
_BLOCK = 1 << 23  # bytes of rows that are written at once
_ROOM = 1 << 25  # bytes for the finished rows of a block that was read, with their photos and ratings
# The least that a row of the catalogue takes, to know how many a block may hold.
_LEAST_ROW = 70


class Loading:
    """What a load knows while it reads. Rows come as they would be staged; `copy` takes those of the live tables."""

    def __init__(self) -> None:
        self.parts = Parts()
        self.names_taken: Counter[int] = Counter()  # by file
        self._names_refused = Spill(left.REFUSED_NAMES)
        self._arrays = arrays = Arrays()
        self._products, self._characteristics = Ids(arrays), Ids(arrays)
        self._delivered = 0
        self._names, self._products_of = arrays.zeros(0, "u1"), arrays.zeros(0, "i4")
        self._sums, self._stars = arrays.zeros(0, "i4", 2), arrays.zeros(0, "i4", catalogue.STARS)
        self._state: Any = np.zeros(finish.STATES, np.int64)
        self._finished, self._copied = Rows(_ROOM), Rows(_ROOM)

    def products(self, rows: memoryview, copy: Copy) -> None:
        """Products as they stand."""
        data = np.frombuffer(rows, np.uint8)
        ids = np.zeros(len(rows) // _LEAST_ROW + 1, np.int32)
        count = catalogue.ids_of(data, len(rows), 8, ids)
        self._products.meet(ids[:count])
        self._delivered = len(self._products)
        copy(bytes(rows))
        self._arrays.keep_within()

    def characteristics(self, rows: memoryview, copy: Copy) -> None:
        """Characteristics, but for those whose name their product has."""
        rows = in_file_order(rows)
        data, most = np.frombuffer(rows, np.uint8), len(rows) // _LEAST_ROW + 1
        self._names = self._arrays.grown(self._names, self._products.reserve(most))
        self._products_of = self._arrays.grown(self._products_of, self._characteristics.reserve(most))
        refused = np.zeros((most, len(left.REFUSED_NAMES)), np.int64)
        count = np.zeros(1, np.int64)
        kept = catalogue.take_characteristics(
            data,
            len(rows),
            self._characteristics.keys,
            self._characteristics.places,
            self._characteristics.count,
            self._products_of,
            self._products.keys,
            self._products.places,
            self._products.count,
            self._names,
            refused,
            count,
        )
        if kept:
            copy(bytes(rows[:kept]))
        if count[0]:
            columns = dict(zip(left.REFUSED_NAMES, refused[: count[0]].T, strict=True))
            self._names_refused.add(**columns)
            self.names_taken.update(columns["file"].tolist())
        self._arrays.keep_within()

    def begin_reviews(self) -> None:
        """Photos, ratings and characteristics are all read."""
        self.parts.sort()
        self._sums = self._arrays.zeros(len(self._characteristics), "i4", 2)

    def reviews(self, rows: memoryview, copy: Copy) -> None:
        """Reviews, each finished."""
        data, state = np.frombuffer(rows, np.uint8), self._state
        photos, ratings = self.parts.photos, self.parts.ratings
        self._stars = self._arrays.grown(self._stars, self._products.reserve(len(rows) // _LEAST_ROW + 1))
        state[finish.ROW_AT] = 0
        while state[finish.ROW_AT] < len(rows):
            state[finish.USED] = 0
            wanted = finish.finish_reviews(
                data,
                len(rows),
                np.frombuffer(self._finished.data, np.uint8),
                state,
                photos["review"],
                photos["id"],
                photos["start"],
                photos["size"],
                photos["state"],
                self.parts.urls,
                ratings["review"],
                ratings["id"],
                ratings["characteristic"],
                ratings["value"],
                ratings["state"],
                self._characteristics.keys,
                self._characteristics.places,
                self._products_of,
                self._sums,
                self._products.keys,
                self._products.places,
                self._products.count,
                self._stars,
            )
            self._finished.used = int(state[finish.USED])
            if self._finished.used:
                copy(self._finished.written())
                self._finished, self._copied = self._copied, self._finished
                self._finished.clear()
            if wanted > len(self._finished.data):
                self._finished.grow(wanted)
        self.parts.forget(int(state[finish.PHOTO]), int(state[finish.RATING]))
        self._arrays.keep_within()

    def stubs(self) -> Any:
        """The products that nobody delivered, only spoke of."""
        return self._products.in_order()[self._delivered :]

    def rollups(self, copy: Copy) -> None:
        """Rows of the rollups, each product in its first slot."""
        arrays = self._arrays
        products, characteristics = self._products.in_order(), self._characteristics.in_order()
        stars = arrays.grown(self._stars, len(products))
        firsts, order = self._by_product(len(products), characteristics)
        at, state, out = 0, np.zeros(1, np.int64), Rows(_BLOCK)
        while at < len(products):
            state[0] = 0
            at = catalogue.rollup_rows(
                products,
                stars,
                firsts,
                order,
                characteristics,
                self._sums,
                at,
                np.frombuffer(out.data, np.uint8),
                state,
            )
            out.used = int(state[0])
            if out.used:
                copy(bytes(out.written()))
            arrays.keep_within()

    def _by_product(self, products: int, characteristics: Any) -> tuple[Any, Any]:
        """The places of characteristics by product and id, and where those of each product begin."""
        known, arrays = self._products, self._arrays
        # Two more than there are products: the counts of all before a product stand behind those that it comes to have.
        firsts, order = arrays.zeros(products + 2, "i4"), arrays.zeros(len(characteristics), "i4")
        for some in arrays.steps(len(characteristics)):
            catalogue.count_by_product(self._products_of[some], known.keys, known.places, firsts[2:])
        np.cumsum(firsts, dtype=firsts.dtype, out=firsts)
        for some in arrays.steps(len(characteristics)):
            catalogue.put_by_product(self._products_of[some], known.keys, known.places, firsts[1:], order, some.start)
        for some in arrays.steps(products):
            catalogue.sort_each(firsts[some.start : some.stop + 1], order, characteristics)
        return firsts, order

    def taken(self) -> dict[int, int]:
        """How many photos and ratings came into their reviews, by file."""
        return self.parts.count_by_file(TAKEN)

    def refused(self) -> Iterator[bytes]:
        """What did not come into its review or product, and why."""
        yield from left.refused_names(self._names_refused)
        yield from left.refused(self.parts, self._characteristics)

    def waiting(self) -> Iterator[bytes]:
        """What of it waits for its review or characteristic."""
        return left.waiting(self.parts, self._characteristics)

    def close(self) -> None:
        """Give the disk back."""
        self.parts.close()
        self._names_refused.close()


def in_file_order(rows: memoryview) -> memoryview:
    """Characteristics as their file has them: those that were left to the rules come behind the others of their block.

    Of those with one name it is the first that stays.
    """
    data, most = np.frombuffer(rows, np.uint8), len(rows) // _LEAST_ROW + 1
    offsets, starts = np.zeros(most, np.int64), np.zeros(most + 1, np.int64)
    count = catalogue.places_of(data, len(rows), 5, offsets, starts)
    offsets = offsets[:count]
    if np.all(offsets[1:] > offsets[:-1]):
        return rows
    ordered = bytearray(len(rows))
    catalogue.put_in_order(data, starts, np.argsort(offsets), np.frombuffer(ordered, np.uint8))
    return memoryview(ordered)
