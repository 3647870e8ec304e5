"""The states of an import run and of its files."""

from enum import StrEnum


class RunState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FileState(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    MERGED = "merged"
    SKIPPED = "skipped"  # no known format; named, never silently dropped
    FAILED = "failed"


ENDED = frozenset({RunState.FINISHED, RunState.FAILED, RunState.CANCELLED})
