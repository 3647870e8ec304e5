"""An operator at work: choose a delivery, watch it come in, look at what was refused."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe, sound
from e2e.system import System

PATIENCE = 60_000  # ms for a small import


def balance(page: Page) -> dict[str, int]:
    """The banner's figures, by their words."""
    figures = {}
    for cell in page.locator(".balance dl > div").all():
        word = re.split(r"\s\d", cell.locator("dt").inner_text())[0].strip()
        figures[word] = int(cell.locator("dd").inner_text().replace(",", ""))
    return figures


def choose(page: Page, folder: str) -> None:
    page.goto("/console/imports")
    page.get_by_role("link", name="New import").first.click()
    page.get_by_role("link", name="s3://atelier-deliveries/", exact=True).click()
    page.get_by_role("link", name=f"Choose {folder}").click()
    expect(page.get_by_role("heading", name="Every file is understood")).to_be_visible()


def start(page: Page, folder: str) -> None:
    choose(page, folder)
    page.get_by_label("Steps").get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("heading", name=re.compile("^Run "))).to_be_visible()


def test_a_delivery_is_launched_from_the_bucket_and_watched_until_it_balances(open_as: Opener) -> None:
    page = open_as("operator")
    start(page, "second")
    # Without a reload: the page follows by itself.
    page.evaluate("window.stayed = true")
    expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=PATIENCE)
    assert page.evaluate("window.stayed") is True
    expect(page.get_by_role("heading", name="The balance holds")).to_be_visible()
    figures = balance(page)
    read = figures.pop("Read")
    assert read == sum(figures.values()) > 0


def test_the_same_delivery_again_changes_nothing(open_as: Opener) -> None:
    page = open_as("operator")
    start(page, "second")
    expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=PATIENCE)
    start(page, "second")
    expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=PATIENCE)
    expect(page.get_by_text("has loaded this very object").first).to_be_visible()
    assert not page.locator(".balance").is_visible() or balance(page)["Read"] == 0


def test_rejects_show_their_reasons_and_their_bytes(open_as: Opener) -> None:
    page = open_as("operator")
    page.goto("/console/imports/1")
    assert page.locator(".sig").count() > 3
    kind = page.locator(".sig").first
    kind.get_by_role("link").click()
    figures = page.locator(".sig.open figure.raw")
    expect(figures.first.locator(".tag").first).to_be_visible()
    expect(figures.first.locator("pre").first).not_to_be_empty()
    figures.first.get_by_text("Bytes", exact=True).click()
    expect(figures.first.locator("pre.hex")).to_contain_text(re.compile(r"[0-9a-f]{2} [0-9a-f]{2}"))
    with page.expect_download() as download:
        page.get_by_label("Downloads to mend").get_by_role("link").first.click()
    assert download.value.path().read_bytes().splitlines()[0].endswith(b'"atelier_record"')


def test_a_repair_is_counted_and_applied(open_as: Opener) -> None:
    page = open_as("operator")
    page.goto("/console/imports/1")
    page.locator(".sig-h", has_text=re.compile("rating.*outside of what it may be")).first.click()
    page.get_by_label("Repair").select_option("clamp")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text(re.compile("would be taken by the rules"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Apply clamp to")).click()
    expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=PATIENCE)
    expect(page.get_by_text("It tries rejects again.")).to_be_visible()
    expect(page.get_by_role("heading", name="The balance holds")).to_be_visible()


# Without a script an import is also started in test_without_javascript.py.
@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.long)])
def test_four_steps_lead_to_an_import(open_as: Opener, scripts: bool) -> None:
    page = open_as("operator", java_script_enabled=scripts)
    choose(page, "sample")
    page.get_by_role("link", name="reviews.csv", exact=True).click()
    expect(page.locator(".twenty tbody tr")).to_have_count(20)
    page.get_by_text("Change which column is which").click()
    page.get_by_label("summary, column of the file").select_option("body")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_label("summary, column of the file")).to_have_value("body")
    page.get_by_label("Save as the mapping").fill("bodies")
    page.get_by_role("button", name="Save and go on with it").click()
    expect(page.get_by_label("Mapping", exact=True)).to_have_value("bodies")
    if scripts:
        sound(page)
    page.get_by_role("link", name="Next: check").click()
    page.get_by_role("button", name="Check all of it").click()
    # The page follows by itself, or loads itself again.
    expect(page.locator("#whole")).to_have_attribute("data-state", "Finished", timeout=PATIENCE)
    expect(page.locator(".outcome")).to_contain_text("Updated")
    page.get_by_role("link", name="Next: start").click()
    expect(page.get_by_text(re.compile("Checked by run"))).to_be_visible()
    page.get_by_label("Most rejects", exact=True).fill("0")
    page.get_by_role("button", name="Start the import").click()
    expect(page.locator("#run")).to_have_attribute("data-state", "Failed", timeout=PATIENCE)
    expect(page.get_by_text("Nothing was written.").first).to_be_visible()


@pytest.mark.parametrize(
    "dying",
    [
        pytest.param(["console-1", "console-2"], id="consoles"),
        pytest.param(["worker"], id="worker", marks=pytest.mark.long),
        pytest.param(["primary"], id="database", marks=pytest.mark.long),
    ],
)
def test_who_watches_sees_the_end_whoever_dies(open_as: Opener, system: System, watch: Watch, dying: list[str]) -> None:
    watch.allow("status of 50", "ERR_", "htmx:sse:error", "htmx:error")
    page = open_as("operator")
    choose(page, "sample")
    page.get_by_label("Steps").get_by_role("link", name="Start").click()
    page.get_by_label("Read what was loaded before").check()
    page.get_by_role("button", name="Start the import").click()
    expect(page.locator("#live")).to_have_attribute("data-live", "")
    page.evaluate("window.stayed = true")
    killed = [system.kill(name) for name in dying]
    for each in killed:
        system.wait_until_back(each)
    expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=PATIENCE)
    expect(page.get_by_role("heading", name="The balance holds")).to_be_visible()
    assert page.evaluate("window.stayed") is True
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name=re.compile("beside run"))).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize("role", ["viewer", "moderator"])
def test_only_operators_start_imports(open_as: Opener, role: str, watch: Watch) -> None:
    watch.allow("status of 403")
    page = open_as(role)
    page.goto("/console/imports")
    expect(page.get_by_role("heading", name="Imports")).to_be_visible()
    expect(page.get_by_role("link", name="New import")).to_have_count(0)
    answer = page.goto("/console/imports/new")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("source", ["file:///etc/", "s3://somebody-elses/", "http://127.0.0.1/", "nonsense"])
def test_what_lies_outside_stays_outside(open_as: Opener, source: str, watch: Watch) -> None:
    watch.allow("status of 422")
    page = open_as("operator")
    page.goto("/console/imports/new")
    page.get_by_label("Source").fill(source)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Source")).to_have_value(source)
