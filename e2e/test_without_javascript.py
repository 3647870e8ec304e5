"""The console with JavaScript off: everything that matters, by links and forms alone."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener
from e2e.looking import counted, last_decision, public
from e2e.people import Person, sign_in


@pytest.fixture
def page(open_as: Opener) -> Page:
    return open_as("administrator", java_script_enabled=False)


def test_the_door(open_as: Opener, people: dict[str, Person]) -> None:
    page = open_as(None, java_script_enabled=False)
    sign_in(page, people["moderator"])
    expect(page).to_have_url(re.compile("/console/queue"))


def test_filter_open_hide_and_undo(page: Page, http: httpx.Client, product: int) -> None:
    review = list(public(http, product))[4]
    before = counted(http, product)
    page.goto("/console/reviews")
    page.get_by_text("Add a filter").click()
    page.get_by_label("Product id").fill(str(product))
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".chip")).to_have_count(1)
    page.goto(f"/console/reviews/{review}")
    page.get_by_role("button", name="About another product").click()
    expect(page.locator("#review .head")).to_contain_text("Hidden")
    assert counted(http, product) == before - 1
    last_decision(page).get_by_role("button", name="Undo").click()
    expect(page.locator("#review .head")).not_to_contain_text("Hidden")
    assert counted(http, product) == before


def test_several_rows_at_once(page: Page, http: httpx.Client, product: int) -> None:
    before = counted(http, product)
    page.goto(f"/console/reviews?product={product}&status=published")
    for number in range(2):
        page.get_by_role("checkbox", name=re.compile("Choose review")).nth(number).check()
    page.get_by_label("Reason for hiding").select_option("fake")
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(last_decision(page)).to_contain_text("2 reviews")
    assert counted(http, product) == before - 2
    last_decision(page).get_by_role("button", name="Undo").click()
    expect(last_decision(page)).to_be_visible()
    assert counted(http, product) == before


def test_an_import_is_started_and_its_page_tells_when_it_is_done(page: Page) -> None:
    page.goto("/console/imports/new")
    page.get_by_role("link", name="s3://atelier-deliveries/", exact=True).click()
    page.get_by_role("link", name="Choose second").click()
    page.get_by_label("Steps").get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("heading", name=re.compile("^Run "))).to_be_visible()
    # The page loads itself again until the run has ended.
    expect(page.locator("#run")).to_have_attribute("data-state", "Finished", timeout=60_000)
    page.goto("/console/imports")
    expect(page.locator("table.im tbody tr").first).to_contain_text("second")
