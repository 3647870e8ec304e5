"""Rows that come nearly in order are put in order, however they come, and few of them are moved."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.compiled import ordered
from etl.compiled.ordered import Ordered
from etl.spill import Spill
from tests.examples import tried

ROWS = st.lists(st.tuples(st.integers(0, 2**31 - 1) | st.integers(0, 9), st.integers(0, 9)), max_size=80)
KINDS = {"a": "i4", "b": "i4", "c": "i8", "d": "u1"}


def columns(rows: list[tuple[int, int]]) -> dict[str, Any]:
    a, b = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))
    return {"a": a, "b": b, "c": a.astype(np.int64) * 7, "d": (b * 3).astype(np.uint8)}


def rows_of(kept: Ordered) -> list[tuple[int, ...]]:
    return list(zip(*(kept.array(name).tolist() for name in KINDS), strict=True))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are already more than are moved, or sought, at once."""
    monkeypatch.setattr(ordered, "_SOUGHT", 3)
    monkeypatch.setattr(ordered, "_MOVED", 5)


@tried(300)
@given(st.lists(st.tuples(ROWS, st.booleans()), max_size=5))
def test_rows_are_in_order_however_they_come(blocks: list[tuple[list[tuple[int, int]], bool]]) -> None:
    kept = Ordered(KINDS, by=("a", "b"))
    for rows, ascending in blocks:
        kept.add(**columns(sorted(rows) if ascending else rows))
    kept.put_in_order()
    assert rows_of(kept) == sorted((a, b, 7 * a, 3 * b) for rows, _ in blocks for a, b in rows)
    kept.close()


def test_more_late_rows_than_are_sorted_at_once_are_not_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "AT_ONCE", 3)
    monkeypatch.setattr(Ordered, "_put_between", None)
    rows = [(at, 0) for at in range(1_000, 2_000)] + [(at, 1) for at in range(4)]
    kept = Ordered(KINDS, by=("a", "b"))
    kept.add(**columns(rows))
    assert kept._late.rows == 4
    kept.put_in_order()
    assert rows_of(kept) == sorted((a, b, 7 * a, 3 * b) for a, b in rows)
    kept.close()


@pytest.mark.parametrize("seed", range(5))
def test_of_rows_nearly_in_order_only_those_are_moved_that_are_not(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in a hundred stands too high or too low, also several at once and at the end of a block."""
    monkeypatch.delattr(Spill, "sort")
    chance = np.random.default_rng(seed)
    first = np.arange(20_000) // 3
    odd = chance.choice(len(first), 200, replace=False)
    first[odd] = chance.choice(np.array([0, 1, 999_999_999]), len(odd))
    first[5_000:5_004] = 999_999_999
    first[9_999] = 999_999_999
    rows = [(int(key), at % 3) for at, key in enumerate(first)]
    kept = Ordered(KINDS, by=("a", "b"))
    for start in range(0, len(rows), 5_000):
        kept.add(**columns(rows[start : start + 5_000]))
    assert kept._late.rows < 400
    kept.put_in_order()
    assert rows_of(kept) == sorted((a, b, 7 * a, 3 * b) for a, b in rows)
    kept.close()
