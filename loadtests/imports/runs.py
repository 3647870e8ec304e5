"""Our side: `atelier etl run` as an operator types it, a process of its own, with its time, memory and report."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from backend.domain.errors import AtelierError
from loadtests.imports.place import Place

# Stages that come when the run is live already: the search index.
APART = frozenset({"search", "index"})
PATIENCE = 3_600  # seconds for what a run leaves to the worker
_STAGES = "select stages, finished_at from import_run where id = %s"
_WAITING = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"


class BrokenRunError(AtelierError):
    """A command of ours failed: what it said last."""


@dataclass(frozen=True, slots=True)
class Done:
    """One import. `seconds` are without what came `apart`, by stage; `memory` is the process's peak, in bytes."""

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
    """Run the command; its seconds, its peak of memory in bytes, and what it printed."""
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
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            said = errors.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise BrokenRunError(f"atelier {' '.join(arguments)} ended with {process.returncode}: {said[-1]}")
        return seconds, used.ru_maxrss * 1024, out.read().decode()


def run(place: Place, database: str, source: str, extra: Mapping[str, str] | None = None) -> Done:
    """Import a delivery; then what it left to the worker, and a replica's catching up, each timed apart."""
    place.settle()
    seconds, memory, said = atelier(place, database, "etl", "run", source, "--json", **(extra or {}))
    report = json.loads(said)
    with psycopg.connect(place.server.url(database), autocommit=True) as db:
        apart = {}
        if place.standby is not None:
            apart["replica"] = _caught_up(db, place)
        if (left := _left(db, place, database)) > 0:
            apart["worker"] = left
        row = db.execute(_STAGES, (report["run"],)).fetchone()
        assert row is not None
        stages = _stages(*row)
    apart |= {name: stages.pop(name) for name in APART & stages.keys()}
    inside = sum(seconds for name, seconds in apart.items() if name in APART)
    return Done(seconds - inside, memory, report, stages, apart)


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


def _left(db: "psycopg.Connection[Any]", place: Place, database: str) -> float:
    """Seconds that a worker takes for the jobs that the run has left, if any."""
    if db.execute(_WAITING).fetchone() == (0,):
        return 0.0
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "backend.cli", "worker"],
        env=place.environment(database),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while db.execute(_WAITING).fetchone() != (0,):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise BrokenRunError("The worker did not finish what the run had left to it.")
            time.sleep(0.05)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()
