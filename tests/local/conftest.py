"""A home of one's own, and the `atelier` command as a shell runs it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.local.environment import ROOT
from backend.local.state import Home
from tests.shell import atelier


@dataclass
class Shell:
    """Runs `atelier` with this home and nothing else of the caller's settings."""

    home: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ATELIER_", "AWS_", "PG"))}
        return {**kept, "ATELIER_HOME": str(self.home), "PYTHONPATH": str(ROOT), **settings}

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return atelier(self.environment(**settings), *arguments)

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """A command that goes on, here `up`."""
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "backend.cli", *arguments],
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def up(self, *options: str, **settings: str) -> subprocess.Popen[str]:
        """Everything, to the short screen."""
        process = self.start("up", *options, **settings)
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Stop "):
                return process
        raise AssertionError("".join(said))

    def processes(self) -> list[int]:
        """Whatever runs for this home: what was told of it, or has its data."""
        mark, found = str(self.home).encode(), []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (
                    int(process.name) != os.getpid()
                    and mark in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                ):
                    found.append(int(process.name))
        return found

    def last_words(self) -> str:
        """How the log of each part ends."""
        logs = sorted((self.home / "logs").glob("*.log"))
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    def demand_quiet(self, patience: float = 10.0) -> None:
        """Nothing of this home runs any more, at once or soon."""
        deadline = time.monotonic() + patience
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not left


@pytest.fixture
def shell() -> Iterator[Shell]:
    """A shell with a new home, outside pytest's own folders: Postgres's account cannot enter those."""
    with tempfile.TemporaryDirectory(prefix="atelier-home-") as folder:
        Path(folder).chmod(0o755)
        made = Shell(Path(folder) / "home")
        yield made
        for process in made.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)
        for pid in made.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


@pytest.fixture
def home(shell: Shell) -> Home:
    """A home that has had its first start: no sample, no administrator to make."""
    home = Home(shell.home)
    home.make()
    home.remember(sample_done=True, administrator=True)
    return home
