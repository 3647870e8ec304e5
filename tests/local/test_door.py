"""The script at the root: from any folder, through a link, and what it says where it cannot go on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from backend.local.environment import ROOT

TOOLS = ("sh", "dirname", "readlink", "cmp", "printf", "id", "ls", "awk", "cp", "mv", "rm", "cat")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a .venv whose Python only says how it was called, and a PATH with tools but no Python."""
    root = tmp_path / "check out"
    (root / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "atelier", root)
    (root / "requirements.lock").write_text("one==1\n")
    program(root / ".venv/bin/python", 'printf "%s|" "$@"; printf "%s|%s" "$ATELIER_HOME" "$PYTHONPATH"')
    (tmp_path / "bin").mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return root


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def call(checkout: Path, *arguments: str, by: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(by or checkout / "atelier"), *arguments],
        cwd="/",
        env={"PATH": str(checkout.parent / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_hands_over_from_any_folder_and_through_a_link(checkout: Path) -> None:
    shutil.copy(checkout / "requirements.lock", checkout / ".venv/.installed")
    link = checkout.parent / "link"
    link.symlink_to(os.path.relpath(checkout / "atelier", checkout.parent))
    for by in (None, link):
        done = call(checkout, "etl", "run", "a b", by=by)
        assert done.stdout == f"-P|-m|backend.cli|etl|run|a b|{checkout}/.atelier|{checkout}", done.stderr


def test_without_python_one_line_says_what_to_install(checkout: Path) -> None:
    done = call(checkout, "help")
    assert done.returncode == 1
    assert done.stderr.startswith("atelier: Python 3.11 or newer is needed: install it")
    assert done.stderr.count("\n") == 1


def test_an_old_python_does_not_count(checkout: Path) -> None:
    program(checkout.parent / "bin/python3", "exit 1")
    assert "Python 3.11 or newer is needed" in call(checkout, "help").stderr


def test_a_python_without_venv_is_told_in_one_line(checkout: Path) -> None:
    script = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.12 ;; esac'
    program(checkout.parent / "bin/python3", script)
    done = call(checkout, "help")
    assert done.returncode == 1
    assert "lacks venv or pip: install them (Debian and Ubuntu: apt-get install python3.12-venv)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_changed_lock_installs_again_and_an_interrupted_install_begins_anew(checkout: Path) -> None:
    program(checkout.parent / "bin/python3", "exit 0")
    calls = checkout / "calls"
    uv = (
        f'echo "$1" >> "{calls}"; [ "$1" = venv ] && for made; do :; done && /bin/mkdir -p "$made/bin"'
        f' && cp "{checkout}/python" "$made/bin/python"; [ ! -e "{checkout}/broken" ]'
    )
    shutil.copy(checkout / ".venv/bin/python", checkout / "python")
    program(checkout.parent / "bin/uv", uv)
    stamp = checkout / ".venv/.installed"

    assert call(checkout, "help").returncode == 0  # a .venv without a stamp: half of one, perhaps
    assert calls.read_text().split() == ["venv", "pip"]
    assert call(checkout, "help").returncode == 0
    assert calls.read_text().split() == ["venv", "pip"]

    (checkout / "requirements.lock").write_text("one==2\n")
    (checkout / "broken").touch()
    done = call(checkout, "help")
    assert (done.returncode, done.stdout, stamp.exists()) == (1, "", False)
    assert "the install failed" in done.stderr
    (checkout / "broken").unlink()
    assert call(checkout, "help").returncode == 0
    assert stamp.read_text() == "one==2\n"
    assert calls.read_text().split() == ["venv", "pip", "pip", "venv", "pip"]
