"""Tables made beside the live ones take their place: readers see nothing, then all."""

import time
from collections.abc import Callable, Sequence
from typing import Any, LiteralString

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from backend.domain.errors import Conflict
from backend.store import sql

Db = Connection[Any]
_queries = sql.load("swapping")
_PATIENCE = 60  # tries to get the locks
_TO_MAINTAIN, _TO_SWAP = "share update exclusive", "access exclusive"


def are_empty(db: Db, names: Sequence[str]) -> bool:
    """Whether nothing is in these live tables."""
    parts = [SQL("exists (select from {})").format(Identifier("public", name)) for name in names]
    found = db.execute(SQL("select not ({})").format(SQL(" or ").join(parts))).fetchone()
    return bool(found and found[0])


def swap(db: Db, names: Sequence[str], *, empty: Sequence[str], conclude: Callable[[], None]) -> None:
    """Put the tables of these names in the place of the live ones, and `conclude` in the same transaction.

    Raise `Conflict` where something is in the live tables that were `empty`: nothing has changed then.
    """
    for _ in range(_PATIENCE):
        try:
            with db.transaction():
                # Autovacuum, which is drawn to tables that were just filled, makes way for whoever has waited for
                # deadlock_timeout, a second. In this mode such a wait holds up no reader and no writer.
                live, ready = ([(schema, name) for name in names] for schema in ("public", "beside"))
                live += [("public", name) for name in empty if name not in names]
                _lock(db, [*live, *ready], _TO_MAINTAIN, "5s")
                _lock(db, live, _TO_SWAP, "1s")
                if not are_empty(db, empty):
                    raise Conflict("Somebody wrote where it was empty while the import ran: import again.")
                _exchange(db, names, conclude)
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            time.sleep(0.2)
        else:
            return
    raise Conflict("The tables are in use all the time: import again when it is quieter.")


def _lock(db: Db, names: Sequence[tuple[str, str]], mode: LiteralString, patience: LiteralString) -> None:
    tables = SQL(", ").join(Identifier(*name) for name in sorted(names))
    db.execute(SQL("set local lock_timeout = {}").format(patience))
    db.execute(SQL("lock table {} in {} mode").format(tables, SQL(mode)))


def _exchange(db: Db, names: Sequence[str], conclude: Callable[[], None]) -> None:
    keys, grants, sequences = (_of(db, name, names) for name in ("keys_to_them", "grants", "sequences"))
    for sequence, _, _ in sequences:
        db.execute(SQL("alter sequence {} owned by none").format(Identifier("public", sequence)))
    for table, name, _ in keys:
        db.execute(SQL("alter table {} drop constraint {}").format(Identifier("public", table), Identifier(name)))
    for name in names:
        db.execute(SQL("drop table {}").format(Identifier("public", name)))
        db.execute(SQL("alter table {} set schema public").format(Identifier("beside", name)))
        db.execute(SQL("alter table {} reset (autovacuum_enabled)").format(Identifier("public", name)))
    for sequence, table, column in sequences:
        owner = Identifier("public", table, column)
        db.execute(SQL("alter sequence {} owned by {}").format(Identifier("public", sequence), owner))
    for table, privilege, grantee in grants:
        to = Identifier(grantee) if grantee else SQL("public")
        db.execute(SQL("grant {} on {} to {}").format(SQL(privilege), Identifier("public", table), to))
    # Before the keys are back, which look at all rows at once and not at each.
    conclude()
    for table, name, definition in keys:
        db.execute(
            SQL("alter table {} add constraint {} {}").format(
                Identifier("public", table), Identifier(name), SQL(definition)
            )
        )


def _of(db: Db, query: str, names: Sequence[str]) -> list[tuple[LiteralString, ...]]:
    return db.execute(_queries[query], {"tables": list(names)}).fetchall()
