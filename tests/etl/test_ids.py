"""Ids are found in a step or two however they lie: side by side, with gaps, far apart, at equal distances."""

import random
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("machine_code")

COUNT = 1_000_000


def steps_to(ids: Any) -> Any:
    """How many slots each id is away from its own, in steps."""
    from etl.compiled import ids as module

    size = len(ids.keys)
    slots = np.flatnonzero(ids.keys)
    numbers = ids.keys[slots].astype(np.int64)
    spread = ((numbers >> module._SHIFT) * module._SPREAD & (1 << module._BITS) - 1) * size >> module._BITS
    home = spread + (numbers & module._TOGETHER - 1)
    return (slots - home) * pow(module._TOGETHER + 1, -1, size) % size


@pytest.mark.parametrize(
    "numbers",
    [
        range(1, COUNT + 1),
        range(998_000_000, 998_000_000 + COUNT),
        [number for number in range(1, COUNT + COUNT // 50) if number % 50],
        [number for start in range(1, 900_000_000, 90_000_000) for number in range(start, start + COUNT // 10)],
        range(4_096, 4_096 * 240_000, 4_096),
        range(1, 999_000_000, 999),
        random.Random(1).sample(range(1, 1_000_000_000), COUNT),
    ],
    ids=["dense", "dense and high", "with gaps", "ten ranges", "multiples of 4,096", "multiples of 999", "anywhere"],
)
@pytest.mark.parametrize("small", [None, 0], ids=["in memory", "mapped"])
def test_they_are_found_in_a_step_or_two(numbers: Any, small: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.compiled import arrays
    from etl.compiled.ids import Ids, place_of_each

    monkeypatch.setattr(arrays, "SMALL", arrays.SMALL if small is None else small)
    ids, wanted = Ids(arrays.Arrays()), np.array(numbers, np.int32)
    ids.meet(wanted)
    assert np.array_equal(place_of_each(ids.keys, ids.places, wanted), np.arange(len(wanted)))
    assert np.array_equal(ids.in_order(), wanted)
    steps = steps_to(ids)
    assert steps.mean() < 1
    assert steps.max() < 200
