"""The folder in which one local system keeps everything: what is in it, who may use it, what it remembers."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from backend.domain.errors import Misconfigured

MARKER = "home.json"
LOOKS = 5  # at the lock before it counts as held


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made at random on the first start. Each is used on this machine alone."""

    superuser: str
    owner: str
    app: str
    read: str
    replica: str
    signing: str
    s3_id: str
    s3_key: str


class Home:
    """`.atelier`, or what ATELIER_HOME names. Only an empty folder becomes one: `reset` never empties another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bucket = path / "bucket"
        self.logs = path / "logs"
        self.run = path / "run"

    @property
    def exists(self) -> bool:
        return (self.path / MARKER).is_file()

    def make(self) -> None:
        """Make the folder, or check that it is ours to use."""
        try:
            if not self.exists:
                self.path.mkdir(parents=True, exist_ok=True)
                if any(self.path.iterdir()):
                    raise Misconfigured(f"{self.path} holds other things: set ATELIER_HOME to an empty folder.")
            # As root the servers run as another user, who passes through this folder to its own.
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for folder in (self.bucket, self.logs, self.run):
                folder.mkdir(exist_ok=True)
            if not self.exists:
                self.write(MARKER, {})
            with (self.path / MARKER).open("r+b"):
                pass
        except OSError as error:
            raise Misconfigured(
                f"{self.path} cannot be written ({error.strerror}): set ATELIER_HOME to a folder of your own."
            ) from error

    def read(self, name: str) -> dict[str, Any]:
        """A file of ours; empty where there is none, or where a power cut left none."""
        try:
            found = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a file at once and for good; only its owner may read it."""
        path = self.path / name
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def recall(self, key: str) -> Any:
        """What was remembered of an earlier start, else None."""
        return self.read(MARKER).get(key)

    def remember(self, **what: Any) -> None:
        self.write(MARKER, {**self.read(MARKER), **what})

    def secrets(self) -> Secrets:
        """This system's passwords and keys."""
        kept = self.read("secrets.json")
        wanted = {field.name: kept.get(field.name) or secrets.token_urlsafe(24) for field in fields(Secrets)}
        if wanted != kept:
            self.write("secrets.json", wanted)
        return Secrets(**wanted)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder for as long as this process lives; `Misconfigured` says who holds it."""
        with (self.path / "lock").open("ab") as file:
            # The kernel lets go of the lock however its holder ends. `status` looks at it for a moment.
            for attempt in range(LOOKS):
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if attempt == LOOKS - 1:
                        raise Misconfigured(self._held()) from None
                    time.sleep(0.05)
            yield

    def _held(self) -> str:
        record = self.read("run/system.json")
        where = f"at {record['address']}" if "address" in record else "and is starting"
        return (
            f"It runs already {where} (process {record.get('pid', 'unknown')}, {self.path}). "
            "Stop it with Ctrl-C where it was started, or end that process."
        )

    @property
    def in_use(self) -> bool:
        """Whether a system runs here now."""
        try:
            with (self.path / "lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False
