"""The `atelier` command, called in this process: one of its own would first load, for seconds, what is loaded here.

But for benches: they start servers, and answer signals.
"""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from backend.cli import main
from backend.settings import Settings

ROOT = Path(__file__).parents[1]


def environment(settings: Settings, root: Path = Path("/nowhere")) -> dict[str, str]:
    """What leads a command to a test's database, and to deliveries below `root`."""
    return {
        **os.environ,
        "ATELIER_DATABASE_URL": settings.database_url,
        "ATELIER_OWNER_URL": settings.owner_url,
        "ATELIER_READER_URL": settings.reader_url,
        "ATELIER_IMPORT_ROOTS": str(root),
        "ATELIER_INSTANCE": "worker",
        "PYTHONPATH": str(ROOT),
    }


def atelier(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What a shell would see of it, for a test that is not async: it has a loop of its own. A traceback is raised."""
    # CliRunner adds to what is there, and takes away what is None.
    runner = CliRunner(env={**dict.fromkeys(os.environ), **environment})
    with logs_as_they_are(), runner.isolation() as (out, err, _), pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "argv", ["atelier", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        said = [stream.getvalue().decode().replace("\r\n", "\n") for stream in (out, err)]
    return subprocess.CompletedProcess(sys.argv, int(ended.value.code or 0), *said)


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """`atelier bench` to its end, with a folder for its files that the server's account can enter."""
    with tempfile.TemporaryDirectory(prefix="atelier-scratch-") as scratch:
        Path(scratch).chmod(0o755)
        return subprocess.run(
            [sys.executable, "-m", "backend.cli", "bench", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": scratch},
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def logs_as_they_are() -> Iterator[None]:
    """Whatever is configured within the `with`, logs are afterwards as the tests had them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
