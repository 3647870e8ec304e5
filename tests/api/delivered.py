"""A delivery in the database, by way of the real import."""

from pathlib import Path

from backend.domain.actors import SYSTEM
from backend.jobs import imports
from backend.services import importing
from backend.settings import Settings
from backend.store.database import Database

# Small, with what real deliveries have: quoted line breaks, dates in three forms, a review reported before it came.
OURS = Path(__file__).parents[1] / "data" / "delivery"
# What is sold of the same products; some of it belongs to others that are not there.
SHELF = OURS.with_name("shelf")


async def deliver(database: Database, settings: Settings, folder: Path = OURS) -> None:
    """Import a folder, in this process."""
    async with database.write() as writer:
        run_id = await importing.request_run(writer, SYSTEM, folder.as_uri(), settings=settings, queue=False)
    await imports.run_import(database, settings, run_id)
