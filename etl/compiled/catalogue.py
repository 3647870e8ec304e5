"""Products and characteristics of an empty system: remembered by their ids, a name once a product; and the rollups."""

import numpy as np

from backend.domain.characteristics import CharacteristicName
from etl.compiled.ids import place_made, place_of
from etl.compiled.machine import Bytes, Numbers, ReadOnly, Table, compiled
from etl.compiled.walk import (
    FILE,
    HASH,
    ID,
    INT4_OID,
    LENGTH,
    LINE,
    OFFSET,
    behind,
    int_at,
    long_at,
    put_array_head,
    put_element,
)
from etl.compiled.write import put_int, put_number, put_short

# Behind the id of a characteristic: its product, and its name as a word.
_PRODUCT, _NAME = ID + 4, ID + 12
# No two names begin alike and are of one length.
_NAMES = [(len(name.value), ord(name.value[0])) for name in CharacteristicName]
assert len(set(_NAMES)) == len(_NAMES)
_SIZES = np.array([size for size, _ in _NAMES], np.int64)
_INITIALS = np.array([initial for _, initial in _NAMES], np.int64)
STARS = 7  # columns of a product's numbers: five stars, recommended, not recommended


@compiled("int64(uint8[::1], int64, int64, int32[::1])")
def ids_of(rows: ReadOnly, used: int, columns: int, ids: Numbers) -> int:
    """The ids of rows that have a hash, whose columns from it on are so many; how many rows."""
    at, row = 0, 0
    while at < used:
        ids[row] = int_at(rows, at + ID)
        at = behind(rows, at + HASH - 4, columns)
        row += 1
    return row


@compiled("int64(uint8[::1], int64, int64, int64[::1], int64[::1])")
def places_of(rows: ReadOnly, used: int, columns: int, offsets: Numbers, starts: Numbers) -> int:
    """Where such rows stand in their file, and where they begin here, with the end behind the last; how many rows."""
    at, row = 0, 0
    while at < used:
        offsets[row], starts[row] = long_at(rows, at + OFFSET), at
        at = behind(rows, at + HASH - 4, columns)
        row += 1
    starts[row] = at
    return row


@compiled("void(uint8[::1], int64[::1], int64[::1], uint8[::1])")
def put_in_order(rows: ReadOnly, starts: ReadOnly, order: ReadOnly, out: Bytes) -> None:
    """Rows in another order."""
    end = 0
    for row in order:
        for byte in range(starts[row], starts[row + 1]):
            out[end] = rows[byte]
            end += 1


@compiled(
    "int64(uint8[::1], int64, int32[::1], int32[::1], int64[::1], int32[::1],"
    " int32[::1], int32[::1], int64[::1], uint8[::1], int64[:, ::1], int64[::1])"
)
def take_characteristics(
    rows: Bytes,
    used: int,
    keys: Numbers,
    places: Numbers,
    count: Numbers,
    products: Numbers,
    product_keys: Numbers,
    product_places: Numbers,
    product_count: Numbers,
    names: Bytes,
    refused: Table,
    refused_count: Numbers,
) -> int:
    """Remember characteristics and their products, and take out those whose name their product has; the bytes left.

    `names` has a bit for each name that a product has. `refused` gets file, offset, line, length and id of what was
    taken out.
    """
    at, end, out = 0, 0, 0
    while at < used:
        end = behind(rows, at + HASH - 4, 5)
        product = int_at(rows, at + _PRODUCT + 4)
        size, initial = int_at(rows, at + _NAME), np.int64(rows[at + _NAME + 4])
        name = 0
        while _SIZES[name] != size or _INITIALS[name] != initial:
            name += 1
        place = place_made(product_keys, product_places, product_count, product)
        if names[place] & (1 << name):
            row = refused_count[0]
            refused[row, 0], refused[row, 1] = int_at(rows, at + FILE), long_at(rows, at + OFFSET)
            refused[row, 2], refused[row, 3] = int_at(rows, at + LINE), int_at(rows, at + LENGTH)
            refused[row, 4] = int_at(rows, at + ID)
            refused_count[0] += 1
        else:
            names[place] |= 1 << name
            products[place_made(keys, places, count, int_at(rows, at + ID))] = product
            if out != at:
                for byte in range(end - at):
                    rows[out + byte] = rows[at + byte]
            out += end - at
        at = end
    return out


# Characteristics by their products and ids, as a counting sort has them: how many each product has is counted, then
# every one is put behind those before it, then the few of each product are sorted.


@compiled("void(int32[::1], int32[::1], int32[::1], int32[::1])")
def count_by_product(products: Numbers, product_keys: Numbers, product_places: Numbers, counts: Numbers) -> None:
    """Count the characteristics of each product."""
    for product in products:
        counts[place_of(product_keys, product_places, product)] += 1


@compiled("void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int64)")
def put_by_product(
    products: Numbers, product_keys: Numbers, product_places: Numbers, ends: Numbers, order: Numbers, first: int
) -> None:
    """Put the places of characteristics, from `first` on, where those of their product end in `order`."""
    for each in range(len(products)):
        place = place_of(product_keys, product_places, products[each])
        order[ends[place]] = first + each
        ends[place] += 1


@compiled("void(int32[::1], int32[::1], int32[::1])")
def sort_each(firsts: Numbers, order: Numbers, characteristics: Numbers) -> None:
    """Sort the characteristics of each product by their ids: it has one of each name at most."""
    for place in range(len(firsts) - 1):
        for each in range(firsts[place] + 1, firsts[place + 1]):
            one, at = order[each], each
            while at > firsts[place] and characteristics[order[at - 1]] > characteristics[one]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = one


@compiled(
    "int64(int32[::1], int32[:, ::1], int32[::1], int32[::1], int32[::1], int32[:, ::1], int64, uint8[::1], int64[::1])"
)
def rollup_rows(
    products: Numbers,
    stars: Table,
    firsts: Numbers,
    order: Numbers,
    characteristics: Numbers,
    sums: Table,
    at: int,
    out: Bytes,
    state: Numbers,
) -> int:
    """Rows of product_rollup for products from `at` on, until `out` is full; where it stopped.

    `order` has the places of the characteristics by product and id, those of a product from `firsts[product]` on.
    Products of which the public sees nothing have no row.
    """
    end = state[0]
    while at < len(products):
        seen = 0
        for column in range(STARS):
            seen += stars[at, column]
        if seen:
            first, last = firsts[at], firsts[at + 1]
            if len(out) - end < 128 + 24 * (last - first):
                break
            place = put_short(out, end, 3 + STARS)
            place = put_number(out, place, products[at], 4)
            place = put_number(out, place, 0, 2)
            for column in range(STARS):
                place = put_number(out, place, stars[at, column], 4)
            rated = 0
            for each in range(first, last):
                rated += sums[order[each], 0] != 0
            head = place
            place = put_array_head(out, place + 4, 3 * rated, INT4_OID)
            for each in range(first, last):
                one = order[each]
                if sums[one, 0]:
                    place = put_element(out, place, characteristics[one])
                    place = put_element(out, place, sums[one, 0])
                    place = put_element(out, place, sums[one, 1])
            put_int(out, head, place - head - 4)
            end = place
        at += 1
    state[0] = end
    return at
