"""Photos and ratings that did not come into their reviews, and why, as rows of `etl.left`."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from etl import binary
from etl import left as kinds
from etl.compiled.ids import Ids, place_of_each
from etl.compiled.parts import NO_CHARACTERISTIC, OTHER_PRODUCT, UNTOUCHED, Parts

_AT_ONCE = 1 << 10  # photos: the addresses of those that nobody asked for may stand anywhere on the disk
_LEFT = (UNTOUCHED, NO_CHARACTERISTIC, OTHER_PRODUCT)
# How many columns; file, offset, line and length, each behind its length. And of a photo its id, its review, two of a
# rating's columns, which it lacks, and how long its address is.
_PLACE, _BELONGS = struct.Struct(">hiiiqiiii"), struct.Struct(">iiiiiii")


def rows(parts: Parts, characteristics: Ids) -> Iterator[bytes]:
    """Those that nobody asked for, and those that were left out for their characteristic; of all that are known."""
    ratings = parts.ratings
    for found in parts.photos_where(lambda states: states == UNTOUCHED):
        for at in range(0, len(found), _AT_ONCE):
            yield b"".join(_photos(parts, found[at : at + _AT_ONCE]))
            parts.forget_urls()
    for found in parts.ratings_where(lambda states: np.isin(states, _LEFT)):
        known = place_of_each(
            characteristics.keys,
            characteristics.places,
            np.ascontiguousarray(ratings["characteristic"][found]),
        )
        states = ratings["state"][found]
        for chosen, kind in (
            ((states == UNTOUCHED) & (known >= 0), kinds.NO_REVIEW),
            ((states == UNTOUCHED) & (known < 0), kinds.NEITHER),
            (states == NO_CHARACTERISTIC, kinds.NO_CHARACTERISTIC),
            (states == OTHER_PRODUCT, kinds.OTHER_PRODUCT),
        ):
            yield _ratings(ratings, found[chosen], kind)


def _photos(parts: Parts, chosen: Any) -> Iterator[bytes]:
    kind, why = binary.text("photos"), _why(kinds.NO_REVIEW)
    columns = (parts.photos[name][chosen].tolist() for name in ("file", "offset", "line", "length", "id", "review"))
    places = (parts.photos[name][chosen].tolist() for name in ("start", "size"))
    for *numbers, start, size in zip(*columns, *places, strict=True):
        file, offset, line, length, number, review = numbers
        place = _PLACE.pack(12, 4, file, 8, offset, 4, line, 4, length)
        belongs = _BELONGS.pack(4, number, 4, review, -1, -1, size)
        yield b"".join((place, kind, belongs, parts.urls[start : start + size].tobytes(), why))


def _why(kind: int) -> bytes:
    return binary.int2(kind) + binary.boolean(kinds.waits(kind))


def _ratings(ratings: Any, chosen: Any, left_for: int) -> bytes:
    """Ratings refused for one reason: rows of one length each."""
    why = binary.NONE + _why(left_for)
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
