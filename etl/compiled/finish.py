"""Reviews finished while they are read: each row gets its state, its photos and its ratings, and is counted.

The rows that come out are those of the live table, in COPY's binary form.
"""

from typing import Any

import numpy as np

from backend.domain.states import ReviewState
from etl.compiled.ids import ABSENT, place_made, place_of
from etl.compiled.machine import Bytes, Numbers, ReadOnly, Table, compiled, step
from etl.compiled.parts import NO_CHARACTERISTIC, OTHER_PRODUCT, TAKEN
from etl.compiled.walk import (
    ID,
    INT4_OID,
    TEXT_OID,
    behind,
    copy_bytes,
    end_of_group,
    first_of,
    int_at,
    put_array_head,
    put_element,
    short_at,
)
from etl.compiled.write import put_int, put_short

# Where it stands, as places in `state`: in the rows that come and go, in the photos and in the ratings.
ROW_AT, USED, PHOTO, RATING, REVIEWS = range(5)
STATES = 5

# Where a review's values have their lengths: reported, product, rating and date behind the id; three from the date on
# stand before recommend, six from that on are the rest.
_REPORTED, _PRODUCT, _RATING, _DATE = ID + 4, ID + 9, ID + 17, ID + 23
_BEFORE_RECOMMEND, _FROM_RECOMMEND = 3, 6
_MORE_COLUMNS, _ROOM = 3, 128


def _label(state: ReviewState) -> Bytes:
    return np.frombuffer(state.value.encode(), np.uint8).copy()


_PUBLISHED, _REPORTED_STATE = _label(ReviewState.PUBLISHED), _label(ReviewState.REPORTED)
RECOMMENDED, NOT_RECOMMENDED = 5, 6  # behind the stars


@step
def _put_label(label: ReadOnly, out: Bytes, at: int) -> int:
    at = put_int(out, at, len(label))
    for place in range(len(label)):
        out[at + place] = label[place]
    return at + len(label)


@step
def _put_photos(
    first: int,
    last: int,
    ids: ReadOnly,
    starts: ReadOnly,
    sizes: ReadOnly,
    states: Bytes,
    urls: ReadOnly,
    out: Bytes,
    at: int,
) -> int:
    """The two arrays of a review's photos."""
    head = at
    at = put_array_head(out, at + 4, last - first, INT4_OID)
    for each in range(first, last):
        at = put_element(out, at, ids[each])
        states[each] = TAKEN
    put_int(out, head, at - head - 4)
    head = at
    at = put_array_head(out, at + 4, last - first, TEXT_OID)
    for each in range(first, last):
        at = put_int(out, at, sizes[each])
        at = copy_bytes(urls, starts[each], starts[each] + sizes[each], out, at)
    put_int(out, head, at - head - 4)
    return at


@compiled(
    "int64(uint8[::1], int64, uint8[::1], int64[::1],"
    " int32[::1], int32[::1], int64[::1], int32[::1], uint8[::1], uint8[::1],"
    " int32[::1], int32[::1], int32[::1], uint8[::1], uint8[::1],"
    " int32[::1], int32[::1], int32[::1], int32[:, ::1],"
    " int32[::1], int32[::1], int64[::1], int32[:, ::1])"
)
def finish_reviews(
    rows: ReadOnly,
    used: int,
    out: Bytes,
    state: Numbers,
    photo_reviews: ReadOnly,
    photo_ids: ReadOnly,
    photo_starts: ReadOnly,
    photo_sizes: ReadOnly,
    photo_states: Bytes,
    urls: ReadOnly,
    rating_reviews: ReadOnly,
    rating_ids: ReadOnly,
    rating_characteristics: ReadOnly,
    rating_values: ReadOnly,
    rating_states: Bytes,
    characteristic_keys: Numbers,
    characteristic_places: Numbers,
    characteristic_products: Numbers,
    sums: Table,
    product_keys: Numbers,
    product_places: Numbers,
    product_count: Numbers,
    stars: Table,
) -> int:
    """Finish rows until all are, or `out` is full: then the bytes of room that the next one wants, else 0.

    Photos and ratings are in the order of review and id. `sums` has for each characteristic how often it was rated and
    the sum; `stars` for each product its stars, recommended, not recommended. Only what the public sees is counted.
    """
    at, end, photo, rating = state[ROW_AT], state[USED], state[PHOTO], state[RATING]
    wanted = 0
    while at < used:
        number = int_at(rows, at + ID)
        product = int_at(rows, at + _PRODUCT + 4)
        reported = rows[at + _REPORTED + 4] != 0
        recommend = behind(rows, at + _DATE, _BEFORE_RECOMMEND)
        stop = behind(rows, recommend, _FROM_RECOMMEND)
        photo = first_of(photo_reviews, number, photo)
        rating = first_of(rating_reviews, number, rating)
        last_photo = end_of_group(photo_reviews, photo, number)
        last_rating = end_of_group(rating_reviews, rating, number)
        bytes_of_urls = 0
        for each in range(photo, last_photo):
            bytes_of_urls += photo_sizes[each]
        room = stop - at + bytes_of_urls + 12 * (last_photo - photo) + 24 * (last_rating - rating) + _ROOM
        if len(out) - end < room:
            wanted = room
            break
        place = put_short(out, end, short_at(rows, at) + _MORE_COLUMNS)
        place = copy_bytes(rows, at + 2, at + _REPORTED, out, place)
        place = _put_label(_REPORTED_STATE if reported else _PUBLISHED, out, place)
        place = copy_bytes(rows, at + _PRODUCT, stop, out, place)
        place = _put_photos(photo, last_photo, photo_ids, photo_starts, photo_sizes, photo_states, urls, out, place)
        # The ratings of this product's characteristics; how many those are stands before them.
        head, place = place, place + 4
        place = put_array_head(out, place, 1, INT4_OID)
        taken = 0
        for each in range(rating, last_rating):
            characteristic = place_of(characteristic_keys, characteristic_places, rating_characteristics[each])
            if characteristic == ABSENT:
                rating_states[each] = NO_CHARACTERISTIC
                continue
            if characteristic_products[characteristic] != product:
                rating_states[each] = OTHER_PRODUCT
                continue
            rating_states[each] = TAKEN
            value: Any = np.int64(rating_values[each])
            place = put_element(out, place, rating_ids[each])
            place = put_element(out, place, rating_characteristics[each])
            place = put_element(out, place, value)
            taken += 1
            if not reported:
                sums[characteristic, 0] += 1
                sums[characteristic, 1] += value
        if taken:
            put_int(out, head, place - head - 4)
            put_array_head(out, head + 4, 3 * taken, INT4_OID)
        else:
            put_int(out, head, 12)
            place = put_array_head(out, head + 4, 0, INT4_OID)
        counted = place_made(product_keys, product_places, product_count, product)
        if not reported:
            stars[counted, short_at(rows, at + _RATING + 4) - 1] += 1
            stars[counted, RECOMMENDED if rows[recommend + 4] else NOT_RECOMMENDED] += 1
        photo, rating, end, at = last_photo, last_rating, place, stop
        state[REVIEWS] += 1
    state[ROW_AT], state[USED], state[PHOTO], state[RATING] = at, end, photo, rating
    return wanted
