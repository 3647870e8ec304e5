"""The jobs on personal data: finding a reviewer, erasing what was found, redacting chosen reviews."""

from backend.domain.jobs import Wish
from backend.services import erasing, redacting
from backend.settings import Settings
from backend.store.database import Database, Row


async def find(database: Database, _settings: Settings, job: Row) -> Wish | None:
    return await erasing.look(database, job)


async def erase(database: Database, _settings: Settings, job: Row) -> Wish | None:
    return await erasing.carry_out(database, job)


async def redact(database: Database, _settings: Settings, job: Row) -> Wish | None:
    return await redacting.carry_out(database, job)
