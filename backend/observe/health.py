"""Health: whether the process lives, and whether it can serve; if not, which part is missing and why."""

import asyncio
import os
from functools import cache
from typing import TypedDict

from litestar import Request, Response, get
from litestar.datastructures import State

from backend.domain.errors import AtelierError
from backend.store import migrations
from backend.store.database import Database

PATIENCE = 3.0  # seconds that a part may take to answer


class Part(TypedDict):
    """One part: `needed` parts must be well for the instance to serve."""

    ok: bool
    needed: bool
    says: str


@get("/health/live", include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, bool]:
    """The process answers."""
    return {"live": True}


@get("/health/ready", include_in_schema=False)
async def ready(request: Request[None, None, State]) -> Response[dict[str, object]]:
    """Every part with what it says; 503 while one that is needed is not well."""
    parts = await parts_of(request.app.state.database)
    able = all(part["ok"] for part in parts.values() if part["needed"])
    body: dict[str, object] = {
        "ready": able,
        "instance": request.app.state.settings.instance,
        "process": os.getpid(),
        "parts": parts,
    }
    return Response(body, status_code=200 if able else 503, headers={} if able else {"Retry-After": "2"})


async def parts_of(database: Database) -> dict[str, Part]:
    """The database, its schema, and each replica (not needed: without it the primary answers)."""
    parts = await _database(database)
    for member in database.replicas.members:
        if member.may_serve():
            says = f"{member.lag_seconds or 0.0:.1f} s behind"
        else:
            says = "Out of rotation; the primary answers" + (f": {member.error}" if member.error else "")
        parts[f"replica {member.name}"] = Part(ok=member.may_serve(), needed=False, says=says)
    return parts


async def _database(database: Database) -> dict[str, Part]:
    try:
        async with asyncio.timeout(PATIENCE), database.read(fresh=True) as reader:
            at = await reader.fetch_value("select version_num from alembic_version")
    except (AtelierError, TimeoutError):
        return {"database": Part(ok=False, needed=True, says="It does not answer")}
    return {"database": Part(ok=True, needed=True, says="It answers"), "schema": _schema(at)}


def _schema(at: str) -> Part:
    head, known = _revisions()
    if at == head:
        return Part(ok=True, needed=True, says=f"Revision {at}")
    if at in known:
        return Part(ok=False, needed=True, says=f"Revision {at}, this code needs {head}: run `atelier db upgrade`")
    # Migrations run before the new code starts, and the old code goes on working until then.
    return Part(ok=True, needed=True, says=f"Revision {at}, newer than this code's {head}")


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    return migrations.head(), frozenset(migrations.known())
