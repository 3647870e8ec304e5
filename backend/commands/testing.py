"""The parts of `atelier test`, each a run of pytest of its own, and what came of it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import click

from backend.commands.linting import ROOT
from etl.compiled import ready

POSTGRES_VERSIONS = (15, 16, 17)
NOTHING_SELECTED = 5  # pytest's exit status
# In more processes than cores, as some tests wait. A file stays in one: what its tests share is made once.
AT_ONCE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    needs_browser: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    passed: int
    failed: int
    skipped: int


def parts(selection: tuple[str, ...], *, long: bool) -> list[Part]:
    """What is to be run: everything, or what the selection's paths name."""
    paths = [word for word in selection if word and not word.startswith("-") and (ROOT / word.split("::")[0]).exists()]
    options = tuple(word for word in selection if word not in paths)
    marks = ("-m", "") if long else ()
    many = {"ATELIER_TEST_LONG": "1"} if long else {}
    of_browser = tuple(path for path in paths if Path(path).parts[0] == "e2e")
    of_code = tuple(path for path in paths if path not in of_browser)
    wanted = []
    if of_code or not paths:
        at_once = (*AT_ONCE, *(of_code or ("tests",)), *options, *marks)
        wanted.append(Part("Tests on a real Postgres", at_once, many))
    if long and not selection:
        for version, folder in _system_postgres():
            where = {"ATELIER_TEST_POSTGRES_BIN": str(folder)}
            store = ("-n", "2", "tests/store", "tests/services", "tests/test_migrations.py")
            wanted.append(Part(f"The store on Postgres {version}", store, where))
    if of_browser or not paths:
        whole = (*(of_browser or ("e2e",)), *options, *marks)
        wanted.append(Part("The whole system, by browser and by HTTP", whole, needs_browser=True))
    return wanted


def compile_ahead() -> "subprocess.Popen[bytes]":
    """Begin to compile the machine code once: each process that a test starts would compile it for itself."""
    code = "from pathlib import Path; from etl.compiled import ready; ready.load(Path('.pytest_cache'))"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def run(wanted: list[Part], *, at_once: bool) -> Iterator[Counts]:
    """Run the parts, their output as it comes; `at_once` runs the last beside the others and tells of it after them."""
    # A shell has what it starts in the background ignore Ctrl-C; so would all that the tests start and then interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryFile("w+", errors="replace") as kept:
        *first, last = wanted
        under_way = beside.submit(_run, last, kept) if at_once and first else None
        for part in first:
            click.echo(f"\n{part.title}")
            yield _run(part)
        click.echo(f"\n{last.title}")
        counts = under_way.result() if under_way else _run(last)
        kept.seek(0)
        click.echo(kept.read(), nl=False)
        yield counts


def _run(part: Part, output: IO[str] | None = None) -> Counts:
    """A run that ends before it can count its tests counts as one failure."""
    with tempfile.TemporaryDirectory(prefix="atelier-test-") as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--tb=short", f"--junitxml={report}", *part.arguments],
            cwd=ROOT,
            env=_environment() | part.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            check=False,
        )
        counts = _counts(report)
    if done.returncode in (0, NOTHING_SELECTED) or counts.failed:
        return counts
    click.echo(f"pytest ended with status {done.returncode}", file=output)
    return Counts(counts.passed, counts.failed + 1, counts.skipped)


def _environment() -> dict[str, str]:
    """Ours without the settings of a system that may run here: tests choose their own.

    The systems they start share what was compiled for the tests: each would compile it anew, for a minute. Tests that
    import the pass themselves do so before it has chosen its folder by the sources' state: here it is chosen for them.
    """
    machine_code = ROOT / ".pytest_cache" / "machine-code" / ready.digest()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATELIER_") or "_TEST_" in name}
    return kept | {"PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(machine_code)}


def _counts(report: Path) -> Counts:
    if not report.exists():
        return Counts(0, 0, 0)
    # pytest wrote it a moment ago, here.
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return Counts(total - failed - skipped, failed, skipped)


def _system_postgres() -> list[tuple[int, Path]]:
    """Where Debian keeps the versions that production may run."""
    folders = [(version, Path(f"/usr/lib/postgresql/{version}/bin")) for version in POSTGRES_VERSIONS]
    return [(version, folder) for version, folder in folders if (folder / "initdb").exists()]
