"""Photos and ratings on their way to their reviews: read into columns on disk, put in the order of reviews."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from etl.compiled.machine import Bytes, Numbers, ReadOnly, compiled
from etl.compiled.ordered import Ordered
from etl.compiled.walk import FILE, HASH, ID, ID_OF_PART, LENGTH, LINE, OFFSET, behind, copy_bytes, int_at, long_at
from etl.compiled.write import put_int, put_number, put_short
from etl.spill import PAGE, Spill

# What became of a part: not asked for yet (its review never came), taken, or left out of its review for a reason.
UNTOUCHED, TAKEN, NO_CHARACTERISTIC, OTHER_PRODUCT, STAGED = range(5)

_BLOCK = 1 << 22
_PLACE = {"file": "i4", "offset": "i8", "line": "i4", "length": "i4"}
_PHOTOS = {"review": "i4", "id": "i4", "start": "i8", "size": "i4", "state": "u1", **_PLACE}
_RATINGS = {"review": "i4", "id": "i4", "characteristic": "i4", "value": "u1", "state": "u1", **_PLACE}
_LINEAGE = [
    ("columns", ">i2"), ("_file", ">i4"), ("file", ">i4"), ("_offset", ">i4"), ("offset", ">i8"), ("_line", ">i4"),
    ("line", ">i4"), ("_length", ">i4"), ("length", ">i4"), ("_id", ">i4"), ("id", ">i4"),
]  # fmt: skip
# A rating's row is of one length.
_RATING = np.dtype([
    *_LINEAGE, ("_characteristic", ">i4"), ("characteristic", ">i4"), ("_review", ">i4"), ("review", ">i4"),
    ("_value", ">i4"), ("value", ">i2"),
])  # fmt: skip
RATING_BYTES = _RATING.itemsize


@compiled(
    "int64(uint8[::1], int64, int32[::1], int32[::1], int64[::1], int32[::1], uint8[::1], int32[::1], int64[::1],"
    " int32[::1], int32[::1], int64)"
)
def split_photos(
    rows: ReadOnly,
    used: int,
    ids: Numbers,
    reviews: Numbers,
    starts: Numbers,
    sizes: Numbers,
    urls: Bytes,
    files: Numbers,
    offsets: Numbers,
    lines: Numbers,
    lengths: Numbers,
    url_base: int,
) -> int:
    """Rows of photos as columns, their addresses one behind the other; how many. `starts` count from `url_base`."""
    at, row, end = 0, 0, 0
    while at < used:
        files[row], offsets[row] = int_at(rows, at + FILE), long_at(rows, at + OFFSET)
        lines[row], lengths[row] = int_at(rows, at + LINE), int_at(rows, at + LENGTH)
        ids[row] = int_at(rows, at + ID_OF_PART)
        reviews[row] = int_at(rows, at + ID_OF_PART + 8)
        at += ID_OF_PART + 12
        size = int_at(rows, at)
        starts[row], sizes[row] = url_base + end, size
        end = copy_bytes(rows, at + 4, at + 4 + size, urls, end)
        at += 4 + size
        row += 1
    return row


@compiled(
    "int64(uint8[::1], int64, int32[::1], int32[::1], int32[::1], uint8[::1], int32[::1], int64[::1], int32[::1],"
    " int32[::1])"
)
def split_ratings(
    rows: ReadOnly,
    used: int,
    ids: Numbers,
    reviews: Numbers,
    characteristics: Numbers,
    values: Bytes,
    files: Numbers,
    offsets: Numbers,
    lines: Numbers,
    lengths: Numbers,
) -> int:
    """Rows of ratings as columns; how many."""
    row = 0
    for at in range(0, used, RATING_BYTES):
        files[row], offsets[row] = int_at(rows, at + FILE), long_at(rows, at + OFFSET)
        lines[row], lengths[row] = int_at(rows, at + LINE), int_at(rows, at + LENGTH)
        ids[row] = int_at(rows, at + ID_OF_PART)
        characteristics[row] = int_at(rows, at + ID_OF_PART + 8)
        reviews[row] = int_at(rows, at + ID_OF_PART + 16)
        values[row] = rows[at + RATING_BYTES - 1]
        row += 1
    return row


@compiled("int64(uint8[::1], int64, int32[::1], int32[::1])")
def characteristics_of(rows: ReadOnly, used: int, ids: Numbers, products: Numbers) -> int:
    """Ids and products of rows of characteristics; how many."""
    at, row = 0, 0
    while at < used:
        ids[row], products[row] = int_at(rows, at + ID), int_at(rows, at + ID + 8)
        at = behind(rows, at + HASH - 4, 5)
        row += 1
    return row


@compiled(
    "int64(int64[::1], int64, int32[::1], int32[::1], int64[::1], int32[::1], uint8[::1], int32[::1], int64[::1],"
    " int32[::1], int32[::1], uint8[::1], int64[::1])"
)
def join_photos(
    chosen: ReadOnly,
    at: int,
    ids: ReadOnly,
    reviews: ReadOnly,
    starts: ReadOnly,
    sizes: ReadOnly,
    urls: ReadOnly,
    files: ReadOnly,
    offsets: ReadOnly,
    lines: ReadOnly,
    lengths: ReadOnly,
    out: Bytes,
    used: Numbers,
) -> int:
    """The reverse of `split_photos` for chosen ones from `at` on, until `out` is full; where it stopped."""
    end = 0
    while at < len(chosen):
        row = chosen[at]
        if len(out) - end < sizes[row] + 128:
            break
        end = put_short(out, end, 7)
        end = put_number(out, end, files[row], 4)
        end = put_number(out, end, offsets[row], 8)
        end = put_number(out, end, lines[row], 4)
        end = put_number(out, end, lengths[row], 4)
        end = put_number(out, end, ids[row], 4)
        end = put_number(out, end, reviews[row], 4)
        end = put_int(out, end, sizes[row])
        end = copy_bytes(urls, starts[row], starts[row] + sizes[row], out, end)
        at += 1
    used[0] = end
    return at


class Parts:
    """The photos and ratings of a run, on disk. When all are added, `sort` puts them in the order of their reviews."""

    def __init__(self) -> None:
        self._photos = Ordered(_PHOTOS, by=("review", "id"))
        self._ratings = Ordered(_RATINGS, by=("review", "id"))
        self._urls = Spill({"byte": "u1"})

    def add_photos(self, rows: memoryview) -> None:
        """Add rows as they would be staged."""
        most = len(rows) // (ID_OF_PART + 16) + 1
        columns = {name: np.zeros(most, kind) for name, kind in _PHOTOS.items()}
        urls = np.zeros(len(rows) + 8, np.uint8)
        count = split_photos(
            np.frombuffer(rows, np.uint8),
            len(rows),
            columns["id"],
            columns["review"],
            columns["start"],
            columns["size"],
            urls,
            columns["file"],
            columns["offset"],
            columns["line"],
            columns["length"],
            self._urls.rows,
        )
        self._photos.add(**{name: column[:count] for name, column in columns.items()})
        self._urls.add(byte=urls[: int(columns["size"][:count].sum())])

    def add_ratings(self, rows: memoryview) -> None:
        """Add rows as they would be staged."""
        columns = {name: np.zeros(len(rows) // RATING_BYTES, kind) for name, kind in _RATINGS.items()}
        split_ratings(
            np.frombuffer(rows, np.uint8),
            len(rows),
            columns["id"],
            columns["review"],
            columns["characteristic"],
            columns["value"],
            columns["file"],
            columns["offset"],
            columns["line"],
            columns["length"],
        )
        self._ratings.add(**columns)

    def sort(self) -> None:
        """No more are added: order them by their reviews and ids, and give the columns to read."""
        self._photos.put_in_order()
        self._ratings.put_in_order()
        self.photos = {name: self._photos.array(name) for name in _PHOTOS}
        self.ratings = {name: self._ratings.array(name) for name in _RATINGS}
        self.urls: Any = self._urls.array("byte")

    def photos_where(self, holds: Callable[[Any], Any]) -> Iterator[Any]:
        """The rows of photos whose states are such, some at a time."""
        for start in self._photos.pages():
            self._urls.forget(int(self.photos["start"][start]))
            yield start + np.flatnonzero(holds(self.photos["state"][start : start + PAGE]))
        self.forget_urls()

    def ratings_where(self, holds: Callable[[Any], Any]) -> Iterator[Any]:
        """The rows of ratings whose states are such, some at a time."""
        for start in self._ratings.pages():
            yield start + np.flatnonzero(holds(self.ratings["state"][start : start + PAGE]))

    def count_by_file(self, state: int) -> dict[int, int]:
        """How many photos and ratings have come to a state, by file."""
        counts: dict[int, int] = {}
        for spill, columns in ((self._photos, self.photos), (self._ratings, self.ratings)):
            for start in spill.pages():
                files = columns["file"][start : start + PAGE]
                chosen = files[columns["state"][start : start + PAGE] == state]
                # A page has rows of hardly more than one file.
                while len(chosen):
                    of_first = chosen == chosen[0]
                    counts[int(chosen[0])] = counts.get(int(chosen[0]), 0) + int(of_first.sum())
                    chosen = chosen[~of_first]
        return counts

    def staged_photos(self) -> Iterator[memoryview]:
        """Photos that are `STAGED`, as rows to stage."""
        out, used = bytearray(_BLOCK), np.zeros(1, np.int64)
        names = ("id", "review", "start", "size")
        places = ("file", "offset", "line", "length")
        for chosen in self.photos_where(lambda states: states == STAGED):
            at = 0
            while at < len(chosen):
                at = join_photos(
                    chosen,
                    at,
                    *(self.photos[name] for name in names),
                    self.urls,
                    *(self.photos[name] for name in places),
                    np.frombuffer(out, np.uint8),
                    used,
                )
                yield memoryview(out)[: int(used[0])]

    def staged_ratings(self) -> Iterator[memoryview]:
        """Ratings that are `STAGED`, as rows to stage."""
        for chosen in self.ratings_where(lambda states: states == STAGED):
            if len(chosen):
                rows = np.zeros(len(chosen), _RATING)
                rows["columns"] = 8
                for name in ("id", "characteristic", "review", "value", "file", "offset", "line", "length"):
                    rows[name] = self.ratings[name][chosen]
                    rows[f"_{name}"] = _RATING[name].itemsize
                yield memoryview(rows.tobytes())

    def forget_urls(self) -> None:
        """The memory that addresses take may go."""
        self._urls.forget(self._urls.rows)

    def forget(self, photo: int, rating: int) -> None:
        """Photos and ratings before these were used."""
        if photo < len(self.photos["start"]):
            self._urls.forget(int(self.photos["start"][photo]))
        self._photos.forget(photo)
        self._ratings.forget(rating)

    def close(self) -> None:
        """Give the disk back."""
        self.photos, self.ratings, self.urls = {}, {}, None
        for spill in (self._photos, self._ratings, self._urls):
            spill.close()
