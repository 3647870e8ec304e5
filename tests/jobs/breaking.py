"""Runs that die at a chosen place, as with a worker that is killed."""

from typing import Any

import pytest

from backend.services.importing import merge, orphans, progress
from backend.services.importing.staged import Run
from backend.store.database import Database


class Died(BaseException):
    """What ends a worker."""


def breaking_off(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Let every run die at a place: when orphans are taken up, related, half merged, merged, or settled."""

    async def dies(*_arguments: Any, **_more: Any) -> None:
        raise Died

    merge_all = merge.merge

    async def dies_behind_the_first_range(database: Database, run: Run, _on_batch: Any, give_way: Any) -> None:
        def on_batch(rows: int) -> None:
            if rows:
                raise Died

        await merge_all(database, run, on_batch, give_way)
        raise Died  # the second time, nothing was left to merge

    if where == "half":
        monkeypatch.setattr(merge, "BATCH", 1)
        monkeypatch.setattr(merge, "merge", dies_behind_the_first_range)
    elif where in ("taken", "related"):
        monkeypatch.setattr(merge, {"taken": "relate", "related": "merge"}[where], dies)
    elif where == "merged":
        monkeypatch.setattr(orphans, "settle", dies)
    else:
        monkeypatch.setattr(progress, "finish", dies)
