"""Photos and ratings that did not come into their reviews, as rows of `etl.left`: why, and those that wait."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from etl import binary
from etl import left as kinds
from etl.compiled.ids import Ids, place_of_each
from etl.compiled.machine import Bytes, ReadOnly, compiled
from etl.compiled.parts import NO_CHARACTERISTIC, OTHER_PRODUCT, UNTOUCHED, Parts
from etl.compiled.walk import copy_bytes
from etl.compiled.write import put_bytes, put_int, put_number
from etl.spill import PAGE, Spill

_AT_ONCE = 1 << 10  # photos: the addresses of those that nobody asked for may stand anywhere on the disk
# What `catalogue.take_characteristics` tells of each that it takes out.
REFUSED_NAMES = {"file": "i4", "offset": "i8", "line": "i4", "length": "i4", "id": "i4"}
_LEFT = (UNTOUCHED, NO_CHARACTERISTIC, OTHER_PRODUCT)
_ROOM = 160  # bytes for all of a photo but its address
_PLACE = {"file": ">i4", "offset": ">i8", "length": ">i8", "line": ">i8"}


def refused_names(names: Spill) -> Iterator[bytes]:
    """Where each characteristic stands whose name its product has."""
    columns = {name: names.array(name) for name in REFUSED_NAMES}
    for start in names.pages():
        chosen = np.arange(start, min(start + PAGE, names.rows))
        yield _refused(columns, chosen, np.full(len(chosen), kinds.NAME_TAKEN))


def refused(parts: Parts, characteristics: Ids) -> Iterator[bytes]:
    """Where each stands that nobody asked for, or that was left out for its characteristic, and why."""
    for found in _photos(parts):
        yield _refused(parts.photos, found, np.full(len(found), kinds.NO_REVIEW))
    for found, why in _ratings(parts, characteristics):
        yield _refused(parts.ratings, found, why)


def waiting(parts: Parts, characteristics: Ids) -> Iterator[bytes]:
    """Those among them that wait for what they belong to."""
    for found in _photos(parts):
        for at in range(0, len(found), _AT_ONCE):
            yield _waiting_photos(parts, found[at : at + _AT_ONCE])
            parts.forget_urls()
    for found, why in _ratings(parts, characteristics):
        yield _waiting_ratings(parts.ratings, found[np.isin(why, kinds.WAIT)])


def _photos(parts: Parts) -> Iterator[Any]:
    return parts.photos_where(lambda states: states == UNTOUCHED)


def _ratings(parts: Parts, characteristics: Ids) -> Iterator[tuple[Any, Any]]:
    """Ratings, some at a time, and the kind of each."""
    ratings = parts.ratings
    for found in parts.ratings_where(lambda states: np.isin(states, _LEFT)):
        names = np.ascontiguousarray(ratings["characteristic"][found])
        known = place_of_each(characteristics.keys, characteristics.places, names) >= 0
        state = ratings["state"][found]
        why = np.where(known, kinds.NO_REVIEW, kinds.NEITHER)
        why[state == NO_CHARACTERISTIC] = kinds.NO_CHARACTERISTIC
        why[state == OTHER_PRODUCT] = kinds.OTHER_PRODUCT
        yield found, why


def _refused(columns: Mapping[str, Any], chosen: Any, why: Any) -> bytes:
    rows = _rows(
        len(chosen), {"file": ">i4", "offset": ">i8", "line": ">i4", "length": ">i4", "id": ">i4", "why": ">i2"}
    )
    for name in ("file", "offset", "line", "length", "id"):
        rows[name] = columns[name][chosen]
    rows["why"] = why
    return rows.tobytes()


def _waiting_ratings(columns: Mapping[str, Any], chosen: Any) -> bytes:
    belongs = {"id": ">i4", "review": ">i4", "characteristic": ">i4", "value": ">i2"}
    rows = _rows(len(chosen), belongs | _PLACE, text="characteristic_ratings", none_before="file")
    for name in (*belongs, *_PLACE):
        rows[name] = columns[name][chosen]
    return rows.tobytes()


def _rows(count: int, columns: Mapping[str, str], *, text: str = "", none_before: str = "") -> Any:
    """Rows of one length in binary form: how many columns, `text` where it is told, and columns behind their lengths,
    before one of which there may be a null.
    """
    head = (len(columns) + bool(text) + bool(none_before)).to_bytes(2) + (binary.text(text) if text else b"")
    fields: list[tuple[str, str]] = [("_head", f"V{len(head)}")]
    for name, kind in columns.items():
        fields += [("_none", ">i4")] if name == none_before else []
        fields += [(f"_{name}", ">i4"), (name, kind)]
    rows = np.zeros(count, np.dtype(fields))
    rows["_head"] = np.void(head)
    if none_before:
        rows["_none"] = -1
    for name, kind in columns.items():
        rows[f"_{name}"] = np.dtype(kind).itemsize
    return rows


def _waiting_photos(parts: Parts, chosen: Any) -> bytes:
    photos = parts.photos
    head = np.frombuffer(bytearray((10).to_bytes(2) + binary.text("photos")), np.uint8)
    out = np.zeros(int(photos["size"][chosen].sum()) + _ROOM * (len(chosen) + 1), np.uint8)
    used = put_photos(
        chosen,
        head,
        *(photos[name] for name in ("id", "review", "start", "size")),
        parts.urls,
        *(photos[name] for name in ("file", "offset", "length", "line")),
        out,
    )
    return out[:used].tobytes()


@compiled(
    "int64(int64[::1], uint8[::1], int32[::1], int32[::1], int64[::1], int32[::1], uint8[::1], int32[::1],"
    " int64[::1], int32[::1], int32[::1], uint8[::1])"
)
def put_photos(
    chosen: ReadOnly,
    head: ReadOnly,
    ids: ReadOnly,
    reviews: ReadOnly,
    starts: ReadOnly,
    sizes: ReadOnly,
    urls: ReadOnly,
    files: ReadOnly,
    offsets: ReadOnly,
    lengths: ReadOnly,
    lines: ReadOnly,
    out: Bytes,
) -> int:
    """Rows of photos that wait, each from its `head` on; the bytes they take."""
    end = 0
    for row in chosen:
        end = copy_bytes(head, 0, len(head), out, end)
        end = put_number(out, end, ids[row], 4)
        end = put_number(out, end, reviews[row], 4)
        end = put_int(out, put_int(out, end, -1), -1)
        end = put_bytes(urls, starts[row], starts[row] + sizes[row], out, end)
        end = put_number(out, end, files[row], 4)
        end = put_number(out, end, offsets[row], 8)
        end = put_number(out, end, lengths[row], 8)
        end = put_number(out, end, lines[row], 8)
    return end
