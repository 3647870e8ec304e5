"""Machine code as it comes out: what is not in it."""

from pathlib import Path
from typing import Any

import pytest

numba = pytest.importorskip("numba")


def test_machine_code_counts_no_references(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # What is loaded from a folder cannot be looked into.
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    from etl.compiled.machine import compiled, step

    @step
    def first_beyond(data: Any, limit: int) -> int:
        for at in range(len(data)):
            if data[at] > limit:
                return at
        return -1

    @compiled("int64(uint8[::1], int64)")
    def both(data: Any, limit: int) -> int:
        return first_beyond(data, limit) + first_beyond(data, 2 * limit)

    (machine_code,) = both.inspect_asm().values()
    assert "both" in machine_code
    assert "NRT_" not in machine_code
