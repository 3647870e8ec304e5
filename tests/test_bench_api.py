"""`atelier bench api` at the smallest scale: it measures, holds, tells, and leaves nothing behind."""

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

from loadtests.api import wrk
from loadtests.api.bench import Held
from loadtests.api.cases import CASES, LIMITS, Bar, grid
from loadtests.api.run import Plan, choose
from loadtests.spread import Spread
from tests.shell import atelier

ROOT = Path(__file__).parents[1]
PLAN = Plan(scale=1, pairs=1, seconds=1, soak=1)
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for temporary files that the server's account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-scratch-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def started(scratch: Path, *arguments: str, command: str = "api") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "backend.cli", "bench", command, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_wrk
@pytest.mark.long
def test_it_measures_and_holds(scratch: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    quick = ("--scale", "0.0005", "--pairs", "1", "--seconds", "1", "--soak", "1", "--only", "list,submit,soak")
    process = started(scratch, *quick, "--json", str(file))
    said, told = process.communicate(timeout=300)
    assert process.returncode == 0, told + said
    report = json.loads(file.read_text(encoding="utf-8"))
    cases = {case["case"]: case for case in report["results"]}
    assert list(cases) == ["list", "submit", "soak"]
    assert report["wrong"] == []
    assert report["checked"] > 500
    assert all(case["errors"] == 0 and case["rate"]["median"] > 0 for case in cases.values())
    assert all(case["p50"]["median"] <= case["p99"]["median"] for case in cases.values())
    assert set(cases["list"]["cpu"]) == {"instances", "nginx", "postgres", "generator"}
    assert all(5 < cases["list"]["cpu"][part] < 100_000 for part in ("instances", "postgres"))
    assert 30_000_000 < cases["list"]["memory"] < 300_000_000
    limit, usual = cases["list"]["held"]
    ratio = cases["list"]["rate"]["median"] / limit["limit"]["median"]
    assert limit["value"]["median"] == pytest.approx(ratio)
    assert (limit["bar"]["limit"], usual["bar"]["limit"]) == ("pgbench-list", "usual-list")
    bars = {each["bar"]["of"]: each for each in cases["soak"]["held"]}
    assert (bars["errors"]["holds"], bars["growth"]["holds"]) == (True, True)
    assert report["machine"]["versions"]["postgres"]
    assert report["settings"]["fsync"] == "off"
    assert "  / pgbench, the same transaction" in said
    assert list(scratch.iterdir()) == []

    compared, _ = started(scratch, str(file), str(file), command="compare").communicate(timeout=60)
    assert "rate / pgbench-list" in compared
    assert "Not alike" not in compared


@needs_wrk
@pytest.mark.long
def test_stopped_it_leaves_neither_processes_nor_files(scratch: Path) -> None:
    process = started(scratch, "--scale", "0.0005", "--only", "list")
    assert process.stderr is not None
    for line in process.stderr:
        if "round 0" in line:
            break
    time.sleep(3)  # instances and Nginx are there, and wrk runs
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert list(scratch.iterdir()) == []
    running = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert str(scratch) not in running


def test_what_it_does_not_know_is_refused(scratch: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(scratch)}
    done = atelier(environment, "bench", "api", "--only", "speed")
    assert (done.returncode, "mixed, half" in done.stderr) == (2, True)
    (scratch / "none.json").write_text("{}", encoding="utf-8")
    none = str(scratch / "none.json")
    done = atelier(environment, "bench", "compare", none, none)
    assert (done.returncode, "is no report" in done.stderr) == (1, True)


def test_each_case_stands_beside_what_there_is() -> None:
    named = {bar.limit for case in CASES.values() for bar in case.bars if bar.limit}
    assert named <= CASES.keys() | LIMITS.keys()
    assert LIMITS.keys() <= named


def test_what_cannot_be_measured_is_said() -> None:
    chosen, left_out = choose(PLAN, cached=False)
    assert CASES.keys() - chosen.keys() == {"hot-cached", "zipf-cached"}
    assert len(left_out) == 2
    small = Plan(scale=0.01, pairs=1, seconds=1, soak=1, only=("list", "cost"))
    assert list(choose(small, cached=True)[0]) == ["list"]
    assert len(grid(cached=True)) == 2 * len(grid(cached=False)) == 3 * 4 * 2 * 3 * 2


@pytest.mark.parametrize(
    ("bar", "median", "holds"),
    [
        (Bar(least=0.9), 0.9, True),
        (Bar(least=0.9), 0.89, False),
        (Bar(of="p99", most=45), 45.0, True),
        (Bar(of="p99", most=45), 45.1, False),
        (Bar(), 0.0, True),
    ],
)
def test_the_median_decides(bar: Bar, median: float, holds: bool) -> None:
    assert Held(bar, Spread(median, 0.0, 1000.0), None).holds is holds


@pytest.mark.parametrize(
    ("said", "p99", "errors", "answers"),
    [
        ("99%   12.50ms", 12.5, 0, 100),
        ("99%    1.03s ", 1030.0, 0, 100),
        ("99%  850.00us\n  Non-2xx or 3xx responses: 7", 0.85, 7, 93),
    ],
)
def test_wrk_is_understood(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, said: str, p99: float, errors: int, answers: int
) -> None:
    (scratch / "wrk").write_text(
        f"#!/bin/sh\ncat <<'END'\n  Latency Distribution\n     {said}\n  100 requests in 2.00s, 1.00MB read\n"
        "Requests/sec:     50.00\nEND\n",
        encoding="utf-8",
    )
    (scratch / "wrk").chmod(0o755)
    monkeypatch.setenv("PATH", str(scratch), prepend=os.pathsep)
    measured = wrk.run("http://127.0.0.1:1", None, 1, 1)
    assert measured.p99 == pytest.approx(p99)
    assert (measured.errors, measured.answers) == (errors, answers)
    assert measured.rate == pytest.approx(answers / 2)
