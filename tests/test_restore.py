"""A backup is one that was taken back: base backup, archived log, a moment, by the settings of the operators' page."""

import asyncio
import re
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from backend.settings import Settings
from backend.store import migrations
from backend.store.database import Database
from tests import cast
from tests.postgres import SPEED, Server

pytestmark = [pytest.mark.long, pytest.mark.anyio]
PAGE = (migrations.ROOT / "docs/operations.md").read_text(encoding="utf-8")


def documented(name: str, folder: Path) -> str:
    """A setting's value as the page has it, for an archive in this folder."""
    found = re.search(rf"^{name} = '([^']*)'", PAGE, re.MULTILINE)
    assert found is not None, name
    return found[1].replace("/backup", str(folder))


async def test_the_moment_before_a_mishap_comes_back(tmp_path: Path) -> None:
    with Server(f"{SPEED} -c archive_mode=on") as server:
        archive = server.folder / "wal"
        server.account.folder(archive)
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            command = sql.Literal(documented("archive_command", server.folder))
            admin.execute(sql.SQL("alter system set archive_command = {}").format(command))
            admin.execute("select pg_reload_conf()")
            admin.execute("create role atelier_owner login createrole")
            admin.execute("create role atelier_app login")
            admin.execute("create role atelier_read login")
            admin.execute("create database atelier owner atelier_owner")
        app, owner, read = (server.url("atelier", f"atelier_{role}") for role in ("app", "owner", "read"))
        migrations.upgrade(owner)
        async with Database(Settings(home=tmp_path, database_url=app, owner_url=owner, reader_url=read)) as database:
            await cast.people(database)
            async with database.write() as writer:
                await cast.catalogue(writer)
                await cast.review(writer, rating=5)
            server.back_up("base")
            async with database.write() as writer:
                await cast.review(writer, rating=2)
        with psycopg.connect(owner, autocommit=True) as connection:
            (moment,) = connection.execute("select clock_timestamp()").fetchone() or ("",)
            connection.execute("delete from review")
        _archived(server)

        settings = (
            f"restore_command = '{documented('restore_command', server.folder)}'\n"
            f"recovery_target_time = '{moment.isoformat()}'\n"
            f"recovery_target_action = '{documented('recovery_target_action', server.folder)}'\n"
        )
        with server.restored("base", settings) as back:
            with psycopg.connect(back.url("atelier"), autocommit=True) as connection:
                while connection.execute("select pg_is_in_recovery()").fetchone() == (True,):
                    await asyncio.sleep(0.1)
                assert connection.execute("select rating from review order by id").fetchall() == [(5,), (2,)]
            checked = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "backend.cli", "db", "check",
                env={"PYTHONPATH": str(migrations.ROOT), "ATELIER_DATABASE_URL": back.url("atelier", "atelier_app")},
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            said, _ = await checked.communicate()
            assert (checked.returncode, said) == (0, b"Every derived number agrees with the reviews.\n")


def _archived(server: Server) -> None:
    """Wait until all that was written is in the archive."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        (name,) = admin.execute("select pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
        while admin.execute("select last_archived_wal >= %s from pg_stat_archiver", (name,)).fetchone() != (True,):
            admin.execute("select pg_sleep(0.1)")
