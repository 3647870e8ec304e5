"""Records that earlier runs refused and later ones take: orphans whose parents have come, and repaired rejects.

A photo or rating without its parents is kept and waits, and so does what is said of a product that is not there. Each
run takes up those whose parents it brings, or finds stored, as a file of its own with its own balance; they are related
and merged like others. When the run is through, the earlier rejects say that it took them; when it is rolled back, they
are open again.
"""

from psycopg.sql import SQL, Identifier

from backend.domain.imports import STAGED
from backend.services.importing import progress, shelves
from backend.services.importing.staged import Run
from backend.store import sql
from backend.store.connections import insisted
from backend.store.database import Database, Row, Writer

queries = sql.load("import_orphans")
# How the statements' names end, by format.
WAITING = {"photos": "photos", "characteristic_ratings": "ratings"}


async def take_up(database: Database, run: Run) -> list[Row]:
    """Stage waiting orphans whose parents are there; the run's files of such. Repeated, it adds what is not staged."""
    async with database.write() as writer:
        return await insisted(writer.connection, _taken_up(writer, run))


async def _taken_up(writer: Writer, run: Run) -> list[Row]:
    for fmt, name in WAITING.items():
        values = {"run_id": run.id, "format": fmt}
        await writer.execute(run.statement(queries[f"find_{name}"]), values)
        if await _add_files(writer, run, fmt):
            await writer.execute(run.statement(queries[f"stage_{name}"]), values)
        await _counted(writer, run, fmt)
    for shelf in shelves.SHELVES:
        await shelves.find_waiting(writer, run, shelf)
        if await _add_files(writer, run, shelf.format):
            await shelves.stage_waiting(writer, run, shelf)
        await _counted(writer, run, shelf.format)
    files = await progress.files_of(writer, run.id)
    return [file for file in files if is_of_orphans(file)]


async def _add_files(writer: Writer, run: Run, fmt: str) -> bool:
    """Add a row for each file of which something is `taken`; whether there is anything."""
    if not await writer.fetch_value("select exists (select from taken)"):
        return False
    await writer.execute(SQL(queries["leave_staged"]).format(staged=run.table(fmt), refused=run.table("refused")))
    await writer.execute(SQL(queries["add_files"]).format(), {"run_id": run.id})
    return True


async def _counted(writer: Writer, run: Run, fmt: str) -> None:
    values = {"run_id": run.id, "format": fmt}
    if await writer.fetch_value(queries["has_files"], values):
        await writer.execute(SQL(queries["count_staged"]).format(staged=run.table(fmt)), values)
    await writer.execute(queries["drop_taken"])


async def settle(database: Database, run: Run) -> None:
    """When the merge is through: mark the rejects that were taken after all, and keep the run's own orphans."""
    async with database.write() as writer:
        for fmt, waiting in (
            *((fmt, "import_orphan") for fmt in WAITING),
            *((shelf.format, "catalogue_orphan") for shelf in shelves.SHELVES),
        ):
            values = {"run_id": run.id, "format": fmt}
            names = {"staged": run.table(fmt), "waiting": Identifier(waiting)}
            await writer.execute(SQL(queries["settle_waiting"]).format(**names), values)
        for fmt in STAGED:
            statement = SQL(queries["settle_repaired"]).format(staged=run.table(fmt))
            await writer.execute(statement, {"run_id": run.id})
        if await writer.fetch_value(queries["has_orphans"], {"run_id": run.id}):
            # What waits has just come as often as not, and the planner would look for each by itself.
            await writer.execute("set local enable_nestloop = off")
            await writer.execute(run.statement(queries["keep"]))
            await shelves.keep_waiting(writer, run)


async def reopen(writer: Writer, run_id: int) -> None:
    """A run was rolled back: what it took is open again, and its own orphans come no more."""
    await writer.execute(queries["reopen"], {"run_id": run_id})
    await writer.execute(queries["forget_own"], {"run_id": run_id})


def is_of_orphans(file: Row) -> bool:
    """Whether a file's row is of earlier orphans, which no object is read for."""
    return "orphans" in (file["understood"] or {})
