"""How migrations run: as the owner, one at a time, each in its own transaction, never waiting long for a lock."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool, text

from backend.settings import Settings
from backend.store.tables import metadata

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "15min"
ADVISORY_LOCK = 7_226_001  # any number, the same for every migrator


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
        context.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
        context.execute(f"set statement_timeout = '{STATEMENT_TIMEOUT}'")
        context.run_migrations()


def run_online(url: str) -> None:
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        # Another migrator finishes first; a session lock, so that it spans the transactions of all revisions.
        connection.execute(text(f"select pg_advisory_lock({ADVISORY_LOCK})"))
        connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(connection=connection, **options())
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


url = context.config.attributes.get("url") or Settings.from_environment().owner_url
url = url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)
if context.is_offline_mode():
    run_offline(url)
else:
    run_online(url)
