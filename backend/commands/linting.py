"""The checks that need no database: each is a program of the environment, run on the whole checkout."""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
TEMPLATES = ROOT / "admin_ui" / "templates"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check: whether it held, how long it took in seconds, and what it said."""

    name: str
    passed: bool
    seconds: float
    output: str


def run_all() -> Iterator[Outcome]:
    """Every check, two at a time, in order; one that fails stops no other."""
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("ruff check", lambda: _program("ruff", "check", "--quiet")),
        ("ruff format", lambda: _program("ruff", "format", "--check")),
        ("mypy", lambda: _program("mypy", "--no-error-summary")),
        ("import rules", lambda: _program("lint-imports")),
        ("templates", lambda: _program("djlint", str(TEMPLATES), "--lint", "--quiet")),
        ("migrations' SQL", _squawk),
    ]
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda check: _timed(*check), checks)


def _timed(name: str, check: Callable[[], tuple[bool, str]]) -> Outcome:
    began = time.monotonic()
    passed, output = check()
    return Outcome(name, passed, time.monotonic() - began, output)


def _program(name: str, *arguments: str, folder: Path = ROOT) -> tuple[bool, str]:
    done = subprocess.run(
        [PROGRAMS / name, *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def _squawk() -> tuple[bool, str]:
    """Each revision's SQL, as a file of its own, without the queue's vendored schema, which is not ours to judge."""
    vendored = [path.read_text(encoding="utf-8") for path in (ROOT / "migrations/sql").glob("*_procrastinate.sql")]
    # As Alembic renders it.
    vendored = [text.strip().replace("\t", "    ") for text in vendored]
    with tempfile.TemporaryDirectory(prefix="atelier-lint-") as folder:
        for revision, statements in offline_sql():
            ours = reduce(lambda kept, text: kept.replace(text, ""), vendored, statements)
            Path(folder, f"{revision}.sql").write_text(ours, encoding="utf-8")
        rules = str(ROOT / ".squawk.toml")
        return _program("squawk", "--reporter", "gcc", "--config", rules, "*.sql", folder=Path(folder))


def offline_sql() -> Iterator[tuple[str, str]]:
    """Each revision with the SQL that leads to it from the one before, without a database."""
    from alembic import command
    from alembic.script import ScriptDirectory

    from backend.store import migrations

    config = migrations.config("postgresql://nobody/nothing")
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    for script in reversed(scripts):
        config.output_buffer = io.StringIO()
        command.upgrade(config, f"{script.down_revision or 'base'}:{script.revision}", sql=True)
        yield script.revision, config.output_buffer.getvalue()
