"""Ids and the order in which they were met, in memory that grows with their number and not with their size."""

from typing import Any

import numpy as np

from etl.compiled.arrays import Arrays
from etl.compiled.machine import Numbers, compiled, step

ABSENT = -1
_FIRST = 1 << 12  # slots
_SHIFT = 12
_TOGETHER = 1 << _SHIFT  # neighbours that stand side by side
# The golden section of 32 bits: its multiples lie as far from each other as so many can.
_SPREAD, _BITS = 0x9E3779B1, 32


@step
def slot_of(keys: Numbers, number: int) -> int:
    """The slot an id stands in, or the one where it would. Neighbours stand side by side, as deliveries bring them."""
    mask = len(keys) - 1
    spread = ((number >> _SHIFT) * _SPREAD & (1 << _BITS) - 1) * len(keys) >> _BITS
    slot = spread + (number & _TOGETHER - 1) & mask
    while keys[slot] != 0 and keys[slot] != number:
        # Beyond the neighbours of what stands here: each of them would be in the way.
        slot = slot + _TOGETHER + 1 & mask
    return slot


@step
def place_of(keys: Numbers, places: Numbers, number: int) -> int:
    """The place at which an id was met, or `ABSENT`."""
    slot = slot_of(keys, number)
    return places[slot] if keys[slot] == number else ABSENT


@step
def place_made(keys: Numbers, places: Numbers, count: Numbers, number: int) -> int:
    """The place of an id; it is remembered as the next where it is new."""
    slot = slot_of(keys, number)
    if keys[slot] != number:
        keys[slot] = number
        places[slot] = count[0]
        count[0] += 1
    return places[slot]


@compiled("void(int32[::1], int32[::1], int32[::1], int32[::1])")
def move(keys: Numbers, places: Numbers, new_keys: Numbers, new_places: Numbers) -> None:
    """Put every id into larger tables."""
    for slot in range(len(keys)):
        if keys[slot] != 0:
            new = slot_of(new_keys, keys[slot])
            new_keys[new] = keys[slot]
            new_places[new] = places[slot]


@compiled("void(int32[::1], int32[::1], int64[::1], int32[::1])")
def meet(keys: Numbers, places: Numbers, count: Numbers, numbers: Numbers) -> None:
    """Remember ids in their order."""
    for at in range(len(numbers)):
        place_made(keys, places, count, numbers[at])


@compiled("void(int32[::1], int32[::1], int64[::1], int32[::1], int32[::1], int32[::1])")
def remember(
    keys: Numbers, places: Numbers, count: Numbers, values: Numbers, numbers: Numbers, values_of: Numbers
) -> None:
    """Remember ids with a value each, by their places; one that is known keeps its own."""
    for at in range(len(numbers)):
        known = count[0]
        place = place_made(keys, places, count, numbers[at])
        if place == known:
            values[place] = values_of[at]


@compiled("void(int32[::1], int32[::1], int32[::1], int64[::1])")
def find(keys: Numbers, places: Numbers, numbers: Numbers, found: Numbers) -> None:
    """The place of each id, or `ABSENT`."""
    for at in range(len(numbers)):
        found[at] = place_of(keys, places, numbers[at])


@compiled("void(int32[::1], int32[::1], int32[::1])")
def list_in_order(keys: Numbers, places: Numbers, numbers: Numbers) -> None:
    """Every id at its place."""
    for slot in range(len(keys)):
        if keys[slot] != 0:
            numbers[places[slot]] = keys[slot]


def place_of_each(keys: Any, places: Any, numbers: Any) -> Any:
    """The place of each id, or `ABSENT`."""
    found = np.zeros(len(numbers), np.int64)
    find(keys, places, numbers, found)
    return found


class Ids:
    """Ids by their places: 0 for the first that was met. `keys`, `places` and `count` are for the machine code."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self.keys: Any = np.zeros(_FIRST, np.int32)
        self.places: Any = np.zeros(_FIRST, np.int32)
        self.count: Any = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return int(self.count[0])

    def reserve(self, more: int) -> int:
        """Make room for so many more; how many there may be then."""
        wanted = len(self) + more
        size = len(self.keys)
        while size < 2 * wanted:
            size *= 2
        if size > len(self.keys):
            keys, places = self._arrays.zeros(size, "i4"), self._arrays.zeros(size, "i4")
            for some in self._arrays.steps(len(self.keys)):
                move(self.keys[some], self.places[some], keys, places)
            self.keys, self.places = keys, places
        return wanted

    def meet(self, numbers: Any) -> None:
        """Remember ids in their order."""
        self.reserve(len(numbers))
        meet(self.keys, self.places, self.count, np.ascontiguousarray(numbers, np.int32))

    def in_order(self) -> Any:
        """The ids by their places."""
        numbers = self._arrays.zeros(len(self), "i4")
        for some in self._arrays.steps(len(self.keys)):
            list_in_order(self.keys[some], self.places[some], numbers)
        return numbers
