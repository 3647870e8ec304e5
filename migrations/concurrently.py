"""Indexes made and dropped beside the writers of a large table: outside of a transaction, and for as long as it takes.

Such a build waits for transactions that began before it, an export's perhaps, and holds up nobody meanwhile. So the
limits of the other statements, which are for locks that do, would only break it off and leave half an index behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import op

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "15min"


def limits() -> tuple[str, str]:
    """The statements that limit all that comes behind them: who would wait long for a lock makes others wait."""
    return f"set lock_timeout = '{LOCK_TIMEOUT}'", f"set statement_timeout = '{STATEMENT_TIMEOUT}'"


def build_index(name: str, table: str, columns: list[Any], **how: Any) -> None:
    """Make an index as `op.create_index` would; what a build that was broken off has left goes first.

    It commits what the revision did before: begin a revision with it, or make what stands before it repeatable.
    """
    with _unhurried():
        op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, if_not_exists=True, **how)


def drop_index(name: str, table: str) -> None:
    """Drop one that may be in use; one that is gone already is no error. It commits, as `build_index` does."""
    with _unhurried():
        op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)


@contextmanager
def _unhurried() -> Iterator[None]:
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        yield
        for limit in limits():
            op.execute(limit)
