"""Writing a list of reviews into a file, part by part, each with the place that it reaches."""

from zoneinfo import ZoneInfo

from backend.domain.actors import SYSTEM
from backend.domain.jobs import Wish
from backend.services import browsing, exporting, jobs, views
from backend.settings import Settings
from backend.store.database import Database, Row


async def carry_out(database: Database, _settings: Settings, job: Row) -> Wish | None:
    """Write the rest of a file; what somebody wished meanwhile, or None when it is whole."""
    if job["total"] is None:
        await _foretell(database, job["id"])
    while True:
        async with database.read() as reader:
            export = await exporting.resumed(reader, job["id"])
            piece = await exporting.next_piece(reader, export)
        is_full = export["done"] + len(piece.rows) >= exporting.MOST
        async with database.write() as writer:
            wish = await exporting.keep(writer, export, piece)
            if is_full and piece.reached:
                await jobs.note(writer, job["id"], f"A file ends after {exporting.MOST:,} reviews: narrow the filter.")
        if is_full or piece.reached is None:
            return None
        if wish:
            return wish


async def _foretell(database: Database, job_id: int) -> None:
    """How many rows there will be, where they can be counted within the time that a page has for it."""
    async with database.read() as reader:
        export = await exporting.resumed(reader, job_id)
        filters, zone = views.read(export["query"]), ZoneInfo(export["time_zone"])
        count = await browsing.count(reader, SYSTEM, filters, zone)
    if count.exact:
        async with database.write() as writer:
            await jobs.set_total(writer, job_id, min(count.number, exporting.MOST))
