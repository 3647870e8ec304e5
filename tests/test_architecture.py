"""The house keeps its shape, and its papers name what is in it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from litestar.routes import HTTPRoute

from backend.app import create_app
from backend.cli import CHECKOUT_COMMANDS, COMMANDS, Door
from backend.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("backend", "admin_ui", "etl", "nginx", "tests", "e2e", "loadtests")
LONGEST = 400
PAPERS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
# Who may ask the environment: the settings; what starts other programs and makes their environment.
READS_ENVIRONMENT = ("backend/settings.py", "backend/local/", "backend/commands/")


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (path for path in (ROOT / room).rglob("*.py") if path.is_file())


def test_no_module_holds_two_ideas() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules(*ROOMS)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*ROOMS)
        if (text := path.read_text(encoding="utf-8").lstrip()) and not text.startswith('"""')
    ]
    assert silent == []


def test_nothing_else_reads_the_environment() -> None:
    found = [
        name
        for path in modules("backend", "admin_ui", "etl", "nginx")
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
        and not (name := path.relative_to(ROOT).as_posix()).startswith(READS_ENVIRONMENT)
    ]
    assert found == []


def test_the_application_loads_neither_the_local_system_nor_what_only_imports_need() -> None:
    code = (
        "import sys, backend.app, backend.api, admin_ui;"
        "print([m for m in sys.modules if m.split('.')[0] in ('pyarrow', 'numba', 'numpy', 'moto', 'ftfy',"
        " 'isal', 'backports', 'boto3', 'botocore')"
        " or m.startswith(('backend.local', 'etl.read', 'etl.clean', 'etl.stage'))])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_every_setting_has_its_line() -> None:
    told = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    names = [f"ATELIER_{field.name.upper()}" for field in fields(Settings)]
    assert [name for name in names if f"`{name}`" not in told] == []


def commands() -> Iterator[str]:
    """Every command and every command of a group, as one types it."""
    door = Door()
    for name in (*COMMANDS, *CHECKOUT_COMMANDS):
        command = door.get_command(click.Context(door), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from (f"{name} {below}" for below in command.commands)
        else:
            yield name


def test_every_command_has_its_line() -> None:
    told = "\n".join(path.read_text(encoding="utf-8") for path in PAPERS)
    assert [command for command in commands() if not re.search(rf"atelier {command}\b", told)] == []


def test_every_public_route_has_its_line() -> None:
    told = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    nowhere = "postgresql://127.0.0.1:1/nothing"
    settings = Settings(home=ROOT, database_url=nowhere, owner_url=nowhere, reader_url=nowhere, secret="for tests only")
    silent = []
    for route in create_app(settings, "api").routes:
        # Health and metrics are for operators: docs/operations.md.
        if not isinstance(route, HTTPRoute) or route.path.startswith(("/health", "/metrics")):
            continue
        if any(handler.include_in_schema is False for handler in route.route_handlers):
            continue  # only says that an address is none
        path = re.sub(r":\w+}", "}", route.path)
        silent += [
            f"{method} {path}" for method in {*route.methods} - {"OPTIONS", "HEAD"} if f"{method} {path}" not in told
        ]
    assert silent == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_between_the_papers_lead_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8"))
    assert [target for target in targets if not (paper.parent / target).exists()] == []
