"""The load of an empty system: every row is finished while it is read and copied once.

Products and characteristics come first, then photos and ratings, which wait on disk in the order of their reviews, then
reviews. What belongs to nothing is known when all are read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backend.domain.imports import REPAIRS
from etl import binary
from etl.compiled import catalogue, finish
from etl.compiled.ids import Ids, grown, place_of_each
from etl.compiled.parts import NO_CHARACTERISTIC, OTHER_PRODUCT, TAKEN, UNTOUCHED, Parts
from etl.encode import Rows

assert len(REPAIRS) < 15

Copy = Callable[[memoryview], None]
_BLOCK = 1 << 23  # bytes of rows that are written at once
# The least that a row of the catalogue takes, to know how many a block may hold.
_LEAST_ROW = 70


class Loading:
    """What a load knows while it reads. Rows come as they would be staged; `copy` takes those of the live tables."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._products, self._characteristics = Ids(), Ids()
        self._delivered = 0
        self._names: Any = np.zeros(0, np.uint8)
        self._products_of: Any = np.zeros(0, np.int32)
        self._sums: Any = np.zeros((0, 2), np.int32)
        self._stars: Any = np.zeros((0, catalogue.STARS), np.int32)
        self._state: Any = np.zeros(finish.STATES, np.int64)
        self._finished = Rows()

    def products(self, rows: memoryview, copy: Copy) -> None:
        """Products as they stand."""
        data = np.frombuffer(rows, np.uint8)
        ids = np.zeros(len(rows) // _LEAST_ROW + 1, np.int32)
        count = catalogue.ids_of(data, len(rows), 8, ids)
        self._products.meet(ids[:count])
        self._delivered = len(self._products)
        copy(rows)

    def characteristics(self, rows: memoryview, copy: Copy) -> list[tuple[int, int, int]]:
        """Characteristics, but for those whose name their product has: offset, line and length of these."""
        rows = in_file_order(rows)
        data, most = np.frombuffer(rows, np.uint8), len(rows) // _LEAST_ROW + 1
        self._names = grown(self._names, self._products.reserve(most))
        self._products_of = grown(self._products_of, self._characteristics.reserve(most))
        refused = np.zeros((most + 1, 3), np.int64)
        left = catalogue.take_characteristics(
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
        )
        if left:
            copy(rows[:left])
        return [tuple(row) for row in refused[1 : 1 + refused[0, 0]].tolist()]

    def begin_reviews(self) -> None:
        """Photos, ratings and characteristics are all read."""
        self.parts.sort()
        self._sums = np.zeros((len(self._characteristics), 2), np.int32)

    def reviews(self, rows: memoryview, copy: Copy) -> None:
        """Reviews, each finished."""
        data, state = np.frombuffer(rows, np.uint8), self._state
        photos, ratings = self.parts.photos, self.parts.ratings
        self._stars = grown(self._stars, self._products.reserve(len(rows) // _LEAST_ROW + 1))
        state[finish.ROW_AT] = 0
        while state[finish.ROW_AT] < len(rows):
            self._finished.clear()
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
            if wanted:
                self._finished.grow(max(wanted, _BLOCK))
        self.parts.forget(int(state[finish.PHOTO]), int(state[finish.RATING]))

    def stubs(self) -> Any:
        """The products that nobody delivered, only spoke of."""
        return self._products.in_order()[self._delivered :]

    def rollups(self, copy: Copy) -> None:
        """Rows of the rollups, each product in its first slot."""
        products, characteristics = self._products.in_order(), self._characteristics.in_order()
        stars = grown(self._stars, len(products))
        places = place_of_each(
            self._products.keys, self._products.places, np.ascontiguousarray(self._products_of[: len(characteristics)])
        )
        order = np.lexsort((characteristics, places))
        firsts = np.zeros(len(products) + 1, np.int64)
        np.cumsum(np.bincount(places, minlength=len(products)), out=firsts[1:])
        at, state, out = 0, np.zeros(1, np.int64), Rows()
        out.grow(_BLOCK)
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
                copy(out.written())

    def taken(self) -> dict[int, int]:
        """How many photos and ratings came into their reviews, by file."""
        return self.parts.count_by_file(TAKEN)

    def left(self) -> Iterator[bytes]:
        """What did not come into its review and why, as rows of `beside.refused` in binary form."""
        ratings = self.parts.ratings
        for found in self.parts.photos_where(lambda states: states != TAKEN):
            yield b"".join(self._photo(row) for row in found.tolist())
        for found in self.parts.ratings_where(lambda states: states != TAKEN):
            known = place_of_each(
                self._characteristics.keys,
                self._characteristics.places,
                np.ascontiguousarray(ratings["characteristic"][found]),
            )
            states = ratings["state"][found]
            for chosen, reason, columns in (
                ((states == UNTOUCHED) & (known >= 0), "orphan", ("review_id",)),
                ((states == UNTOUCHED) & (known < 0), "orphan", ("review_id", "characteristic_id")),
                (states == NO_CHARACTERISTIC, "orphan", ("characteristic_id",)),
                (states == OTHER_PRODUCT, "other_product", ("characteristic_id",)),
            ):
                yield refused_ratings(ratings, found[chosen], reason, columns)

    def _photo(self, row: int) -> bytes:
        told = {name: int(column[row]) for name, column in self.parts.photos.items()}
        url = bytes(self.parts.urls[told["start"] : told["start"] + told["size"]])
        numbers = (binary.int4(told[name]) for name in ("line", "length"))
        return b"".join((
            b"\0\x0c", binary.int4(told["file"]), binary.int8(told["offset"]), *numbers, binary.text("photos"),
            binary.int4(told["id"]), binary.int4(told["review"]), binary.NONE, binary.NONE,
            len(url).to_bytes(4, "big"), url, binary.texts(["orphan"]), binary.texts(["review_id"]),
        ))  # fmt: skip


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


def refused_ratings(ratings: Any, chosen: Any, reason: str, columns: Sequence[str]) -> bytes:
    """Ratings refused for one reason: rows of one length each."""
    why = binary.NONE + binary.texts([reason] * len(columns)) + binary.texts(columns)
    kind = binary.text("characteristic_ratings")
    numbers = {"file": ">i4", "offset": ">i8", "line": ">i4", "length": ">i4"}
    more = {"id": ">i4", "review": ">i4", "characteristic": ">i4", "value": ">i2"}
    behind = [("kind", f"V{len(kind)}"), *_with_lengths(more), ("why", f"V{len(why)}")]
    rows = np.zeros(len(chosen), np.dtype([("columns", ">i2"), *_with_lengths(numbers), *behind]))
    rows["columns"] = 12
    rows["kind"], rows["why"] = np.void(kind), np.void(why)
    for name, size in (numbers | more).items():
        rows[f"_{name}"] = np.dtype(size).itemsize
        rows[name] = ratings[name][chosen]
    return rows.tobytes()


def _with_lengths(columns: Mapping[str, str]) -> list[tuple[str, str]]:
    return [each for name, kind in columns.items() for each in ((f"_{name}", ">i4"), (name, kind))]
