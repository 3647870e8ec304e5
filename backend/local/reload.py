"""Notices changed code and templates."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from backend.local.environment import ROOT

WATCHED = ("backend", "admin_ui", "etl")
SUFFIXES = frozenset({".py", ".sql", ".html", ".jinja", ".css", ".js", ".svg"})
PAUSE = 0.5  # seconds between two looks


def _snapshot(root: Path) -> dict[Path, int]:
    found = {}
    for name in WATCHED:
        for path in (root / name).rglob("*"):
            if path.suffix in SUFFIXES:
                try:
                    found[path] = path.stat().st_mtime_ns
                except FileNotFoundError:
                    continue  # an editor was replacing it
    return found


async def changes(root: Path = ROOT) -> AsyncIterator[list[Path]]:
    """The files that changed, once they have been quiet for a look."""
    before = _snapshot(root)
    while True:
        await asyncio.sleep(PAUSE)
        now = _snapshot(root)
        if now == before:
            continue
        await asyncio.sleep(PAUSE / 2)
        now = _snapshot(root)
        yield sorted(
            path.relative_to(root)
            for path in before.keys() ^ now.keys()
            | {path for path in before.keys() & now.keys() if before[path] != now[path]}
        )
        before = now
