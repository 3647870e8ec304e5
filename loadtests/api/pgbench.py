"""Postgres alone: the statements of a case by pgbench, prepared, over as many connections as keep the server busy."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from loadtests.api.measured import BrokenMeasurementError, Measured
from tests.postgres import BINARIES

CONNECTIONS = 16


def run(url: str, scripts: Mapping[str, tuple[str, int]], seconds: float) -> Measured:
    """Run the scripts, each as often as its weight says, for that long. Transactions that failed are `errors`."""
    with tempfile.TemporaryDirectory(prefix="atelier-pgbench-") as folder:
        command = [str(BINARIES / "pgbench"), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2"]
        for name, (text, weight) in scripts.items():
            script = Path(folder) / f"{name}.sql"
            script.write_text(text, encoding="utf-8")
            command += ["-f", f"{script}@{weight}"]
        done = subprocess.run(
            [*command, "-T", f"{seconds:.0f}", url],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if done.returncode or rate is None or count is None:
        raise BrokenMeasurementError.of("pgbench", done.stderr)
    return Measured(float(rate[1]), errors=int(failed[1]) if failed else 0, answers=int(count[1]))
