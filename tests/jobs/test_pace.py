"""Large jobs give way to readers: they rest while these have to wait."""

from pathlib import Path

import pytest

from backend.jobs.pace import LONGEST_REST, Readers
from backend.services.importing import merge, reversal
from backend.settings import Settings
from backend.store.database import Database
from tests.jobs.delivery import imported, review, rolled_back, write


@pytest.mark.anyio
async def test_rests_grow_while_readers_wait_and_shrink_when_they_do_not(database: Database) -> None:
    readers = Readers(database)
    await readers.learn()
    grown = [readers.rest for _ in range(8) if readers.settle(60.0)]
    assert grown == sorted(grown)
    assert grown[-1] == LONGEST_REST
    shrunk = [readers.rest for _ in range(12) if not readers.settle(0.0)]
    assert shrunk == sorted(shrunk, reverse=True)
    assert shrunk[-1] == 0


@pytest.mark.anyio
@pytest.mark.parametrize("wait", [0.0, 60.0], ids=["peace", "readers wait"])
async def test_an_import_and_its_rollback_rest_when_readers_wait(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: float
) -> None:
    monkeypatch.setattr(merge, "BATCH", 5)
    monkeypatch.setattr(reversal, "BATCH", 5)
    monkeypatch.setattr("backend.jobs.pace.BETWEEN_LOOKS", 0.001)
    monkeypatch.setattr("backend.jobs.pace.LONGEST_REST", 0.06)
    seen: list[Readers] = []
    give_way = Readers.give_way

    async def noted(readers: Readers) -> None:
        seen.append(readers)
        await give_way(readers)

    async def learn(_readers: Readers) -> None:
        """Nothing: what is bearable is usual."""

    async def look(_readers: Readers) -> float:
        return wait

    monkeypatch.setattr(Readers, "learn", learn)
    monkeypatch.setattr(Readers, "give_way", noted)
    await imported(database, settings, write(tmp_path / "first", reviews=[review(1)]))
    monkeypatch.setattr(Readers, "look", look)
    run = await imported(database, settings, write(tmp_path / "d", reviews=[review(n) for n in range(2, 42)]))
    merging = set(seen)
    assert len(seen) >= 8, "between the ranges of each lane"
    await rolled_back(database, settings, run["id"])
    reversing = set(seen) - merging
    assert [any(each.rested for each in job) for job in (merging, reversing)] == [wait > 0] * 2
