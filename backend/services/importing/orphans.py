"""Records that earlier runs refused and later ones take: orphans whose parents have come, and repaired rejects.

A photo or rating without its parents is kept and waits. Each run takes up those whose parents it brings, or finds
stored, as a file of its own with its own balance; they are related and merged like others. When the run is through, the
earlier rejects say that it took them; when it is rolled back, they are open again.
"""

from psycopg.sql import SQL

from backend.domain.imports import STAGED
from backend.services.importing import progress
from backend.services.importing.merge import Run
from backend.store import sql
from backend.store.database import Database, Row, Writer

queries = sql.load("import_orphans")
# How the statements' names end, by format.
WAITING = {"photos": "photos", "characteristic_ratings": "ratings"}


async def take_up(database: Database, run: Run) -> list[Row]:
    """Stage waiting orphans whose parents are there; the run's files of such. Repeated, it adds what is not staged."""
    async with database.write() as writer:
        for fmt, name in WAITING.items():
            values = {"run_id": run.id, "format": fmt}
            await writer.execute(run.statement(queries[f"find_{name}"]), values)
            if await writer.fetch_value("select exists (select from taken)"):
                await writer.execute(
                    SQL(queries["leave_staged"]).format(staged=run.table(fmt), refused=run.table("refused"))
                )
                await writer.execute(SQL(queries["add_files"]).format(), values)
                await writer.execute(run.statement(queries[f"stage_{name}"]), values)
            if await writer.fetch_value(queries["has_files"], values):
                await writer.execute(SQL(queries["count_staged"]).format(staged=run.table(fmt)), values)
            await writer.execute(queries["drop_taken"])
        files = await progress.files_of(writer, run.id)
    return [file for file in files if is_of_orphans(file)]


async def settle(database: Database, run: Run) -> None:
    """When the merge is through: mark the rejects that were taken after all, and keep the run's own orphans."""
    async with database.write() as writer:
        for fmt in WAITING:
            values = {"run_id": run.id, "format": fmt}
            await writer.execute(SQL(queries["settle_waiting"]).format(staged=run.table(fmt)), values)
        for fmt in STAGED:
            statement = SQL(queries["settle_repaired"]).format(staged=run.table(fmt))
            await writer.execute(statement, {"run_id": run.id})
        if await writer.fetch_value(queries["has_orphans"], {"run_id": run.id}):
            # What waits has just come as often as not, and the planner would look for each by itself.
            await writer.execute("set local enable_nestloop = off")
            await writer.execute(run.statement(queries["keep"]))


async def reopen(writer: Writer, run_id: int) -> None:
    """A run was rolled back: what it took is open again, and its own orphans come no more."""
    await writer.execute(queries["reopen"], {"run_id": run_id})
    await writer.execute(queries["forget_own"], {"run_id": run_id})


def is_of_orphans(file: Row) -> bool:
    """Whether a file's row is of earlier orphans, which no object is read for."""
    return "orphans" in (file["understood"] or {})
