"""The pictures of the README: every page of the console, light, dark and on a phone, over the full sample."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from e2e import browser as chromium
from e2e.looking import last_decision
from e2e.people import Person, sign_in
from e2e.system import ROOT, System

FOLDER = ROOT / "docs" / "pictures"
WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {**WIDE, "color_scheme": "light"},
    "dark": {**WIDE, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
}
ZONE: dict[str, Any] = {"timezone_id": "Europe/Lisbon", "locale": "en-GB"}


def make() -> None:
    """Start a system, give it a day's work, and take the pictures anew."""
    click.echo("Starting a system with the full sample.")
    with System(full=True) as system, sync_playwright() as playwright:
        executable = str(chromium.demand())
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.flags())
        moderator, operator = Person.hired(system, "moderator"), Person.hired(system, "operator")
        administrator = Person("admin@localhost", system.password)
        review = _a_days_work(system, browser, moderator, operator)
        receipt = _a_receipt(system, browser, moderator)
        for rate in ("40", "80"):
            system.run("loadtest", "--rate", rate, "--users", "10", "--time", "30s", "--no-ceiling")
        today = datetime.now(UTC).date()
        pages = {
            "login": (None, "/console/login"),
            "queue": (moderator, f"/console/queue?review={review}"),
            "reviews": (moderator, "/console/reviews"),
            "drawer": (moderator, "/console/reviews?rating=1"),
            "review": (moderator, f"/console/reviews/{review}"),
            "products": (moderator, "/console/products"),
            "product": (moderator, "/console/products/1"),
            "insights": (moderator, "/console/insights"),
            "report": (moderator, f"/console/insights/report?from={today:%Y-%m}-01&to={today}"),
            "receipt": (moderator, receipt),
            "edit": (moderator, f"/console/reviews/{review}/edit"),
            "jobs": (moderator, "/console/jobs"),
            "keys": (moderator, "/console/keys"),
            "imports": (operator, "/console/imports"),
            "new-import": (operator, "/console/imports/new?at=s3://atelier-deliveries/"),
            "new-import-read": (operator, "/console/imports/new/read?source=s3://atelier-deliveries/second/"),
            "new-import-check": (operator, "/console/imports/new/check?source=s3://atelier-deliveries/second/"),
            "import-compare": (operator, "/console/imports/2/compare"),
            "import-run": (operator, "/console/imports/1"),
            "system": (operator, "/console/system"),
            "load-test": (operator, "/console/system/load-tests/2"),
            "load-tests-compared": (operator, "/console/system/load-tests/2?with=1"),
            "account": (moderator, "/console/account"),
            "people": (administrator, "/console/people"),
            "settings": (administrator, "/console/settings/reasons"),
            "templates": (administrator, "/console/settings/templates"),
            "audit": (administrator, "/console/audit"),
        }
        FOLDER.mkdir(exist_ok=True)
        for look, how in LOOKS.items():
            for name, (person, address) in pages.items():
                with _page(browser, system, person, **how) as page:
                    page.goto(address)
                    if name == "drawer":
                        page.locator("[data-open]").first.click()
                        expect(page.locator("#drawer[open]")).to_be_visible()
                    if name != "system":  # it follows a stream, so its network is never idle
                        page.wait_for_load_state("networkidle")
                    _take(page, FOLDER / f"{name}-{look}.png")
        browser.close()


def _take(page: Page, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path, animations="disabled", caret="hide")
    click.echo(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB")


_kept: dict[str, Any] = {}


@contextmanager
def _page(browser: Browser, system: System, person: Person | None, **how: Any) -> Iterator[Page]:
    state: dict[str, Any] = {}
    if person is not None:
        if person.email not in _kept:
            context = browser.new_context(base_url=system.url, **ZONE)
            sign_in(context.new_page(), person)
            _kept[person.email] = context.storage_state()
            context.close()
        state["storage_state"] = _kept[person.email]
    context = browser.new_context(base_url=system.url, **ZONE, **state, **how)
    try:
        yield context.new_page()
    finally:
        context.close()


def _a_receipt(system: System, browser: Browser, moderator: Person) -> str:
    """The page of a change that is ready to be run."""
    with _page(browser, system, moderator) as page:
        page.goto("/console/reviews?status=published&rating=1&q=refund")
        page.get_by_role("checkbox", name=re.compile("Choose review")).first.check()
        page.get_by_role("button", name=re.compile("Change all")).click()
        page.get_by_role("link", name="Set status").click()
        page.get_by_role("radio", name="Hidden").check()
        page.get_by_label("Reason, where they are hidden").select_option("off-topic")
        page.get_by_role("button", name="Add this change").click()
        expect(page.locator(".ops li")).to_have_count(1)
        return urlsplit(page.url).path


def _a_days_work(system: System, browser: Browser, moderator: Person, operator: Person) -> int:
    """Some reports, some decisions, a second delivery; a reported review worth looking at."""
    reported: list[dict[str, Any]] = []
    with httpx.Client(base_url=system.url, trust_env=False) as http:
        for product in range(1, 60):
            for review in http.get(f"/reviews?product_id={product}&sort=newest").json()["results"]:
                if review["rating"] <= 2 and len(reported) < 12:
                    for _ in range(1 + len(reported) % 3):
                        http.put(f"/reviews/{review['review_id']}/report")
                    reported.append(review)
    with _page(browser, system, moderator) as page:
        for review in reported[:3]:
            page.goto(f"/console/reviews/{review['review_id']}")
            page.locator("[data-reason]").nth(len(review["summary"]) % 3).click()
            expect(last_decision(page)).to_be_visible()
    with _page(browser, system, operator) as page:
        page.goto("/console/imports/new/start?source=s3://atelier-deliveries/second/")
        page.get_by_role("button", name="Start the import").click()
        expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=120_000)
    chosen: int = max(reported[3:], key=lambda review: (len(review["photos"]), len(review["body"])))["review_id"]
    return chosen
