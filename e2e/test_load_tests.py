"""Load tests against the running system: every journey is gone, the results are kept, and stand in the console."""

import re
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect

from backend.local.environment import attached
from e2e.conftest import Opener, axe, sound
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


def kept(said: str) -> str:
    """The number under which a result was kept."""
    found = re.search(r"^Kept as load test (\d+): http://127.0.0.1:\d+/console/", said, re.MULTILINE)
    assert found, said
    return found[1]


def broken_off(system: System) -> str:
    """A test that Ctrl-C ends, while its processes count: its number."""
    options = ("--users", "4", "--time", "60s", "--journeys", "storefront", "--no-ceiling", "--processes", "2")
    earlier = logs(system)
    with subprocess.Popen(
        [ROOT / "atelier", "loadtest", *options],
        env=system.environment,
        cwd=system.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            _wait_until_users_came(system, earlier)
        finally:
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Broken off" in said
    return kept(said)


def logs(system: System) -> set[Path]:
    return set((system.home / "loadtests").glob("*.log"))


def _wait_until_users_came(system: System, earlier: set[Path]) -> None:
    until = time.monotonic() + 60
    while not any("All users spawned" in log.read_text(encoding="utf-8") for log in logs(system) - earlier):
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(0.5)  # something is asked


def whole(system: System) -> str:
    """A test that goes all the way, and misses a threshold that nobody can hold: its number."""
    done = system.run(
        *("loadtest", "--rate", "60", "--users", "12", "--time", "7s"), *("--p95", "9000", "--p99", "0.001")
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MISSED p99" in done.stdout
    for name in ASKED:
        assert re.search(rf"^{re.escape(name)} +\d", done.stdout, re.MULTILINE), done.stdout
    assert "wrong body" not in done.stdout
    assert re.search(r"^held +errors: 0\.\d\d%, under 1\.00%$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"The tool's own ceiling beside it: [\d,]+ requests/s", done.stdout)
    report = re.search(r"^Report: (.*\.html)$", done.stdout, re.MULTILINE)
    assert report
    assert "GET /reviews/meta" in (system.home / report[1]).read_text(encoding="utf-8")
    return kept(done.stdout)


def test_from_the_shell_to_the_console(system: System, open_as: Opener) -> None:
    number = whole(system)
    page = open_as("operator")
    page.goto("/console/system/load-tests")
    assert axe(page) == []
    page.get_by_role("link", name=f"Test {number}", exact=True).click()
    sound(page)


@pytest.mark.long
def test_one_that_is_broken_off_stands_beside_another(system: System, open_as: Opener) -> None:
    whole(system)
    partial = broken_off(system)
    page = open_as("operator", java_script_enabled=False)
    page.goto("/console/system/load-tests")
    page.get_by_role("link", name=f"Test {partial}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Broken off")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("region", name="Requests of both tests")).to_contain_text("console: sign in")
    scripted = open_as("operator")
    scripted.goto(page.url)
    sound(scripted)


@pytest.mark.long
def test_what_holds_ends_well(system: System) -> None:
    done = system.run(
        *("loadtest", "--users", "3", "--time", "3s", "--no-ceiling"), *("--p95", "5000", "--p99", "9000")
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_of_another_host_nothing_is_changed_and_nothing_kept(system: System) -> None:
    def counts() -> tuple[int, ...] | None:
        with psycopg.connect(attached(system.home)["ATELIER_READER_URL"]) as db:
            return db.execute(
                "select (select count(*) from load_test), (select count(*) from review), (select count(*) from event)"
            ).fetchone()

    before = counts()
    done = system.run(
        *("loadtest", "--host", system.url, "--products", "1-400"), *("--users", "5", "--time", "3s", "--no-ceiling")
    )
    assert "Kept as" not in done.stdout
    assert "GET /reviews/meta" in done.stdout
    assert counts() == before
