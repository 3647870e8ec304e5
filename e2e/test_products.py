"""Products in the browser: found, looked at, and their numbers mended."""

import re

from playwright.sync_api import Page, expect

from e2e.conftest import Opener, axe


def find(page: Page, text: str) -> None:
    page.goto("/console/products")
    page.get_by_label("Name or number of a product").fill(text)
    page.get_by_role("button", name="Find").click()


def test_from_the_list_to_a_product_and_its_reviews(open_as: Opener, product: int) -> None:
    page = open_as("lead")
    page.goto("/console/products")
    first = page.locator("table.pr tbody tr").first.inner_text()
    page.get_by_role("link", name="Further").click()
    expect(page).to_have_url(re.compile("after="))
    expect(page.locator("table.pr tbody tr").first).not_to_have_text(first)
    find(page, str(product))
    page.locator("table.pr th a").first.click()
    expect(page).to_have_url(re.compile(f"/products/{product}$"))
    expect(page.locator("#numbers")).to_contain_text("No drift")
    page.get_by_text("Numbers by month").click()
    expect(page.get_by_role("region", name="Numbers by month")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Recompute").click()
    expect(page.locator("#numbers")).to_contain_text("No drift")
    page.get_by_role("link", name="All its reviews").click()
    expect(page).to_have_url(re.compile(f"product={product}"))


def test_without_javascript(open_as: Opener) -> None:
    page = open_as("viewer", java_script_enabled=False)
    find(page, "zzz nothing")
    expect(page.get_by_role("heading", name="No name begins like this")).to_be_visible()
    page.get_by_role("link", name="All products").click()
    page.get_by_role("link", name="With open cases").click()
    expect(page).to_have_url(re.compile("sort=cases"))
    page.locator("table.pr th a").first.click()
    expect(page.locator("#numbers")).to_contain_text("No drift")
    expect(page.get_by_role("button", name="Recompute")).to_have_count(0)
