"""Photos and ratings that did not come into their reviews, and why, as rows of `etl.left`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from etl import binary
from etl.compiled.ids import Ids, place_of_each
from etl.compiled.parts import NO_CHARACTERISTIC, OTHER_PRODUCT, UNTOUCHED, Parts

_LEFT = (UNTOUCHED, NO_CHARACTERISTIC, OTHER_PRODUCT)


def rows(parts: Parts, characteristics: Ids) -> Iterator[bytes]:
    """Those that nobody asked for, and those that were left out for their characteristic; of all that are known."""
    ratings = parts.ratings
    for found in parts.photos_where(lambda states: states == UNTOUCHED):
        yield b"".join(_photo(parts, row) for row in found.tolist())
    for found in parts.ratings_where(lambda states: np.isin(states, _LEFT)):
        known = place_of_each(
            characteristics.keys,
            characteristics.places,
            np.ascontiguousarray(ratings["characteristic"][found]),
        )
        states = ratings["state"][found]
        for chosen, reason, columns in (
            ((states == UNTOUCHED) & (known >= 0), "orphan", ("review_id",)),
            ((states == UNTOUCHED) & (known < 0), "orphan", ("review_id", "characteristic_id")),
            (states == NO_CHARACTERISTIC, "orphan", ("characteristic_id",)),
            (states == OTHER_PRODUCT, "other_product", ("characteristic_id",)),
        ):
            yield _ratings(ratings, found[chosen], reason, columns)


def _photo(parts: Parts, row: int) -> bytes:
    told = {name: int(column[row]) for name, column in parts.photos.items()}
    url = bytes(parts.urls[told["start"] : told["start"] + told["size"]])
    numbers = (binary.int4(told[name]) for name in ("line", "length"))
    return b"".join((
        b"\0\x0c", binary.int4(told["file"]), binary.int8(told["offset"]), *numbers, binary.text("photos"),
        binary.int4(told["id"]), binary.int4(told["review"]), binary.NONE, binary.NONE,
        len(url).to_bytes(4, "big"), url, binary.texts(["orphan"]), binary.texts(["review_id"]),
    ))  # fmt: skip


def _ratings(ratings: Any, chosen: Any, reason: str, columns: Sequence[str]) -> bytes:
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
