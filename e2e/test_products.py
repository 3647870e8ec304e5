"""Products in the browser: found, looked at, and their numbers mended."""

import re

import httpx
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, axe, sound
from e2e.looking import last_decision


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


def test_an_edit_is_what_storefronts_are_told_and_goes_back(open_as: Opener, http: httpx.Client, product: int) -> None:
    before = http.get(f"/products/{product}").json()
    page = open_as("moderator")
    page.goto(f"/console/products/{product}")
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(before["name"])
    assert axe(page) == []
    page.get_by_label("Name", exact=True).fill("Mended by hand")
    page.get_by_label("Category").fill("By hand")
    page.get_by_role("button", name=re.compile("^Save as version")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mended by hand")
    assert http.get(f"/products/{product}").json() == {**before, "name": "Mended by hand", "category": "By hand"}
    sound(page)
    last_decision(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(before["name"])
    assert http.get(f"/products/{product}").json() == before


def test_a_category_and_an_edit_without_javascript(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator", java_script_enabled=False)
    name = http.get(f"/products/{product}").json()["name"]
    page.goto("/console/products")
    category = page.get_by_label("Category").locator("option").nth(1).inner_text()
    page.get_by_label("Category").select_option(category)
    page.get_by_role("button", name="Find").click()
    expect(page.locator("table.pr tbody tr td:nth-child(3)").first).to_have_text(category)
    page.goto(f"/console/products/{product}/edit")
    page.get_by_label("Name", exact=True).fill("Without a script")
    page.get_by_role("button", name=re.compile("^Save as version")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Without a script")
    page.get_by_role("button", name="Revert this").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


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
