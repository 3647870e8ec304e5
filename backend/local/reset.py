"""Empties a home and what its servers keep elsewhere; never another folder, and never while it runs."""

import contextlib
import shutil
from pathlib import Path

from backend.domain.errors import Misconfigured
from backend.local.account import place_of
from backend.local.state import Home
from backend.local.supervisor import Supervisor


def what_goes(path: Path) -> list[tuple[Path, int]]:
    """The folders that a reset deletes, with their bytes; `Misconfigured` where it may not or need not."""
    home = Home(path)
    if not home.exists:
        raise Misconfigured(f"There is nothing to empty: no system was ever started in {path}.")
    with home.claimed():
        return [(folder, _size(folder)) for folder in _folders(home)]


def empty(path: Path) -> None:
    home = Home(path)
    with home.claimed():
        Supervisor(home, lambda _: None).sweep_leftovers()
        for folder in _folders(home):
            if folder != path:
                shutil.rmtree(folder)
                with contextlib.suppress(OSError):
                    folder.parent.rmdir()  # unless it holds another home's
        for inside in path.iterdir():
            # The lock is held, and the marker says until the end that this folder is ours to empty.
            if inside.name not in ("lock", "home.json"):
                shutil.rmtree(inside) if inside.is_dir() and not inside.is_symlink() else inside.unlink()
        (path / "home.json").unlink()
        (path / "lock").unlink()


def _folders(home: Home) -> list[Path]:
    outside = place_of(home.path)
    return [home.path, outside] if outside.is_dir() else [home.path]


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))
