"""Arrays that grow beyond what stays in memory keep their values, and their pages leave it when there are too many."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from etl.compiled import arrays
from etl.compiled.arrays import Arrays

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what is held")
STEP = 1 << 20


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays are soon large; a few more pages than are held already are too many."""
    monkeypatch.setattr(arrays, "SMALL", 4_096)
    monkeypatch.setattr(arrays, "MOST", arrays._held() + 8 * STEP)


def steps(rows: int) -> Iterator[slice]:
    yield from (slice(start, start + STEP) for start in range(0, rows, STEP))


def test_a_small_one_stays_in_memory() -> None:
    made = Arrays()
    kept = made.zeros(1_024, "i4")
    kept[7] = 7
    held = arrays._held()
    large = made.zeros(64 * STEP, "u1")
    large[:] = 1
    assert arrays._held() >= held + 64 * STEP
    made.keep_within()
    assert arrays._held() < held + 8 * STEP
    assert (kept[7], kept.sum()) == (7, 7)


def test_however_large_it_is_few_of_its_pages_are_held_and_none_is_lost() -> None:
    made, most = Arrays(), 0
    large = made.zeros(32 * STEP, "i4", 2)
    assert large.shape == (32 * STEP, 2)
    for part in steps(len(large)):
        large[part] = np.arange(part.start, part.stop)[:, None]
        made.keep_within()
        most = max(most, arrays._held())
    assert most < arrays.MOST + 8 * STEP
    assert all(np.array_equal(large[part, 1], np.arange(part.start, part.stop)) for part in steps(len(large)))


def test_one_that_grows_keeps_its_values_and_the_new_ones_are_zero() -> None:
    made = Arrays()
    array = made.zeros(0, "i4", 3)
    for rows in (10, 1_000, 1_001, 500_000):
        array = made.grown(array, rows)
        assert (array.shape[0] >= rows, array.shape[1]) == (True, 3)
        assert array[rows - 1].sum() == 0
        array[rows - 1] = rows
        made.keep_within()
    assert (array.sum(), array[9, 0], array[999, 2]) == (3 * (10 + 1_000 + 1_001 + 500_000), 10, 1_000)
    assert made.grown(array, 5) is array


def test_one_that_nobody_has_any_more_takes_neither_memory_nor_disk() -> None:
    made = Arrays()
    array = made.zeros(16 * STEP, "u1")
    array[:] = 1
    held = arrays._held()
    del array
    assert arrays._held() <= held - 15 * STEP
    assert not made._mapped
