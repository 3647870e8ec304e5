"""Visits by a browser, one at a time, to one instance of the console; and a session in the queue, by keyboard."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from playwright.sync_api import Page as Tab
from playwright.sync_api import ViewportSize, sync_playwright

from admin_ui.security import COOKIE_PATH, SESSION
from backend.local.ports import HOST
from e2e import browser as chromium
from loadtests.api import machine
from loadtests.api.place import FULL, Place
from loadtests.api.system import System
from loadtests.console.furnishing import count, furnish
from loadtests.console.pages import PAGES, Ids, Page

WIDTH = ViewportSize(width=1440, height=900)

_TIMES = """() => new Promise((tell) => setTimeout(() => {
    const it = performance.getEntriesByType("navigation")[0];
    tell([it.responseStart - it.requestStart, it.loadEventEnd - it.requestStart, it.decodedBodySize]);
}))"""
# From the key to the next card. Frames are waited for, as somebody waits who looks.
_DECIDE = """async () => {
    const card = () => document.querySelector("[data-card][aria-current]")?.id;
    const before = card(), began = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true}));
    while (card() === before && performance.now() - began < 10000) await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""
_IDS = """
    select (select max(id) from review where id < 1000000000), (select max(id) from product),
        (select product_id from product_rollup order by stars_1 + stars_2 + stars_3 + stars_4 + stars_5 desc limit 1)
"""
_STATUS = "async (address) => (await fetch(address, {redirect: 'manual'})).status"


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: the median and the 95th of a hundred."""

    p50: float
    p95: float

    @classmethod
    def of(cls, values: list[float]) -> "Times":
        ordered = sorted(values)
        return cls(ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)])


@dataclass(frozen=True, slots=True)
class Visited:
    """A page: until its first byte, until it is ready, and its bytes. `most` is its limit in ms, at p95."""

    title: str
    most: int
    first_byte: Times
    ready: Times
    size: int

    @property
    def holds(self) -> bool:
        return self.first_byte.p95 <= self.most


@dataclass(frozen=True, slots=True)
class Report:
    """One run; `decisions` is what one costs the interface, by keyboard."""

    machine: dict[str, Any]
    scale: float
    visits: int
    pages: list[Visited]
    decisions: Times | None
    decided: int
    missing: list[str]

    @property
    def holds(self) -> bool:
        return not self.missing and all(page.holds for page in self.pages)

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def run(
    scale: float, visits: int, decisions: int, only: tuple[str, ...], folder: Path | None, tell: Callable[[str], None]
) -> Report:
    """Visit each page so many times, after a first one that is thrown away."""
    executable = str(chromium.demand())
    pages, missing = [], []
    with Place(scale, folder, tell) as place, System(place) as system:
        tell("Indexing words, and a year of decisions")
        token = furnish(place.server.url(FULL), scale)
        asyncio.run(count(place.environment(FULL)))
        ids, url = _ids(place), system.console()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=chromium.flags())
            context = browser.new_context(base_url=url, viewport=WIDTH)
            context.add_cookies([{"name": SESSION, "value": token, "domain": HOST, "path": COOKIE_PATH}])
            tab = context.new_page()
            tab.goto("/console/account")
            for page in [PAGES[name] for name in only or PAGES]:
                tell(page.title)
                if (status := tab.evaluate(_STATUS, "/console" + page.address(ids))) == 200:
                    pages.append(_visited(tab, page, ids, visits))
                else:
                    missing.append(f"{page.title}: answered with {status}")
            tell("The queue, by keyboard")
            took = _decide(tab, decisions)
            browser.close()
    return Report(machine.facts(), scale, visits, pages, Times.of(took) if took else None, len(took), missing)


def _visited(tab: Tab, page: Page, ids: Ids, visits: int) -> Visited:
    seen: list[list[float]] = []
    for _ in range(visits + 1):
        tab.goto("/console" + page.address(ids))
        seen.append(tab.evaluate(_TIMES))
    first, ready, size = zip(*seen[1:], strict=True)
    return Visited(page.title, page.most, Times.of(list(first)), Times.of(list(ready)), int(max(size)))


def _decide(tab: Tab, decisions: int) -> list[float]:
    tab.goto("/console/queue")
    took = []
    for _ in range(decisions):
        if not tab.locator("[data-card][aria-current]").count():
            break
        took.append(tab.evaluate(_DECIDE))
    return took


def _ids(place: Place) -> Ids:
    with psycopg.connect(place.server.url(FULL)) as db:
        (reviews, products, hot) = db.execute(_IDS).fetchone() or (0, 0, 0)
    return Ids(reviews, products, hot, Random(5))
