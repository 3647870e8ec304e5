"""One system for the session, one browser, and pages that may not complain, nor ask anybody but loopback."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from e2e import browser as chromium
from e2e.looking import public
from e2e.people import Person, sign_in
from e2e.system import System

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

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self.on_console)
        context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))
        context.on("request", self.on_request)


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
def passes(browser: Browser, system: System, people: dict[str, Person]) -> Callable[[str], Any]:
    """A role's cookies. Each signs in once a session, so that the door's throttle has nothing to object to."""
    kept: dict[str, Any] = {}

    def of(role: str) -> Any:
        if role not in kept:
            context = browser.new_context(base_url=system.url)
            sign_in(context.new_page(), people[role])
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return of


Opener = Callable[..., Page]


@pytest.fixture
def open_as(browser: Browser, system: System, passes: Callable[[str], Any], watch: Watch) -> Iterator[Opener]:
    """`open_as("moderator")` is a page of theirs, `open_as(None)` a stranger's; its context takes the rest."""
    contexts = []

    def opened(role: str | None, **more: Any) -> Page:
        state = {"storage_state": passes(role)} if role else {}
        context = browser.new_context(
            base_url=system.url, **{"viewport": {"width": 1440, "height": 900}, **state, **more}
        )
        context.set_default_timeout(10_000)
        watch.follow(context)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with a page: WCAG 2.0 to 2.2 A and AA, and best practices."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{rule['id']}: {rule['help']}: {', '.join(str(node['target'][0]) for node in rule['nodes'][:5])}"
        for rule in found
    ]
