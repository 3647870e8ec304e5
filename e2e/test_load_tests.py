"""A load test against the running system: every journey is gone, the result is kept, and stands in the console."""

import re
import signal
import subprocess
import time

import psycopg
import pytest
from playwright.sync_api import expect

from backend.local.environment import attached
from e2e.conftest import Opener, axe
from e2e.looking import fits, looks
from e2e.system import ROOT, System

# What each journey asks, at the least.
ASKED = (
    "GET /reviews relevant",
    "GET /reviews/meta",
    "client: GET /reviews",
    "console: sign in",
    "console: queue",
    "console: a card",
    "console: judge",
    "console: undo",
)


def test_all_journeys_and_what_came_of_them(system: System, open_as: Opener) -> None:
    done = system.run(
        *("loadtest", "--rate", "60", "--users", "12", "--time", "6s", "--processes", "2"),
        *("--p95", "9000", "--p99", "0.001"),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MISSED p99" in done.stdout
    for name in ASKED:
        assert re.search(rf"^{re.escape(name)} +\d", done.stdout, re.MULTILINE), done.stdout
    assert "wrong body" not in done.stdout
    assert re.search(r"^held +errors: 0\.\d\d%, under 1\.00%$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"The tool's own ceiling beside it: [\d,]+ requests/s", done.stdout)
    (report,) = (system.home / "loadtests").glob("*.html")
    assert "GET /reviews/meta" in report.read_text(encoding="utf-8")
    number = re.search(r"Kept as load test (\d+)", done.stdout)
    assert number, done.stdout
    people = system.run("users", "list").stdout
    assert re.search(r"load-test-1@localhost.*\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d", people), people

    page = open_as("administrator", java_script_enabled=False)
    page.goto("/console/system/load-tests")
    page.get_by_role("link", name=f"Test {number[1]}", exact=True).click()
    expect(page.get_by_role("region", name="Figures by request")).to_contain_text("console: sign in")


def test_ctrl_c_keeps_what_was_counted_and_two_are_compared(system: System, open_as: Opener) -> None:
    process = subprocess.Popen(
        [ROOT / "atelier", "loadtest", "--users", "4", "--time", "60s", "--journeys", "storefront", "--no-ceiling"],
        env=system.environment,
        cwd=system.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        if line.startswith("Sending load"):
            break
    log = max((system.home / "loadtests").glob("*.log"))
    until = time.monotonic() + 20
    while log.read_text(encoding="utf-8").count("All users spawned") < 1 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Broken off" in said
    number = re.search(r"Kept as load test (\d+)", said)
    assert number, said

    page = open_as("operator")
    page.goto(f"/console/system/load-tests/{number[1]}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Broken off")
    for look in looks(page):
        assert axe(page) == [], look
        assert fits(page), look
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"\?with=\d+"))
    for look in looks(page):
        assert axe(page) == [], look
        assert fits(page), look
    page.get_by_role("link", name="Load tests").click()
    for look in looks(page):
        assert axe(page) == [], look
        assert fits(page), look


@pytest.mark.long
def test_what_holds_ends_well(system: System) -> None:
    done = system.run("loadtest", "--users", "3", "--time", "3s", "--p95", "5000", "--p99", "9000", "--no-ceiling")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_of_another_host_nothing_is_changed_and_nothing_kept(system: System) -> None:
    def kept() -> tuple[int, ...] | None:
        with psycopg.connect(attached(system.home)["ATELIER_READER_URL"]) as db:
            return db.execute(
                "select (select count(*) from load_test), (select count(*) from review), (select count(*) from event)"
            ).fetchone()

    before = kept()
    done = system.run("loadtest", "--host", system.url, "--products", "1-400", "--users", "5", "--time", "3s")
    assert "Kept as" not in done.stdout
    assert "GET /reviews/meta" in done.stdout
    assert kept() == before
