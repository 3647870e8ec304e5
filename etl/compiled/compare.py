"""Rows that are stored already as they are delivered are left out while they are read.

What is compared is a row's hash and, of a review, also its photos and ratings as they stand in its arrays. All else
goes on to be staged.
"""

from etl.compiled.ids import ABSENT, place_of
from etl.compiled.machine import Bytes, Numbers, ReadOnly, compiled, step
from etl.compiled.parts import NO_CHARACTERISTIC, OTHER_PRODUCT, STAGED, TAKEN, UNTOUCHED
from etl.compiled.postgres_hash import NO_ELEMENTS, of_int, of_text, with_element
from etl.compiled.walk import HASH, ID, behind, copy_bytes, end_of_group, first_of, int_at, long_at

# Where it stands, as places in `state`: in what is stored, in the photos, in the ratings; and how many were left out.
STORED, PHOTO, RATING, LEFT_OUT = range(4)
STATES = 4
_PRODUCT = ID + 9  # the length of a review's product


@step
def _kept(rows: Bytes, at: int, end: int, out: int) -> int:
    """Move a row to where the next one that is kept belongs."""
    if out == at:
        return end
    if end - at + 8 <= at - out:
        return copy_bytes(rows, at, end, rows, out)
    for byte in range(end - at):
        rows[out + byte] = rows[at + byte]
    return out + end - at


@compiled("int64(uint8[::1], int64, int64, int32[::1], int64[::1], int64[::1])")
def leave_out(rows: Bytes, used: int, columns: int, stored: ReadOnly, hashes: ReadOnly, state: Numbers) -> int:
    """Take out rows whose id and hash are stored; the bytes that are left. `columns` counts from the hash on."""
    at, out, near = 0, 0, state[STORED]
    while at < used:
        end = behind(rows, at + HASH - 4, columns)
        number = int_at(rows, at + ID)
        near = first_of(stored, number, near)
        if near < len(stored) and stored[near] == number and hashes[near] == long_at(rows, at + HASH):
            state[LEFT_OUT] += 1
        else:
            out = _kept(rows, at, end, out)
        at = end
    state[STORED] = near
    return out


@step
def _photos_hash(first: int, last: int, ids: ReadOnly, starts: ReadOnly, sizes: ReadOnly, urls: ReadOnly) -> int:
    numbers, texts = NO_ELEMENTS, NO_ELEMENTS
    for each in range(first, last):
        numbers = with_element(numbers, of_int(ids[each]))
        texts = with_element(texts, of_text(urls, starts[each], sizes[each]))
    return numbers ^ texts


@step
def _with_rating(ratings: int, number: int, characteristic: int, value: int) -> int:
    ratings = with_element(ratings, of_int(number))
    ratings = with_element(ratings, of_int(characteristic))
    return with_element(ratings, of_int(value))


