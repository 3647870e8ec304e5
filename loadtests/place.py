"""Where a bench works: a Postgres of its own, and a folder that the server's account can read.

All of it goes when the bench ends, also by Ctrl-C or SIGTERM.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import psycopg
from psycopg.sql import SQL

from backend.domain.errors import Misconfigured
from tests.postgres import Server, Standby

# As the local system's, but for fsync: how fast this machine's disk is says nothing about us, and both sides have it
# alike.
SETTINGS = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "fsync": "off",
    "max_connections": "50",
}
ROOT = Path(__file__).parents[1]
Db = psycopg.Connection[Any]


class Place:
    """Enter it to have the server and the folder. It needs so many `gigabytes`, and says so where they are not free.

    The server begins with a copy of `data`, a cluster that `Server.keep` left; without it, empty but for its roles.
    """

    def __init__(self, gigabytes: float, settings: Mapping[str, str], data: Path | None = None) -> None:
        self._gigabytes = gigabytes
        self._data = data
        self.settings = dict(settings)
        self.work: Path
        self.server: Server
        self._stack = ExitStack()
        self._replica: Standby | None = None

    def __enter__(self) -> Self:
        signal.signal(signal.SIGTERM, _stop)
        with ExitStack() as stack:
            self.work = Path(stack.enter_context(_temporary()))
            self._prepare()
            options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
            self.server = stack.enter_context(Server(options, self._data))
            if self._data is None:
                with self._administrator() as db:
                    for role in ("atelier_owner login createrole", "atelier_app login", "atelier_read login"):
                        db.execute(SQL("create role {}").format(SQL(role)))
            self._furnish(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        # Cleaning up takes a while; a second Ctrl-C would leave gigabytes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._stack.close()
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    @property
    def replica(self) -> Standby:
        """A streaming replica, made when it is first asked for."""
        if self._replica is None:
            self._replica = self._stack.enter_context(self.server.standby("replica"))
        return self._replica

    def processes(self) -> list[int]:
        """The first processes of all servers."""
        folders = ["data", *(["replica"] if self._replica else [])]
        return [self.server.process_of(folder) for folder in folders]

    def settle(self) -> None:
        """Begin alike: everything written to the disk, no checkpoint due."""
        with self._administrator() as db:
            db.execute("checkpoint")

    def environment(self, database: str) -> dict[str, str]:
        """What the `atelier` command needs to work on a database here."""
        url = self.server.url
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "ATELIER_HOME": str(self.work / "home"),
            "ATELIER_DATABASE_URL": url(database, "atelier_app"),
            "ATELIER_OWNER_URL": url(database, "atelier_owner"),
            "ATELIER_READER_URL": url(database, "atelier_read"),
            "ATELIER_SECRET": "of a bench that nobody else reaches",
        }

    def _prepare(self) -> None:
        """Before there is a server."""
        self._demand_space(self.work)

    def _furnish(self, stack: ExitStack) -> None:
        """What the server needs before it is of use; `stack` ends it."""

    def _administrator(self) -> Db:
        return psycopg.connect(self.server.url("postgres"), autocommit=True)

    def _demand_space(self, *folders: Path) -> None:
        free = min(shutil.disk_usage(each).free for each in folders) / 1e9
        if free < self._gigabytes:
            raise Misconfigured(
                f"This needs about {self._gigabytes:.0f} GB of disk, and {free:.0f} GB are free:"
                " choose a smaller --scale."
            )


@contextmanager
def _temporary() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="atelier-bench-")
    try:
        Path(folder).chmod(0o755)  # the server reads what is in it as another user
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)
