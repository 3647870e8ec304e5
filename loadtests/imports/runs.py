"""Our side: `atelier etl run` as an operator types it, a process of its own, with its time, memory and report."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from backend.domain.errors import AtelierError
from loadtests.imports.place import Place

LOOK = 0.05  # seconds between two looks at a process
WORDS_FOR = 10.0  # seconds that a worker is watched while it indexes words
_STAGES = "select stages, finished_at from import_run where id = %s"
_DUE = "select coalesce(sum(reviews), 0), (select count(*) from index_due) from search_due"


class BrokenRunError(AtelierError):
    """A command of ours failed: what it said last."""


@dataclass(frozen=True, slots=True)
class Done:
    """One import, in `seconds`; `memory` is the process's peak, in bytes.

    What comes when the run is live stands `apart`: a replica's catching up in seconds, words in reviews a second.
    """

    seconds: float
    memory: int
    report: dict[str, Any]
    stages: dict[str, float] = field(default_factory=dict)
    apart: dict[str, float] = field(default_factory=dict)

    @property
    def run(self) -> int:
        return int(self.report["run"])

    @property
    def records(self) -> int:
        return sum(file["records"] for file in self.report["files"])


def atelier(place: Place, database: str, *arguments: str, **extra: str) -> tuple[float, int, str]:
    """Run the command; its seconds, its peak of memory in bytes (0 where there is no /proc), and what it printed."""
    memory = 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "backend.cli", *arguments],
            env={**place.environment(database), **extra},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
        )
        try:
            while process.poll() is None:
                memory = max(memory, _peak(process.pid))
                time.sleep(LOOK)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        seconds = time.perf_counter() - began
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            said = errors.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise BrokenRunError(f"atelier {' '.join(arguments)} ended with {process.returncode}: {said[-1]}")
        return seconds, memory, out.read().decode()


def _peak(process: int) -> int:
    """Of its own memory: what the system tells of an ended child counts in what the bench itself had when it began."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def run(place: Place, database: str, source: str, extra: Mapping[str, str] | None = None) -> Done:
    """Import a delivery; then what it left to the worker, and a replica's catching up, each timed apart."""
    place.settle()
    seconds, memory, said = atelier(place, database, "etl", "run", source, "--json", "--no-index", **(extra or {}))
    report = json.loads(said)
    with psycopg.connect(place.server.url(database), autocommit=True) as db:
        apart = {}
        if place.standby is not None:
            apart["replica s"] = _caught_up(db, place)
        apart |= _left_to_a_worker(db, place, database)
        row = db.execute(_STAGES, (report["run"],)).fetchone()
        assert row is not None
        stages = _stages(*row)
    return Done(seconds, memory, report, stages, apart)


def _stages(told: list[dict[str, Any]], finished: datetime) -> dict[str, float]:
    """Seconds of each stage: until it ended, or else until the next one began."""
    begins = [datetime.fromisoformat(each["began"]) for each in told] + [finished]
    stages: dict[str, float] = {}
    for each, began, following in zip(told, begins, begins[1:], strict=False):
        ended = datetime.fromisoformat(each["ended"]) if each.get("ended") else following
        stages[each["name"]] = round(stages.get(each["name"], 0) + (ended - began).total_seconds(), 3)
    return stages


def _caught_up(db: "psycopg.Connection[Any]", place: Place) -> float:
    """Seconds until the replica has replayed what there is now."""
    assert place.standby is not None
    began = time.perf_counter()
    row = db.execute("select pg_current_wal_lsn()").fetchone()
    with psycopg.connect(place.standby.url("postgres"), autocommit=True) as replica:
        while replica.execute("select pg_last_wal_replay_lsn() >= %s::pg_lsn", row).fetchone() != (True,):
            time.sleep(0.02)
    return time.perf_counter() - began


def _left_to_a_worker(db: "psycopg.Connection[Any]", place: Place, database: str) -> dict[str, float]:
    """Seconds in which a worker makes the indexes that are due, and reviews a second whose words it indexes then, in
    its gentle way, watched for a while. Without what is not due.
    """
    told: dict[str, float] = {}
    before, indexes = db.execute(_DUE).fetchone() or (0, 0)
    if not before:
        return told
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "backend.cli", "worker"],
        env=place.environment(database),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asked = time.perf_counter()
        left, began, until = before, 0.0, asked + 12 * WORDS_FOR
        while left and time.perf_counter() < until and process.poll() is None:
            time.sleep(0.05)
            left, unmade = db.execute(_DUE).fetchone() or (0, 0)
            if indexes and not unmade:
                indexes, told["later indexes s"] = 0, time.perf_counter() - asked
            if not began and left < before:  # it has started, and this much is done
                before, began, until = left, time.perf_counter(), time.perf_counter() + WORDS_FOR
        if began and before > left:
            told["words indexed/s"] = float(before - left) / (time.perf_counter() - began)
        return told
    finally:
        process.terminate()
        process.wait()
