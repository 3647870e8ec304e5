"""Each page asked for again and again by one person who is signed in, as a browser asks, one after another."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import httpx
from rich.console import Console
from rich.table import Table

from loadtests.api.place import FULL, Place
from loadtests.api.system import Shape, System
from loadtests.console.furnishing import count, furnish
from loadtests.console.pages import Page, pages

COOKIE = "atelier_session"
WARM = 3  # first askings that do not count
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Timed:
    """A page's times to the first byte in ms, its whole size in bytes, and the statuses that were no 200."""

    page: Page
    p50: float
    p95: float
    size: int
    failures: tuple[int, ...]

    @property
    def failed(self) -> bool:
        return bool(self.failures)

    @property
    def holds(self) -> bool:
        return not self.failed and self.p95 < self.page.limit_ms


def run(scale: float, times: int, folder: Path | None, tell: Callable[[str], None]) -> list[Timed]:
    """Measure every page. `Misconfigured` where something that is needed is not here."""
    with Place(scale, folder, tell) as place, System(place) as running:
        url = place.server.url(FULL)
        tell("Indexing words, and making a year of decisions")
        token = furnish(url, scale)
        asyncio.run(count(place.environment(FULL)))
        place.settle()
        front = running.front(Shape(instances=2, role="all"))
        with httpx.Client(base_url=front.url, cookies={COOKIE: token}, timeout=30, trust_env=False) as client:
            return [_timed(client, page, times) for page in pages(url)]


def screen(timed: list[Timed]) -> None:
    """As a table, a page a line."""
    table = Table(box=None, pad_edge=False)
    for name in ("page", "p50 ms", "p95 ms", "limit", "kB", "holds"):
        table.add_column(name, justify="left" if name == "page" else "right", no_wrap=True)
    for each in timed:
        said = f"status {each.failures[0]}" if each.failed else "yes" if each.holds else "no"
        table.add_row(
            each.page.name,
            f"{each.p50:.1f}",
            f"{each.p95:.1f}",
            f"{each.page.limit_ms}",
            f"{each.size / 1000:.0f}",
            said,
        )
    Console(width=_WIDTH).print(table)


def _timed(client: httpx.Client, page: Page, times: int) -> Timed:
    took, failures, size = [], [], 0
    for number in range(WARM + times):
        began = time.perf_counter()
        with client.stream("GET", f"/console/{page.address}") as response:
            blocks = response.iter_bytes()
            size = len(next(blocks, b""))
            first = time.perf_counter() - began
            size += sum(map(len, blocks))
        if number >= WARM:
            took.append(first * 1000)
        if response.status_code != httpx.codes.OK:
            failures.append(response.status_code)
    steps = quantiles(took, n=20)
    return Timed(page, steps[9], steps[18], size, tuple(failures))
