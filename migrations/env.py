"""How migrations run: as the owner, one at a time, each in its own transaction, never waiting long for a lock."""

import time
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from backend.settings import Settings
from backend.store.tables import metadata
from migrations.concurrently import limits

ADVISORY_LOCK = 7_226_001  # any number, the same for every migrator
PAUSE = 0.2  # seconds between two looks at that lock


def ours(_object: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave the queue's tables (procrastinate keeps them) and the daily partitions out of the comparison."""
    return not (type_ == "table" and name and name.startswith(("procrastinate_", "review_before_")))


def options() -> dict[str, Any]:
    return {
        "target_metadata": metadata,
        "include_object": ours,
        "compare_type": True,
        "transaction_per_migration": True,
    }


def run_offline(url: str) -> None:
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options())
    with context.begin_transaction():
        for limit in limits():
            context.execute(limit)
        context.run_migrations()


def run_online(url: str) -> None:
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        take_turn(connection)
        for limit in limits():
            connection.execute(text(limit))
        connection.commit()
        context.configure(connection=connection, **options())
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def take_turn(connection: Connection) -> None:
    """Let another migrator finish first. The lock is the session's, so that it spans the transactions of all revisions.

    Asked for again and again, because a statement that waits for it would be what an index of that other one waits for.
    """
    while not connection.scalar(text(f"select pg_try_advisory_lock({ADVISORY_LOCK})")):
        connection.rollback()
        time.sleep(PAUSE)


url = context.config.attributes.get("url") or Settings.from_environment().owner_url
url = url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)
if context.is_offline_mode():
    run_offline(url)
else:
    run_online(url)
