"""The server of the API's bench with its data: generated, or as an earlier run kept it."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Identifier

from backend.store import migrations
from etl import sample
from loadtests import delivery, place
from loadtests.api import filling
from tests.postgres import BINARIES, Standby

FULL, SMALL = "atelier", "small"
SMALL_SCALE = 0.01  # of the data that the cost of one request is compared with
SETTINGS = place.SETTINGS | {"max_connections": "250", "max_wal_size": "2GB"}
_GB, _WAL_GB = 20, 9  # at full scale: the files, two designs; WAL at any scale
_COPY_GB = 14


class Place(place.Place):
    """Enter it to have a server with the data at a scale, and beside it, in the database `SMALL`, that of 0.01."""

    def __init__(self, scale: float, folder: Path | None, tell: Callable[[str], None]) -> None:
        self.scale = scale
        self.databases = {FULL: scale} | ({SMALL: SMALL_SCALE} if scale > SMALL_SCALE else {})
        self._folder = folder
        self._tell = tell
        self._replica: Standby | None = None
        found = folder is not None and _is_there(folder, self.databases)
        gigabytes = _COPY_GB * scale if found else _GB * scale + min(_WAL_GB, _WAL_GB * 10 * scale)
        data = folder / "data" if found and folder else None
        super().__init__(gigabytes + (_COPY_GB * scale if folder and not found else 0), SETTINGS, data)

    @property
    def replica(self) -> Standby:
        """A streaming replica, made when it is first asked for."""
        if self._replica is None:
            self._tell("Making a replica")
            self._replica = self._stack.enter_context(self.server.standby("replica"))
        return self._replica

    def processes(self) -> list[int]:
        """The first processes of all servers."""
        folders = ["data", *(["replica"] if self._replica else [])]
        return [self.server.process_of(folder) for folder in folders]

    def _prepare(self) -> None:
        if self._data is not None:
            self._tell(f"Copying the data kept in {self._folder}")
        super()._prepare()

    def _furnish(self, stack: ExitStack) -> None:  # noqa: ARG002 - nothing here has to be ended
        if self._data is not None:
            self._upgrade()
            return
        for name, scale in self.databases.items():
            with self._administrator() as db:
                db.execute(SQL("create database {} owner atelier_owner").format(Identifier(name)))
            migrations.upgrade(self.server.url(name, "atelier_owner"))
            folder = self.work / f"delivery-{name}"
            delivery.write(folder, scale=scale, dirt=0, tell=self._tell)
            self._tell(f"Loading scale {scale:g}")
            began = time.monotonic()
            filling.fill(self.server.url(name), folder)
            self._tell(f"  {time.monotonic() - began:.0f} s")
            shutil.rmtree(folder)
        self.settle()
        if self._folder is not None:
            self._keep(self._folder)

    def _upgrade(self) -> None:
        """Kept data may be of an earlier revision."""
        for name in self.databases:
            owner = self.server.url(name, "atelier_owner")
            if migrations.current(owner) != migrations.head():
                self._tell(f"Migrating {name}")
                migrations.upgrade(owner)
                filling.settle(self.server.url(name))

    def _keep(self, folder: Path) -> None:
        self._tell(f"Keeping the data in {folder}")
        _stamp(folder).unlink(missing_ok=True)
        shutil.rmtree(folder / "data", ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.server.account.own(folder)
        self.server.keep(folder / "data")
        _stamp(folder).write_text(json.dumps(_made(self.databases)), encoding="utf-8")


def _stamp(folder: Path) -> Path:
    return folder / "made.json"


def _is_there(folder: Path, databases: dict[str, float]) -> bool:
    """Whether this data, made by this code, was kept whole."""
    try:
        return bool(json.loads(_stamp(folder).read_text(encoding="utf-8")) == _made(databases))
    except (OSError, ValueError):
        return False


def _made(databases: dict[str, float]) -> dict[str, Any]:
    folders = (Path(delivery.__file__).parent, Path(sample.__file__).parent)
    sources = [Path(filling.__file__), *(each for folder in folders for each in sorted(folder.glob("*.py")))]
    code = sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:16]
    return {"databases": databases, "code": code, "postgres": postgres_version()}


def postgres_version() -> str:
    """As the server's own program says it."""
    said = subprocess.run([BINARIES / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1]
