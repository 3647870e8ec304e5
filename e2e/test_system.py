"""An operator looks whether all is right: the page follows by itself, says who is gone, and what to do."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe, sound
from e2e.system import ROOT, System
from tests.postgres import free_port

SOON = 20_000  # ms in which a page follows


def tell(system: System, query: LiteralString) -> None:
    """Change something behind the page's back."""
    told = json.loads((system.home / "run/environment.json").read_text(encoding="utf-8"))
    with psycopg.connect(told["ATELIER_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(query)


@pytest.fixture
def another(system: System) -> Iterator["subprocess.Popen[bytes]"]:
    """An instance of the API that nobody starts again."""
    told = json.loads((system.home / "run/environment.json").read_text(encoding="utf-8"))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "backend.cli", "serve", "--role", "api", "--port", str(free_port())],
        cwd=system.home,
        env={**system.environment, **told, "ATELIER_INSTANCE": "api-9", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()
    tell(system, "delete from instance where name = 'api-9'")


@pytest.fixture
def alert(system: System) -> Iterator[None]:
    """An alert of a kind that no worker judges away meanwhile."""
    tell(
        system,
        "insert into alert (code, subject, began_at, opened_at, worst, latest, target, sent)"
        " values ('lag', 'replica-9', now() - interval '5 minutes', now(), 4.2, 4.2, 2, 1)",
    )
    yield
    tell(system, "delete from alert where subject = 'replica-9'")


def follows(page: Page) -> None:
    """Whether the page shows a later moment without being loaded again."""
    clock = page.locator(".head .sub time")
    before = clock.get_attribute("datetime") or ""
    page.evaluate("window.stayed = true")
    expect(clock).not_to_have_attribute("datetime", before, timeout=SOON)
    assert page.evaluate("window.stayed") is True


def test_at_a_glance_and_it_follows_whoever_dies(open_as: Opener, system: System, watch: Watch) -> None:
    watch.allow("502", "ERR_", "net::")
    page = open_as("operator")
    page.goto("/console/imports")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Serving")
    expect(page.locator(".figs li")).to_have_count(12)
    page.get_by_text("Numbers of the courses").click()
    name = page.locator(".served p").inner_text().removeprefix("Served by ").split()[0]
    before = system.kill(name)
    follows(page)
    expect(page.locator(".numbers")).to_have_attribute("open", "")  # what was opened stays open
    system.wait_until_back(before)


def test_who_is_killed_is_gone(open_as: Opener, system: System, another: "subprocess.Popen[bytes]") -> None:
    page = open_as("operator")
    page.goto("/console/system")
    row = page.locator("#instances tr", has_text="api-9")
    expect(row).to_contain_text("Serving", timeout=SOON)
    another.send_signal(signal.SIGKILL)
    another.wait()
    tell(system, "update instance set seen_at = now() - interval '31 seconds' where name = 'api-9'")
    expect(row).to_contain_text("Gone", timeout=SOON)
    expect(page.get_by_role("heading", level=1)).to_contain_text("an instance is gone")
    expect(page.locator(".figs .over")).to_contain_text("api-9 is gone")


def test_an_alert_and_what_to_do(open_as: Opener, alert: None) -> None:
    page = open_as("operator")
    page.goto("/console/system")
    note = page.locator(".note", has_text="replica-9 is 4.2 s behind")
    expect(note).to_be_visible()
    sound(page)
    note.get_by_role("link").click()
    expect(page.locator("#lag")).to_be_in_viewport()
    assert axe(page) == []


def test_without_javascript(open_as: Opener, alert: None) -> None:
    page = open_as("viewer", java_script_enabled=False)
    page.goto("/console/system")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Serving")
    expect(page.get_by_text("replica-9 is 4.2 s behind").first).to_be_visible()
    page.get_by_text("Numbers of the courses").click()
    expect(page.locator(".numbers tbody tr")).to_have_count(15)
    page.get_by_role("link", name="24 h", exact=True).click()
    expect(page.locator(".numbers tbody tr")).to_have_count(96)
