"""Where imports are measured: a database for each round, and deliveries that the server's account can read."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from psycopg.sql import SQL, Identifier

from backend.domain.errors import Misconfigured
from backend.store import migrations
from etl.compiled import ready
from loadtests import place
from tests.postgres import Standby

_FOR_A_REPLICA = {"wal_keep_size": "16GB"}
TEMPLATE = "template_bench"
_FILES_GB, _SERVER_GB, _WAL_GB = 13, 14, 9  # at full scale: all deliveries, the larger database; WAL at any scale


class Place(place.Place):
    """Enter it to have the server, the folder of deliveries and the compiled reading."""

    def __init__(self, folder: Path | None, scale: float, *, replica: bool) -> None:
        needed = (_FILES_GB + _SERVER_GB) * scale + min(_WAL_GB, _WAL_GB * 10 * scale)
        super().__init__(needed, place.SETTINGS | (_FOR_A_REPLICA if replica else {}))
        self._kept = folder
        self._with_replica = replica
        self.standby: Standby | None = None
        self.folder: Path

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The name of an empty database, for as long as the `with` lasts."""
        name = "bench_ours" if migrated else "bench_plain"
        with self._administrator() as db:
            template = TEMPLATE if migrated else "template0"
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

    def environment(self, database: str) -> dict[str, str]:
        """The same, with where machine code is found."""
        machine_code = os.environ.get("NUMBA_CACHE_DIR", str(self.work / "machine-code"))
        return super().environment(database) | {"NUMBA_CACHE_DIR": machine_code}

    def _prepare(self) -> None:
        self.folder = self._kept or self.work / "deliveries"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._demand_space(self.folder, self.work)
        ready.prepare(self.work).join()

    def _furnish(self, stack: ExitStack) -> None:
        if not self.server.account.can_enter(self.folder):
            raise Misconfigured(
                f"Postgres runs as {self.server.account.name}, who cannot enter {self.folder}: name another folder."
            )
        with self._administrator() as db:
            db.execute(SQL("create database {} owner atelier_owner").format(Identifier(TEMPLATE)))
        migrations.upgrade(self.server.url(TEMPLATE, "atelier_owner"))
        if self._with_replica:
            self.standby = stack.enter_context(self.server.standby("replica"))
