"""What cannot work says so in one line with the mend, ends with 1, and leaves nothing running."""

import os
import socket
from collections.abc import Iterator

import psycopg
import pytest

from backend.local.account import settle
from backend.local.state import Home
from tests.conftest import Urls
from tests.local.conftest import Shell

NOWHERE = "postgresql://atelier_app@127.0.0.1:9/atelier"


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def demand_one_line(shell: Shell, *words: str, **settings: str) -> None:
    done = shell.run("up", **settings)
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    for word in words:
        assert word in line
    shell.demand_quiet()


def test_settings_that_cannot_be_read(shell: Shell) -> None:
    demand_one_line(shell, "ATELIER_PORT is 'http'", "whole number", ATELIER_PORT="http")


def test_a_home_with_other_things(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "thesis.txt").touch()
    demand_one_line(shell, "holds other things", "set ATELIER_HOME")


def test_a_port_that_is_taken(shell: Shell, home: Home, taken: str) -> None:
    demand_one_line(
        shell, f"Port {taken} is taken by", f"process {os.getpid()}", "set ATELIER_PORT", ATELIER_PORT=taken
    )


def test_replicas_of_no_database(shell: Shell, home: Home) -> None:
    demand_one_line(shell, "without ATELIER_DATABASE_URL", ATELIER_REPLICA_URLS=NOWHERE)


def test_an_unreachable_database(shell: Shell, home: Home) -> None:
    demand_one_line(shell, "database cannot be reached", "Check ATELIER_DATABASE_URL", ATELIER_DATABASE_URL=NOWHERE)


def test_a_database_that_is_not_there(shell: Shell, home: Home, database_urls: Urls) -> None:
    url = database_urls.app.rpartition("/")[0] + "/nothing"
    demand_one_line(shell, 'database "nothing" does not exist', "Check ATELIER_DATABASE_URL", ATELIER_DATABASE_URL=url)


def test_a_wrong_credential(shell: Shell, home: Home, database_urls: Urls) -> None:
    settings = {
        "ATELIER_DATABASE_URL": database_urls.app,
        "ATELIER_OWNER_URL": database_urls.owner.replace("atelier_owner", "nobody"),
    }
    demand_one_line(shell, 'role "nobody" does not exist', "Check ATELIER_OWNER_URL", **settings)


def test_an_unreachable_bucket(shell: Shell, home: Home, database_urls: Urls) -> None:
    settings = {"ATELIER_DATABASE_URL": database_urls.app, "ATELIER_OWNER_URL": database_urls.owner}
    s3 = {
        "ATELIER_S3_ENDPOINT": "http://127.0.0.1:9",
        "ATELIER_IMPORT_BUCKETS": "deliveries",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    demand_one_line(shell, "bucket deliveries", "does not answer", "ATELIER_S3_ENDPOINT", **settings, **s3)


def test_a_schema_that_newer_code_made(shell: Shell, home: Home, database_urls: Urls) -> None:
    with psycopg.connect(database_urls.owner) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    settings = {"ATELIER_DATABASE_URL": database_urls.app, "ATELIER_OWNER_URL": database_urls.owner}
    demand_one_line(shell, "revision 9999, which this code does not know", **settings)


def test_data_of_another_postgres(shell: Shell, home: Home) -> None:
    data = settle(home).folder / "primary"
    data.mkdir()
    (data / "PG_VERSION").write_text("15\n")
    demand_one_line(shell, "made by Postgres 15", "atelier reset")
