"""A bulk change from the list to its result and back, with and without JavaScript; it shows in the storefront."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe
from e2e.looking import counted, fits


def receipt_of_two(page: Page, product: int) -> None:
    page.goto(f"/console/reviews?product={product}&status=published")
    for number in range(2):
        page.get_by_role("checkbox", name=re.compile("Choose review")).nth(number).check()
    page.get_by_role("button", name="Change…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change 2 reviews")


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_list_to_the_result_and_back(
    open_as: Opener, watch: Watch, http: httpx.Client, product: int, javascript: bool
) -> None:
    watch.allow("422")  # what a browser says of a form that is answered with a mistake
    before = counted(http, product)
    page = open_as("moderator", java_script_enabled=javascript)
    receipt_of_two(page, product)
    page.get_by_role("link", name="Set status").click()
    page.get_by_role("radio", name="Hidden").check()
    page.get_by_role("button", name="Add this change").click()
    expect(page.get_by_text("Choose why they are hidden.").first).to_be_visible()
    page.get_by_label("Reason, where they are hidden").select_option("spam")
    page.get_by_role("button", name="Add this change").click()
    page.get_by_role("link", name="Find and replace").click()
    page.get_by_label("Find", exact=True).fill("([a-z]+)")
    page.get_by_label("Replace with").fill(r"<\1>")
    page.get_by_label("It is a pattern").check()
    page.get_by_role("button", name="Add this change").click()
    expect(page.locator(".ops li")).to_have_count(2)
    expect(page.locator(".differs ins").first).to_be_visible()
    page.get_by_label("Reason for the record").fill("Spam of last week.")
    page.get_by_role("button", name="Run on 2 reviews").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changed 2 reviews")
    assert counted(http, product) == before - 2
    page.locator("#changed").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Take the chosen back").click()
    expect(page.get_by_text("1 taken back,")).to_be_visible()
    assert counted(http, product) == before - 1
    page.get_by_role("button", name="Take all 2 back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Taken back: 2 reviews")
    assert counted(http, product) == before


def test_more_than_a_thousand_are_typed_and_a_job_does_them(open_as: Opener, watch: Watch) -> None:
    watch.allow("422")
    page = open_as("lead")
    page.goto("/console/reviews?status=published&rating=4&rating=5")
    page.get_by_role("checkbox", name=re.compile("Choose review")).first.check()
    page.get_by_role("button", name=re.compile("Change all")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Change [\d,]+ reviews"))
    page.get_by_role("link", name="Set or clear a field").click()
    page.get_by_label("Field", exact=True).select_option("response")
    page.get_by_label("New value").fill("Thank you for writing.")
    page.get_by_role("button", name="Add this change").click()
    page.get_by_label("Reason for the record").fill("They were never answered.")
    typed = page.get_by_label(re.compile("^Type"))
    number = re.sub(r"\D", "", page.locator("label[for=typed]").inner_text())
    typed.fill(str(int(number) + 1))
    page.get_by_role("button", name="Run on").click()
    expect(page.get_by_text(f"Type {number} to run it.").first).to_be_visible()
    typed.fill(number)
    page.get_by_role("button", name="Run on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Changed"), timeout=60_000)
    take_back = page.get_by_role("button", name=re.compile("Take all"))
    expect(take_back).to_be_visible(timeout=30_000)
    take_back.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Taken back"), timeout=60_000)


def test_every_state_is_accessible_and_fits(open_as: Opener, watch: Watch, product: int) -> None:
    watch.allow("422")
    page = open_as("moderator")

    def check() -> None:
        assert axe(page) == [], page.url
        page.set_viewport_size({"width": 390, "height": 844})
        assert fits(page), page.url
        page.set_viewport_size({"width": 1440, "height": 900})

    receipt_of_two(page, product)
    address = page.url
    for state in ("", "?add=status", "?add=field", "?add=replace", "?add=move", "?add=rate"):
        page.goto(address + state)
        check()
    page.get_by_role("button", name="Add this change").click()
    check()
    page.goto(address)
    page.get_by_role("button", name="Trim and repair encoding").click()
    page.get_by_label("Reason for the record").fill("Tidying up.")
    page.get_by_role("button", name="Run on 2 reviews").click()
    expect(page.get_by_text("What it came to")).to_be_visible()
    check()
