"""What stands on the shelves of a catalogue that has nothing there yet: filled beside the live tables, swapped in.

As with the reviews of an empty system: rows, indexes and pages are made once, of whole tables, where the merge takes
some products at a time. What is staged outlives a worker; what is made of it here does not, and is made anew.
"""

from functools import partial
from itertools import pairwise

from backend.jobs.aside import Aside
from backend.jobs.building import OnStep, together
from backend.jobs.reading import Db, Stop
from backend.services.importing import merge, progress, shelves
from backend.services.importing.staged import Run
from backend.store import beside, pages, swapping
from backend.store.database import Database

TAKEN_OVER = "fills"
PARTS = 16  # of the products, whose pages are made
EMPTY = (*beside.SHELVES, "catalogue_orphan")
TABLES = (*beside.SHELVES, beside.PAGES)


async def takes_over(database: Database, aside: Aside, run: Run) -> bool:
    """Whether this takes what belongs on the shelves out of the merge: where nothing is on them or waits for them, and
    so much comes that all pages may as well be made anew. Then the run has reached `TAKEN_OVER`, in the transaction in
    which the merge was left nothing: whoever goes on with it could not tell any more.
    """

    def is_better(owner: Db) -> bool:
        return merge.brings_much(owner, run) and beside.is_possible(owner, EMPTY)

    if better := await aside.connected(is_better, owner=True):
        async with database.write() as writer:
            await merge.leave_shelves(writer, run)
            await progress.reach(writer, run.id, TAKEN_OVER)
    return better


async def fill(aside: Aside, run: Run, on_step: OnStep, stop: Stop) -> None:
    """Make the tables anew, with what a run has staged and related, and put them in the place of the live ones."""
    await aside.thread(lambda: _make(aside, run, on_step, stop))
    await aside.connected(lambda owner: _put_up(owner, run), owner=True)


def _make(aside: Aside, run: Run, on_step: OnStep, stop: Stop) -> None:
    application, owner = partial(aside.connection, owner=False), partial(aside.connection, owner=True)
    with owner() as db:
        beside.create(db)
        beside.make(db, run.id, TABLES)
        beside.share(db)
        (last,) = db.execute("select coalesce(max(id), 0) from product").fetchone() or (0,)
        bounds = [last * part // PARTS for part in range(PARTS + 1)]
        stages = (
            (application, shelves.copies(run)),
            (owner, [*beside.indexing(db, beside.SHELVES), *map(beside.analyzing, beside.SHELVES)]),
            (owner, [beside.filling_pages(after + 1, upto) for after, upto in pairwise(bounds)]),
            (owner, [*beside.indexing(db, (beside.PAGES,)), beside.analyzing(beside.PAGES)]),
        )
        done, total = 0, sum(len(statements) for _, statements in stages)
        on_step(db, done, total)
        for connecting, statements in stages:
            for _ in together(connecting, statements, stop):
                done += 1
                on_step(db, done, total)
        beside.make_keys(db, TABLES)


def _put_up(owner: Db, run: Run) -> None:
    def conclude() -> None:
        beside.count_files(owner)
        owner.execute(progress.queries["fill"], {"run_id": run.id})
        # Whoever changed one meanwhile has made the page that is replaced.
        edited = [product for (product,) in owner.execute("select product_id from product_edited").fetchall()]
        owner.execute(pages.WRITE, {"ids": edited})
        beside.drop(owner)

    swapping.swap(owner, TABLES, empty=EMPTY, conclude=conclude)
