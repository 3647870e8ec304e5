"""The states of an import run and of its files."""

from enum import StrEnum


class RunState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSING = "reversing"  # being rolled back
    REVERSED = "reversed"


class FileState(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    MERGED = "merged"
    SKIPPED = "skipped"  # no known format; named, never silently dropped
    FAILED = "failed"


ENDED = frozenset({RunState.FINISHED, RunState.FAILED, RunState.CANCELLED, RunState.REVERSED})
# A rollback takes back what these have merged, be it all or a part.
REVERSIBLE = frozenset({RunState.FINISHED, RunState.FAILED, RunState.CANCELLED})


# What may have been repaired in a delivered row. A row keeps them as bits, the first of these the lowest.
# `named` is one that somebody chose for rejects that were tried again.
REPAIRS = ("control", "encoding", "mojibake", "email", "name", "default", "url", "named")


def repairs_of(bits: int | None) -> list[str]:
    """The names of the repairs that a row keeps."""
    return [name for place, name in enumerate(REPAIRS) if (bits or 0) >> place & 1]


# What a delivery says of products beside their facts: it is merged by products, when these are all there.
SHELVES = ("features", "styles", "skus", "style_photos", "related")
# What others belong to: with these their orphans' parents come.
PARENTS = ("products", "characteristics", "reviews", "styles")
# The ten formats, in the order in which they are read and shown: what others belong to comes first.
STAGED = ("products", "characteristics", "reviews", "photos", "characteristic_ratings", *SHELVES)


def staging_table(fmt: str, run_id: int) -> str:
    """The table in the schema `staging` that holds a run's clean rows of one format."""
    return f"{fmt}_{run_id}"
