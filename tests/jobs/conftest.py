"""How files are read, a second system, and the story that the tests of disturbed and of shared runs compare with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from backend.settings import Settings
from etl.compiled import ready
from tests.jobs.story import Story, told
from tests.postgres import Server


# Both passes say the same, row by row: tests/etl/test_compiled.py. Whole imports by the slower one are of the long run.
@pytest.fixture(params=[pytest.param("plain", marks=pytest.mark.long), "compiled"])
def both_passes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The test runs once by the plain pass and once with machine code."""
    monkeypatch.setattr(ready, "_made", ready.load(tmp_path) if request.param == "compiled" else None)


@pytest.fixture
def another_system(postgres: Server, settings: Settings) -> Callable[[], AbstractContextManager[Settings]]:
    """Makes the settings of a second, empty system."""

    @contextmanager
    def made() -> Iterator[Settings]:
        name = psycopg.conninfo.conninfo_to_dict(settings.database_url)["dbname"]
        other = f"{name}_other"
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {other} template template_atelier owner atelier_owner")
            try:
                yield replace(
                    settings,
                    database_url=postgres.url(other, "atelier_app"),
                    owner_url=postgres.url(other, "atelier_owner"),
                    reader_url=postgres.url(other, "atelier_read"),
                )
            finally:
                connection.execute(f"drop database {other} with (force)")

    return made


@pytest.fixture(scope="session")
def story(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    whole = told(postgres, tmp_path_factory.mktemp("story"))
    yield whole
    whole.end()


@pytest.fixture
def file(settings: Settings) -> int:
    """A file of a run, in the database."""
    with psycopg.connect(settings.database_url) as db:
        db.execute("insert into import_run (source) values ('s3://x')")
        db.execute("insert into import_file (run_id, name, url) values (1, 'a.csv', 's3://x/a.csv')")
    return 1
