"""`atelier bench etl` at the smallest scale: it measures, proves, tells, and leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.imports.cases import ALL, Bar, Result, wanted
from loadtests.spread import Spread
from tests.shell import atelier

ROOT = Path(__file__).parents[1]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for temporary files that the server's account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-scratch-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def started(scratch: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "backend.cli", "bench", "etl", "--scale", "0.0005", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.long
def test_it_measures_and_proves(scratch: Path) -> None:
    process = started(scratch, "--pairs", "1", "--only", "load,same,s3,ten", "--json")
    said, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    report = json.loads(said)
    cases = {case["case"]: case for case in report["cases"]}
    assert set(cases) == {"copy", "load", "yardstick", "empty", "same", "s3", "yardstick-ten", "ten"}
    assert set(report["proofs"]) == {"empty", "same", "s3", "ten"}
    assert report["failed"] == []
    assert all("0 missing, 0 wrong, 0 too many; db check clean" in proof for proof in report["proofs"].values())
    ratio = cases["empty"]["seconds"]["median"] / cases["yardstick"]["seconds"]["median"]
    assert cases["empty"]["ratio"]["median"] == pytest.approx(ratio)
    assert cases["empty"]["bar"] == {"limit": "yardstick", "most": 0.9, "aim": 0.6}
    assert {"pin", "read"} <= set(cases["empty"]["stages"])
    assert 50_000_000 < cases["empty"]["memory"] < 1_000_000_000
    assert report["settings"]["fsync"] == "off"
    assert list(scratch.iterdir()) == []


@pytest.mark.long
def test_stopped_it_leaves_neither_server_nor_files(scratch: Path) -> None:
    process = started(scratch, "--only", "empty")
    assert process.stderr is not None
    for line in process.stderr:
        if "Writing dirty" in line:
            break
    time.sleep(0.5)  # in the midst of an import
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert list(scratch.iterdir()) == []
    running = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert str(scratch) not in running


@pytest.mark.parametrize(("options", "told"), [(("--only", "speed"), "copy, read"), (("--scales", "0,1"), "--scales")])
def test_what_it_does_not_know_is_refused(scratch: Path, options: tuple[str, str], told: str) -> None:
    done = atelier({**os.environ, "TMPDIR": str(scratch)}, "bench", "etl", *options)
    assert (done.returncode, told in done.stderr) == (2, True)
    assert list(scratch.iterdir()) == []


def test_a_case_brings_what_it_is_measured_by() -> None:
    assert wanted(("changed",)) == {"changed", "same", "empty", "yardstick"}
    assert wanted(("dirt",)) == {"dirt", "empty", "yardstick"}
    assert wanted(()) == set(ALL)


@pytest.mark.parametrize(
    ("ratio", "memory", "holds"), [(0.9, 10**9, True), (0.91, 0, False), (0.5, 10**9 + 1, False), (0.5, 0, True)]
)
def test_a_bar_holds_up_to_what_it_says(ratio: float, memory: int, holds: bool) -> None:
    spread = Spread(ratio, 0.1, 2.0)
    result = Result("empty", spread, 1, spread, Bar("yardstick", 0.9, 0.6), memory, {}, {})
    assert (result.holds, result.demands) == (holds, True)
