"""Every revision with data in the database, up and down; and the code of the revision before on the new schema."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database
from tests import cast
from tests.jobs import delivery
from tests.postgres import Server

pytestmark = [pytest.mark.long, pytest.mark.anyio]
ROOT = migrations.ROOT
ORDER = [each.revision for each in ScriptDirectory.from_config(migrations.config()).walk_revisions()][::-1]
# Of the older code's tests those that read and write what the public does, each kind once.
CONTRACT = [f"tests/api/test_{name}.py" for name in ("list", "meta", "search", "submit", "helpful", "report")]
Held = dict[str, list[dict[str, Any]]]
TABLES = """
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and relname !~ '^procrastinate_' and relname <> 'alembic_version'
"""


def held(url: str) -> Held:
    """Every row of every table."""
    with psycopg.connect(url) as db:
        names = [name for (name,) in db.execute(TABLES)]
        return {name: [row for (row,) in db.execute(f"select to_jsonb(t) from {name} as t".encode())] for name in names}


def changed(before: Held, after: Held) -> list[str]:
    """The tables whose rows differ, in the columns that both have."""
    found = []
    for name in before.keys() & after.keys():
        columns = set().union(*before[name]) & set().union(*after[name])
        rows = [sorted(str([row[c] for c in sorted(columns)]) for row in each[name]) for each in (before, after)]
        if rows[0] != rows[1] or bool(before[name]) != bool(after[name]):
            found.append(name)
    return found


def gone(before: Held, after: Held) -> list[str]:
    """Tables, and columns of filled ones, that the code before would miss."""
    tables = [name for name in before if name not in after]
    return tables + [
        f"{name}.{column}"
        for name in before.keys() & after.keys()
        for column in set().union(*before[name]) - set().union(*after[name])
    ]


@pytest.fixture
def filling(postgres: Server, tmp_path: Path) -> Settings:
    """The settings of an instance, for a database at the first revision."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("drop database if exists filling with (force)")
        connection.execute("create database filling owner atelier_owner")
    app, owner, read = (postgres.url("filling", f"atelier_{role}") for role in ("app", "owner", "read"))
    command.upgrade(migrations.config(owner), ORDER[0])
    return Settings(home=tmp_path, database_url=app, owner_url=owner, reader_url=read, import_roots=(tmp_path,))


async def test_data_goes_up_through_every_revision_down_and_up_again(filling: Settings, tmp_path: Path) -> None:
    url = filling.owner_url
    configuration = migrations.config(url)
    async with Database(filling) as database:
        await cast.people(database)
        async with database.write() as writer:
            await cast.products(writer)
            for rating, state in ((5, "published"), (1, "published"), (3, "hidden")):
                await cast.review(writer, rating=rating, state=state, ratings=[900 + rating, cast.FIT, rating])
    before = held(url)
    assert {"review", "product_rollup", "review_search", "user_account"} <= {name for name in before if before[name]}
    for revision in ORDER[1:]:
        command.upgrade(configuration, revision)
        after = held(url)
        assert (revision, gone(before, after), changed(before, after)) == (revision, [], [])
        before = after

    async with Database(filling) as database:
        await delivery.assert_sound(database)
        lines = [delivery.review(number, product_id=cast.BRIGHT_FUTURE) for number in range(500, 520)]
        run = await delivery.imported(database, filling, delivery.write(tmp_path / "small", reviews=lines))
        assert run["by_name"]["reviews.csv"]["inserted"] == len(lines)
    before = held(url)
    for revision in reversed(ORDER[:-1]):
        command.downgrade(configuration, revision)
        after = held(url)
        assert (revision, changed(before, after)) == (revision, [])
        before = after
    migrations.upgrade(url)
    assert changed(before, held(url)) == []
    async with Database(filling) as database:
        await delivery.assert_sound(database)


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


@pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None,
    reason="the code of the revision before is in Git's history, which is not here",
)
def test_the_code_of_the_revision_before_works_on_the_new_schema(tmp_path: Path) -> None:
    """Its own tests of the API, which make their database by its own migrations: here by ours."""
    (head,) = (ROOT / "migrations/versions").glob(f"{migrations.head()}_*.py")
    # By way of main alone: it may have come with a merge.
    added = git("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "-1", "--", str(head)).decode().strip()
    with tarfile.open(fileobj=io.BytesIO(git("archive", f"{added}^" if added else "HEAD"))) as archive:
        archive.extractall(tmp_path, filter="data")
    assert not (tmp_path / "migrations/versions" / head.name).exists()
    shutil.rmtree(tmp_path / "migrations")
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", *CONTRACT],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
