"""Indexes and keys of tables that stand beside the live ones, and whatever else is built there: some at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from queue import SimpleQueue

from psycopg.sql import SQL, Composed

from backend.jobs.reading import Db, Stop
from backend.store import beside

BUILDERS = 2  # indexes at once

OnStep = Callable[[Db, int, int], None]  # on a connection of the tables' owner


def build(
    connect: Callable[[], AbstractContextManager[Db]], on_step: OnStep, stop: Stop, meanwhile: Future[None]
) -> None:
    """Build the keys and indexes, some at once, on connections that `connect` gives. While something else goes on
    `meanwhile`, which takes longer than each of them, only one at a time.
    """
    with connect() as db:
        steps = beside.finishing(db)
        on_step(db, 0, len(steps))
        for done, _ in enumerate(together(connect, steps, stop, meanwhile), start=1):
            on_step(db, done, len(steps))
        beside.make_keys(db)


def together(
    connect: Callable[[], AbstractContextManager[Db]],
    statements: Sequence[Composed | SQL],
    stop: Stop,
    meanwhile: Future[None] | None = None,
) -> Iterator[None]:
    """Carry out what builds something, some at once, each builder on a connection of its own; gives one thing for each
    that is done, in their order. One of the builders begins when what goes on `meanwhile` has ended.
    """
    free: SimpleQueue[Db] = SimpleQueue()

    def one(statement: Composed | SQL) -> None:
        stop.heed()
        builder = free.get()
        try:
            build_one(builder, statement)
            builder.commit()
        finally:
            free.put(builder)

    with ExitStack() as opened:
        for number in range(BUILDERS):
            builder = opened.enter_context(connect())
            if meanwhile is not None and number:
                meanwhile.add_done_callback(lambda _ended, late=builder: free.put(late))  # type: ignore[misc]
            else:
                free.put(builder)
        with ThreadPoolExecutor(BUILDERS, "import-build") as pool:
            yield from pool.map(one, statements)


def build_one(db: Db, statement: Composed | SQL) -> None:
    """Build one thing. It takes half a gigabyte of the server's memory."""
    # Several processes at one index cost more than several indexes at once: by a fifth, seen on two cores.
    db.execute("set max_parallel_maintenance_workers = 0")
    db.execute("set maintenance_work_mem = '512MB'")
    # The rows were written a moment ago: fetching them ahead, by processes of their own, costs a tenth more.
    db.execute("set effective_io_concurrency = 0")
    db.execute(statement)