@compiled(
    "int64(uint8[::1], int64, int64, int32[::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " int32[::1], int32[::1], int64[::1], int32[::1], uint8[::1], uint8[::1],"
    " int32[::1], int32[::1], int32[::1], uint8[::1], uint8[::1],"
    " int32[::1], int32[::1], int32[::1], int64)"
)
def leave_out_reviews(
    rows: Bytes,
    used: int,
    columns: int,
    stored: ReadOnly,
    hashes: ReadOnly,
    photo_hashes: ReadOnly,
    rating_hashes: ReadOnly,
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
    stored_characteristics: int,
) -> int:
    """The same for reviews, which are left out only where their photos and ratings are stored, too.

    A review for which none is delivered keeps those it has. Those of a review that is left out are `TAKEN`, those of
    any other `STAGED`; ratings that cannot be their review's say why. What a delivered characteristic comes to is not
    known yet: only the first `stored_characteristics` are sure.
    """
    at, out, near, photo, rating = 0, 0, state[STORED], state[PHOTO], state[RATING]
    while at < used:
        end = behind(rows, at + HASH - 4, columns)
        number = int_at(rows, at + ID)
        product = int_at(rows, at + _PRODUCT + 4)
        near = first_of(stored, number, near)
        photo = first_of(photo_reviews, number, photo)
        rating = first_of(rating_reviews, number, rating)
        last_photo = end_of_group(photo_reviews, photo, number)
        last_rating = end_of_group(rating_reviews, rating, number)
        same = near < len(stored) and stored[near] == number and hashes[near] == long_at(rows, at + HASH)
        if same and last_photo > photo:
            same = photo_hashes[near] == _photos_hash(photo, last_photo, photo_ids, photo_starts, photo_sizes, urls)
        ratings = NO_ELEMENTS
        for each in range(rating, last_rating):
            characteristic = place_of(characteristic_keys, characteristic_places, rating_characteristics[each])
            if characteristic == ABSENT:
                rating_states[each] = NO_CHARACTERISTIC
                continue
            if characteristic_products[characteristic] != product:
                rating_states[each] = OTHER_PRODUCT if characteristic < stored_characteristics else STAGED
                continue
            rating_states[each] = TAKEN
            ratings = _with_rating(ratings, rating_ids[each], rating_characteristics[each], rating_values[each])
        if same and ratings != NO_ELEMENTS:
            same = rating_hashes[near] == ratings
        for each in range(photo, last_photo):
            photo_states[each] = TAKEN if same else STAGED
        if same:
            state[LEFT_OUT] += 1
        else:
            for each in range(rating, last_rating):
                if rating_states[each] == TAKEN:
                    rating_states[each] = STAGED
            out = _kept(rows, at, end, out)
        photo, rating, at = last_photo, last_rating, end
    state[STORED], state[PHOTO], state[RATING] = near, photo, rating
    return out


# What becomes of photos and ratings whose review came not with them: `TAKEN` where stored, else `STAGED`; where their
# review is not stored either they stay `UNTOUCHED`. Each takes the rows of whole reviews from `PHOTO` or `RATING` of
# `state` on, until it stands at `upto` or behind.


@compiled(
    "void(int32[::1], int64[::1], int64[::1], int64,"
    " int32[::1], int32[::1], int64[::1], int32[::1], uint8[::1], uint8[::1])"
)
def settle_photos(
    stored: ReadOnly,
    hashes: ReadOnly,
    state: Numbers,
    upto: int,
    reviews: ReadOnly,
    ids: ReadOnly,
    starts: ReadOnly,
    sizes: ReadOnly,
    states: Bytes,
    urls: ReadOnly,
) -> None:
    """Photos."""
    at, near = state[PHOTO], state[STORED]
    while at < upto:
        number = reviews[at]
        last = end_of_group(reviews, at, number)
        if states[at] == UNTOUCHED:
            near = first_of(stored, number, near)
            if near < len(stored) and stored[near] == number:
                same = hashes[near] == _photos_hash(at, last, ids, starts, sizes, urls)
                for each in range(at, last):
                    states[each] = TAKEN if same else STAGED
        at = last
    state[PHOTO], state[STORED] = at, near


@compiled(
    "void(int32[::1], int64[::1], int64[::1], int64, int32[::1], int32[::1], int32[::1], uint8[::1], uint8[::1],"
    " int32[::1], int32[::1], int64)"
)
def settle_ratings(
    stored: ReadOnly,
    hashes: ReadOnly,
    state: Numbers,
    upto: int,
    reviews: ReadOnly,
    ids: ReadOnly,
    characteristics: ReadOnly,
    values: ReadOnly,
    states: Bytes,
    characteristic_keys: Numbers,
    characteristic_places: Numbers,
    stored_characteristics: int,
) -> None:
    """Ratings: those whose characteristic is not sure yet are `STAGED`, too."""
    at, near = state[RATING], state[STORED]
    while at < upto:
        number = reviews[at]
        last = end_of_group(reviews, at, number)
        if states[at] == UNTOUCHED:
            near = first_of(stored, number, near)
            if near < len(stored) and stored[near] == number:
                ratings = NO_ELEMENTS
                for each in range(at, last):
                    ratings = _with_rating(ratings, ids[each], characteristics[each], values[each])
                for each in range(at, last):
                    states[each] = TAKEN if hashes[near] == ratings else STAGED
            else:
                for each in range(at, last):
                    place = place_of(characteristic_keys, characteristic_places, characteristics[each])
                    if place >= stored_characteristics:
                        states[each] = STAGED
        at = last
    state[RATING], state[STORED] = at, near
