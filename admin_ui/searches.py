"""What a search for a reviewer has found, beside its job."""

from typing import Any

from admin_ui.visits import Visit
from backend.domain.jobs import JobState
from backend.services import erasing
from backend.store.database import Reader, Row


async def about(reader: Reader, visit: Visit, job: Row) -> dict[str, Any]:
    """What stands in job_find.html; others than leads see that there is a search, and no more."""
    found = await erasing.found(reader, visit.actor, job["id"]) if visit.may("lead") else None
    return {"found": found, "complete": job["state"] == JobState.FINISHED}
