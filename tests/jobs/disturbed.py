"""Workers that are killed at random moments, and a database that crashes under them, until a run has ended.

A worker is a process forked from one that has imported the application already, so that a death costs little time.
"""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import LiteralString

import psycopg

from backend.jobs.worker import run_worker
from backend.services.importing import merge, reversal, words
from backend.settings import Settings
from etl.sources import Sources
from tests.postgres import Server

Spawn = Callable[[], BaseProcess]
# Seconds until Postgres has written down that a transaction was given up. Where it crashes before that, and the
# transaction was making an unlogged table, it does not start again: a fault of its own, which no run could mend.
WRITTEN = 0.4
UNDER_WAY = ("waiting", "running", "reversing", "indexing")
STATE: LiteralString = (
    "case when state not in ('waiting', 'running', 'reversing') and exists (select from search_due) then 'indexing'"
    " else state::text end"
)
LONGEST = 60  # seconds after which a run that has not ended never will
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__, "tests.jobs.machine_code"])


def spawn(settings: Settings, log: Path, batch: int = 60) -> BaseProcess:
    """A worker in small steps, told apart from others by its settings alone; what it says goes into a file."""
    process = _forks.Process(target=_work, args=(settings, log, batch), daemon=True)
    process.start()
    return process


def _work(settings: Settings, log: Path, batch: int) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    merge.BATCH, reversal.BATCH, words.BATCH = batch, batch, 25
    Sources.blocks.__defaults__ = (20_000, None)
    asyncio.run(run_worker(settings))


@dataclass(frozen=True, slots=True)
class Length:
    """How long an undisturbed run took a worker from its start: until it took it up, and until it had ended."""

    idle: float
    whole: float


def undisturbed(url: str, run_id: int, spawn: Spawn) -> Length:
    """Let one worker do all of it."""
    end(spawn())  # the first of all waits until there is something to fork from
    began = time.monotonic()
    process = spawn()
    wait_for(url, run_id, ("waiting",), process)
    idle = time.monotonic() - began
    wait_for(url, run_id, UNDER_WAY, process)
    whole = time.monotonic() - began
    end(process)
    return Length(idle, whole)


def disturbed(url: str, run_id: int, spawn: Spawn, server: Server, random: Random, length: Length) -> list[str]:
    """Kill worker after worker, each at a moment of its own, then let one go on to the end; what was done to them."""
    done = []
    for _ in range(random.randint(1, 3)):
        process = spawn()
        moment = random.uniform(length.idle, length.whole)
        time.sleep(moment)
        crash = random.choice(("worker", "worker", "database and worker", "worker, then database"))
        if crash.startswith("database"):
            server.restart()
            time.sleep(random.uniform(0, 0.2))
        process.kill()
        process.join()
        if crash.endswith("database"):
            time.sleep(WRITTEN)
            server.restart()
        done.append(f"{crash} after {moment:.3f} s in {state(url, run_id)}")
        if not done[-1].split(" in ")[1].startswith(UNDER_WAY):
            return done
    process = spawn()
    wait_for(url, run_id, UNDER_WAY, process)
    end(process)
    return done


def state(url: str, run_id: int) -> str:
    with psycopg.connect(url) as db:
        row = db.execute(f"select {STATE}, stage, merged_rows from import_run where id = %s", (run_id,)).fetchone()
    assert row is not None
    return " ".join(map(str, row))


def wait_for(url: str, run_id: int, states: tuple[str, ...], process: BaseProcess) -> None:
    """Wait until a run is in none of these states any more; "indexing" is one, when it has ended and words are due."""
    until = time.monotonic() + LONGEST
    with psycopg.connect(url, autocommit=True) as db:
        while True:
            row = db.execute(f"select {STATE} from import_run where id = %s", (run_id,)).fetchone()
            if row and row[0] not in states:
                return
            assert process.is_alive(), "the worker died by itself"
            assert time.monotonic() < until, "it does not end"
            time.sleep(0.01)


def end(process: BaseProcess) -> None:
    process.terminate()
    process.join(10)
    assert process.exitcode in (0, -signal.SIGTERM)  # the latter where it has only just begun
