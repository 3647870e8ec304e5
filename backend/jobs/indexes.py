"""Indexes that a load has left, which the console's lists and later imports alone ask for: made when it is live, beside
its readers.

What is due stands in the database until it is made. A build that was broken off leaves an index that serves nobody:
it goes first. Whoever may not make indexes leaves them to somebody who may.
"""

from collections.abc import Callable

from psycopg.sql import SQL, Identifier

from backend.jobs.aside import Aside
from backend.jobs.building import build_one
from backend.jobs.reading import Db, Stop
from backend.settings import Settings
from backend.store import beside

_LOCK = 7_226_003  # any number: one makes them at a time


async def make_due(settings: Settings, on_step: Callable[[int, int], None] = lambda _done, _total: None) -> None:
    """Make what is due, one after the other; `on_step` is told how many of how many. Somebody else may be at it."""
    if settings.owner_url:
        await Aside(settings, Stop()).connected(lambda owner: _make(owner, on_step), owner=True)


def _make(owner: Db, on_step: Callable[[int, int], None]) -> None:
    if owner.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
        return
    due = owner.execute(beside.queries["indexes_due"]).fetchall()
    if due:
        on_step(0, len(due))
    for done, (name, definition) in enumerate(due, start=1):
        owner.execute(SQL("drop index concurrently if exists {}").format(Identifier("public", name)))
        build_one(owner, SQL(definition))
        owner.execute(beside.queries["index_made"], (name,))
        on_step(done, len(due))
