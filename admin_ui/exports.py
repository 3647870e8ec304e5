"""What an export is of, beside its job: the filter in words, and the file for whom it is."""

from typing import Any

from admin_ui import chips
from admin_ui.visits import Visit
from backend.domain.errors import Forbidden, NotFound
from backend.domain.jobs import JobState
from backend.services import browsing, exporting, views
from backend.store.database import Reader, Row


async def about(reader: Reader, visit: Visit, job: Row) -> dict[str, Any]:
    """What stands in job_export.html; others than its author and leads see that there is a file, and no more."""
    try:
        export = await exporting.one(reader, visit.actor, job["id"])
    except (Forbidden, NotFound) as refused:
        return {"export": None, "refused": refused.detail}
    filters = views.read(export["query"])
    names = await browsing.names(reader, visit.actor, filters)
    return {
        "export": export,
        "told": chips.in_words(filters, names) or "All reviews",
        "finished": job["state"] == JobState.FINISHED,
    }
