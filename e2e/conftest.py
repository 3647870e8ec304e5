"""One system for the session, one browser, and pages that may not complain, nor ask anybody but loopback."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError

from e2e import browser as chromium
from e2e.looking import LOOKS, fits, looks, public
from e2e.people import Person, sign_in
from e2e.system import System
from e2e.tabs import Tabs
from tests.examples import LONG

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    with System() as running:
        yield running


@pytest.fixture(scope="session")
def base_url(system: System) -> str:
    return system.url


@pytest.fixture
def http(system: System) -> Iterator[httpx.Client]:
    """A storefront's server: plain HTTP through Nginx, no cookies."""
    with httpx.Client(base_url=system.url, timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture
def product(http: httpx.Client) -> int:
    """A product with a good many visible reviews of a delivery."""
    return next(number for number in range(1, 200) if len(public(http, number)) >= 10)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": str(chromium.demand()), "args": chromium.flags()}


@dataclass  # without slots: Playwright marks the owners of its handlers
class Watch:
    """What a page did that it may not do. `allow` names words of a complaint that a test brings about on purpose."""

    complaints: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, *words: str) -> None:
        self.allowed += words

    def left(self) -> list[str]:
        return [text for text in self.complaints if not any(word in text for word in self.allowed)]

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1":
            self.complaints.append(f"a request that leaves loopback: {request.url}")

    def on_error(self, error: WebError) -> None:
        self.complaints.append(f"page error: {error.error}")

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self.on_console)
        context.on("weberror", self.on_error)
        context.on("request", self.on_request)

    def leave(self, context: BrowserContext) -> None:
        context.remove_listener("console", self.on_console)
        context.remove_listener("weberror", self.on_error)
        context.remove_listener("request", self.on_request)


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    yield watching
    assert watching.left() == []


@pytest.fixture(scope="session")
def people(system: System) -> dict[str, Person]:
    """The administrator of the first start, and one person of each other role, made by the command."""
    cast = {"administrator": Person("admin@localhost", system.password)}
    for role in ("viewer", "moderator", "lead", "operator"):
        cast[role] = Person.hired(system, role)
    return cast


@pytest.fixture(scope="session")
def tabs(browser: Browser, system: System) -> Tabs:
    return Tabs(browser, system.url)


@pytest.fixture(scope="session")
def passes(tabs: Tabs, people: dict[str, Person]) -> Callable[[str], list[Any]]:
    """A role's cookies. Each signs in once a session, so that the door's throttle has nothing to object to."""
    kept: dict[str, list[Any]] = {}

    def of(role: str) -> list[Any]:
        if role not in kept:
            page = tabs.take([])
            sign_in(page, people[role])
            kept[role] = list(page.context.cookies())
            tabs.give_back(page)
        return kept[role]

    return of


Opener = Callable[..., Page]


@pytest.fixture
def open_as(tabs: Tabs, passes: Callable[[str], list[Any]], watch: Watch) -> Iterator[Opener]:
    """`open_as("moderator")` is a page of theirs, `open_as(None)` a stranger's; its context takes the rest."""
    taken = []

    def opened(role: str | None, **options: Any) -> Page:
        page = tabs.take(passes(role) if role else [], **options)
        watch.follow(page.context)
        taken.append(page)
        return page

    yield opened
    for page in taken:
        tabs.give_back(page)
        watch.leave(page.context)


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with a page: WCAG 2.0 to 2.2 A and AA, and best practices."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{rule['id']}: {rule['help']}: {', '.join(str(node['target'][0]) for node in rule['nodes'][:5])}"
        for rule in found
    ]


def sound(page: Page) -> None:
    """What holds of a page as it stands: it fits each look, and axe finds nothing.

    Axe, which takes far longer than all else, sees each look in the long run; else one, pages taking turns.
    """
    turn = crc32(urlsplit(page.url).path.encode()) % len(LOOKS)
    for number, look in enumerate(looks(page)):
        assert fits(page), (page.url, look)
        if number == turn or LONG in os.environ:
            assert axe(page) == [], (page.url, look)
