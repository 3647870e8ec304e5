"""The schema's revisions: where a database stands, what this code needs, and the way there."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from backend.domain.errors import Misconfigured
from backend.store.connections import reason_of

if TYPE_CHECKING:
    # Imported only to migrate: every instance asks for the head as it starts, and Alembic takes long to import.
    from alembic.config import Config

ROOT = Path(__file__).parents[2]
_REVISION = re.compile(
    r"""^revision = ["'](\w+)["']$.*?^down_revision = (?:None|["'](\w+)["'])$""", re.MULTILINE | re.DOTALL
)


def config(url: str | None = None) -> "Config":
    """Alembic's configuration as alembic.ini has it, but quiet and for a database of our choice."""
    from alembic.config import Config  # noqa: PLC0415

    made = Config(attributes={"url": url} if url else {})
    made.set_main_option("script_location", str(ROOT / "migrations"))
    made.set_main_option("path_separator", "os")
    return made


def head() -> str:
    """The revision this code was written for."""
    (revision,) = known() - set(_revisions().values())
    return revision


def known() -> set[str]:
    """Every revision this code has heard of."""
    return set(_revisions())


@cache
def _revisions() -> dict[str, str | None]:
    """Each revision with the one before it, as their files say."""
    found = {}
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        match = _REVISION.search(path.read_text(encoding="utf-8"))
        if match is None:
            raise Misconfigured(f"{path} names no revision: is the installation whole?")
        found[match[1]] = match[2]
    return found


def current(url: str) -> str | None:
    """The revision a database stands at, None for an empty one. `Misconfigured` where it cannot be reached."""
    if not url:
        raise Misconfigured("No database is named: set ATELIER_DATABASE_URL, or run `atelier up` for a local one.")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            if connection.execute("select to_regclass('alembic_version') is null").fetchone() == (True,):
                return None
            row = connection.execute("select version_num from alembic_version").fetchone()
            return row[0] if row else None
    except psycopg.Error as error:
        raise Misconfigured(
            f"The database cannot be reached: {reason_of(error)}. Check ATELIER_DATABASE_URL."
        ) from error


def upgrade(url: str) -> None:
    """Bring a database to this code's revision. `Misconfigured` where newer code was here before."""
    from alembic import command  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    at = current(url)
    if at is not None and at not in known():
        raise Misconfigured(f"The database stands at revision {at}, which this code does not know: run newer code.")
    try:
        command.upgrade(config(url), "head")
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise Misconfigured(
                "The database could not be migrated: somebody holds what it needs, and waiting for it would have held "
                "up others. The revisions before are done. Run it again, when nothing long is under way."
            ) from error
        raise Misconfigured(f"The database could not be migrated: {reason_of(error.orig or error)}.") from error
    except CommandError as error:
        raise Misconfigured(f"The database could not be migrated: {reason_of(error)}.") from error


def demand(url: str) -> None:
    """Raise `Misconfigured`, with the mend, unless a database stands where this code needs it."""
    at, needed = current(url), head()
    if at == needed:
        return
    if at is None:
        raise Misconfigured("The database is empty: run `atelier db upgrade`.")
    if at in known():
        raise Misconfigured(
            f"The database stands at revision {at}, this code needs {needed}: run `atelier db upgrade`."
        )
    raise Misconfigured(f"The database stands at revision {at}, which this code does not know: run newer code.")
