"""A dry run into a filled system tells what the run itself then does, and leaves everything as it was."""

from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from backend.domain.actors import SYSTEM
from backend.domain.errors import Conflict
from backend.jobs.imports import Progress, run_import
from backend.services import importing, moderation
from backend.settings import Settings
from backend.store.database import Database, Row
from etl import sample
from tests import cast
from tests.jobs.delivery import assert_sound, counts, imported, review, rows, run_of, write
from tests.jobs.story import newer

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_passes")]
OWN = ("import_run", "import_file", "import_reject", "import_signature")


async def dry(database: Database, settings: Settings, folder: Path, *, lost: bool = False) -> Row:
    async with database.write() as writer:
        options = importing.options(dry_run=True)
        run_id = await importing.request_run(writer, SYSTEM, folder.as_uri(), options, settings=settings, queue=False)

    class Lost(BaseException):
        pass

    def lose(progress: Progress) -> None:
        if progress.stage == "merge" and progress.done:
            raise Lost

    if lost:
        with pytest.raises(Lost):
            await run_import(database, settings, run_id, report=lose)
    assert await run_import(database, settings, run_id) == "finished"
    return await run_of(database, run_id)


def everything(settings: Settings) -> dict[str, list[str]]:
    """Every table, whole, but for what a run tells of itself."""
    with psycopg.connect(settings.owner_url) as db:
        names = [name for (name,) in db.execute("select tablename::text from pg_tables where schemaname = 'public'")]
        found = {}
        for name in sorted(names):
            if name not in OWN and not name.startswith("procrastinate"):
                every = db.execute(SQL("select to_jsonb(t)::text from {} as t").format(Identifier(name))).fetchall()
                found[name] = sorted(row for (row,) in every if '"request"' not in row)
        return found


@pytest.mark.parametrize("lost", [False, True])
async def test_it_tells_what_the_run_then_does(
    database: Database, settings: Settings, tmp_path: Path, lost: bool
) -> None:
    sample.write(tmp_path / "1", products=60, reviews=400, seed=5)
    await imported(database, settings, tmp_path / "1")
    newer(tmp_path / "1", tmp_path / "2")
    before = everything(settings)
    told = await dry(database, settings, tmp_path / "2", lost=lost)
    assert everything(settings) == before
    assert await rows(database, "select tablename from pg_tables where schemaname = 'staging'") == []
    real = await imported(database, settings, tmp_path / "2")
    assert {name: counts(file) for name, file in told["by_name"].items()} == {
        name: counts(file) for name, file in real["by_name"].items()
    }
    assert sum(file["updated"] for file in real["files"]) > 20
    assert sum(file["inserted"] for file in real["files"]) > 20
    await assert_sound(database)


async def test_what_a_moderator_decided_would_be_kept(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", reviews=[review(1), review(2)]))
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, 1, "spam")
    told = await dry(database, settings, write(tmp_path / "2", reviews=[review(1, rating=1), review(2, rating=1)]))
    assert counts(told["by_name"]["reviews.csv"]) == {"updated": 1, "unchanged": 1, "kept": 1}
    assert await rows(database, "select distinct rating from review") == [{"rating": 4}]


async def test_it_is_no_load_and_cannot_be_rolled_back(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "1", reviews=[review(1)])
    told = await dry(database, settings, folder)
    async with database.write() as writer:
        with pytest.raises(Conflict, match="dry run"):
            await importing.roll_back(writer, cast.OPERATOR, told["id"])
    # The same object is not taken for loaded.
    assert counts((await imported(database, settings, folder))["by_name"]["reviews.csv"]) == {"inserted": 1}
