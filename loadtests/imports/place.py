"""Where the bench works: a Postgres of its own with a database for each round, and folders that its account can read.

All of it goes when the bench ends, also by Ctrl-C or SIGTERM.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import psycopg
from psycopg.sql import SQL, Identifier

from backend.domain.errors import Misconfigured
from backend.store import migrations
from etl.compiled import ready
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
_FOR_A_REPLICA = {"wal_keep_size": "16GB"}
ROOT = Path(__file__).parents[2]
_TEMPLATE = "template_bench"
_FILES_GB, _SERVER_GB, _WAL_GB = 13, 14, 9  # at full scale: all deliveries, the larger database; WAL at any scale
Db = psycopg.Connection[Any]


class Place:
    """Enter it to have the server, the folder of deliveries and the compiled reading."""

    def __init__(self, folder: Path | None, scale: float, *, replica: bool) -> None:
        self._kept = folder
        self._scale = scale
        self._with_replica = replica
        self.settings = SETTINGS | (_FOR_A_REPLICA if replica else {})
        self.standby: Standby | None = None
        self.folder: Path
        self.server: Server
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        signal.signal(signal.SIGTERM, _stop)
        with ExitStack() as stack:
            self._work = Path(stack.enter_context(_temporary()))
            self.folder = self._kept or self._work / "deliveries"
            self.folder.mkdir(parents=True, exist_ok=True)
            self._demand_space()
            ready.prepare(self._work).join()
            options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
            self.server = stack.enter_context(Server(options))
            if not self.server.account.can_enter(self.folder):
                raise Misconfigured(
                    f"Postgres runs as {self.server.account.name}, who cannot enter {self.folder}: name another folder."
                )
            self._template()
            if self._with_replica:
                self.standby = stack.enter_context(self.server.standby("replica"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        # Cleaning up takes a while; a second Ctrl-C would leave gigabytes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._stack.close()
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The name of an empty database, for as long as the `with` lasts."""
        name = "bench_ours" if migrated else "bench_plain"
        with self._administrator() as db:
            template = _TEMPLATE if migrated else "template0"
            db.execute(
                SQL("create database {} template {} owner atelier_owner strategy file_copy").format(
                    Identifier(name), Identifier(template)
                )
            )
        try:
            yield name
        finally:
            with self._administrator() as db:
                db.execute(SQL("drop database {} with (force)").format(Identifier(name)))
                db.execute("checkpoint")

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
            "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(self._work / "machine-code")),
            "ATELIER_HOME": str(self._work / "home"),
            "ATELIER_DATABASE_URL": url(database, "atelier_app"),
            "ATELIER_OWNER_URL": url(database, "atelier_owner"),
            "ATELIER_READER_URL": url(database, "atelier_read"),
            "ATELIER_SECRET": "of a bench that nobody else reaches",
        }

    def _administrator(self) -> Db:
        return psycopg.connect(self.server.url("postgres"), autocommit=True)

    def _template(self) -> None:
        with self._administrator() as db:
            for role in ("atelier_owner login createrole", "atelier_app login", "atelier_read login"):
                db.execute(SQL("create role {}").format(SQL(role)))
            db.execute(SQL("create database {} owner atelier_owner").format(Identifier(_TEMPLATE)))
        migrations.upgrade(self.server.url(_TEMPLATE, "atelier_owner"))

    def _demand_space(self) -> None:
        needed = (_FILES_GB + _SERVER_GB) * self._scale + min(_WAL_GB, _WAL_GB * 10 * self._scale)
        free = min(shutil.disk_usage(each).free for each in (self.folder, self._work)) / 1e9
        if free < needed:
            raise Misconfigured(
                f"This needs about {needed:.0f} GB of disk, and {free:.0f} GB are free: choose a smaller --scale."
            )


@contextmanager
def _temporary() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="atelier-bench-")
    try:
        Path(folder).chmod(0o755)  # the server reads the deliveries as another user
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)
