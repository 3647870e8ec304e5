"""Columns that grow on disk come back as they went in, and in the order that was asked for."""

import os
import tempfile
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Misconfigured
from etl import spill
from etl.spill import Spill, reserve
from tests.examples import tried

ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9), st.integers(-5, 5)), max_size=60)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are already too many to order at once."""
    monkeypatch.setattr(spill, "AT_ONCE", 7)
    monkeypatch.setattr(spill, "PAGE", 5)
    ranges = Spill._ranges
    monkeypatch.setattr(Spill, "_ranges", lambda self, keys: ranges(self, keys, 1))


def columns(rows: list[tuple[int, int, int]]) -> dict[str, Any]:
    told = np.array(rows, np.int64).reshape(-1, 3)
    return {"a": told[:, 0], "b": told[:, 1], "c": told[:, 2]}


@tried(200)
@given(st.lists(ROWS, max_size=5))
def test_rows_are_sorted_whatever_their_order_and_number(blocks: list[list[tuple[int, int, int]]]) -> None:
    kept = Spill({"a": "i4", "b": "i8", "c": "i2"})
    for block in blocks:
        if block:
            kept.add(**columns(block))
    kept.sort(("a", "b"))
    found = list(zip(*(kept.array(name).tolist() for name in "abc"), strict=True))
    rows = [row for block in blocks for row in block]
    assert sorted(found) == sorted(rows)
    assert [row[:2] for row in found] == sorted(row[:2] for row in rows)
    kept.forget(kept.rows)
    assert list(zip(*(kept.array(name).tolist() for name in "abc"), strict=True)) == found
    kept.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file here is always full")
def test_a_full_disk_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "TemporaryFile", lambda **_: Path("/dev/full").open("r+b"))  # noqa: SIM115
    kept = Spill({"a": "i4"})
    with pytest.raises(Misconfigured, match=f"The disk of {tempfile.gettempdir()} is full"):
        kept.add(a=np.zeros(1 << 20, np.int32))
    kept.close()
    kept = Spill({"a": "i4"})
    kept.add(a=np.zeros(1, np.int32))  # that little waits in a buffer
    with pytest.raises(Misconfigured):
        kept.array("a")
    kept.close()


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="disk cannot be had ahead here")
def test_what_is_mapped_has_its_disk() -> None:
    with TemporaryFile() as file:
        reserve(file, 1 << 20)
        assert os.fstat(file.fileno()).st_size == 1 << 20
        assert os.fstat(file.fileno()).st_blocks * 512 >= 1 << 20


def test_what_is_written_into_a_column_stays() -> None:
    kept = Spill({"a": "u1"})
    kept.add(a=np.zeros(9_000, np.uint8))
    kept.array("a")[8_999] = 7
    kept.forget(9_000)
    assert (kept.rows, kept.array("a").sum()) == (9_000, 7)
    kept.close()
