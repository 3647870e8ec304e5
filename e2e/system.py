"""A whole system of its own for the tests: `atelier up` in a new folder, on a free port, with a small delivery."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.postgres import free_port

ROOT = Path(__file__).parents[1]
PATIENCE = 180.0  # seconds from nothing to ready, on a slow machine
PRODUCTS, REVIEWS = 400, 4_000
SECOND_REVIEWS = 600


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the system, as its record has it."""

    name: str
    pid: int
    address: str
    ready: bool
    restarts: int


class System:
    """Runs for as long as the `with` lasts. `url` is the public address; `password` the administrator's.

    `full` has the sample that a newcomer gets, else a small one; `settings` are variables of its environment.
    """

    def __init__(self, *, full: bool = False, settings: dict[str, str] | None = None) -> None:
        self.full = full
        self.settings = settings or {}

    def __enter__(self) -> Self:
        self.home = Path(tempfile.mkdtemp(prefix="atelier-e2e-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ATELIER_", "AWS_", "PG"))},
            "ATELIER_HOME": str(self.home),
            "ATELIER_PORT": str(self.port),
            **self.settings,
        }
        self._deliveries()
        self.log = self.home / "up.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [ROOT / "atelier", "up"],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def run(self, *arguments: str, text: str | None = None) -> "subprocess.CompletedProcess[str]":
        """The `atelier` command beside this system."""
        return subprocess.run(
            [ROOT / "atelier", *arguments],
            cwd=self.home,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def part(self, name: str) -> Part:
        return next(part for part in self.parts() if part.name == name)

    def parts(self) -> list[Part]:
        return [
            Part(
                row["name"], int(row["identity"]["pid"]), row.get("address") or "", bool(row["ready"]), row["restarts"]
            )
            for row in self._record().get("parts", [])
        ]

    def kill(self, name: str) -> Part:
        """End one part at once, as a power cut would; the part as it was."""
        part = self.part(name)
        os.kill(part.pid, signal.SIGKILL)
        return part

    def wait_until_back(self, before: Part, seconds: float = 30.0) -> Part:
        """Until the supervisor has started a part again and it is ready."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            now = self.part(before.name)
            if now.pid != before.pid and now.ready:
                return now
            time.sleep(0.1)
        raise AssertionError(f"{before.name} did not come back within {seconds} s:\n{self.said()}")

    def said(self) -> str:
        """What `atelier up` has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _record(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.home / "run/system.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def _deliveries(self) -> None:
        """A small sample, and a second delivery. What the bucket's folder holds at the first start is not made anew."""
        from backend.local import sample as newcomers
        from backend.local.state import Home
        from etl import sample

        home = Home(self.home)
        home.make()
        photos = f"{self.url}/sample-photos"
        bucket = home.bucket / "atelier-deliveries"
        if not self.full:
            sample.write(bucket / "sample", products=PRODUCTS, reviews=REVIEWS, seed=1, photo_base_url=photos)
        # Of the same products: what is rated there is theirs.
        products, seed = (newcomers.PRODUCTS, newcomers.SEED) if self.full else (PRODUCTS, 1)
        sample.write(bucket / "second", products=products, reviews=SECOND_REVIEWS, seed=seed, photo_base_url=photos)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"atelier up ended with status {self.process.returncode}:\n{self.said()}")
            if found := re.search(r"password (\S+)", self.said()):
                self.password = found[1]
            if re.search(r"^Stop\s", self.said(), re.MULTILINE):
                return
            time.sleep(0.1)
        raise AssertionError(f"atelier up was not ready after {PATIENCE:.0f} s:\n{self.said()}")

    def _stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.run("reset", "--yes")
        shutil.rmtree(self.home, ignore_errors=True)
