"""One review edited: seen by the storefront at once, chosen by field where two were at it, taken back step by step."""

import re

import httpx
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Opener, Watch, axe
from e2e.looking import counted, painted, public


def text(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Text", exact=True)


def save(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Save as version")).click()


def test_an_edit_is_what_the_storefront_serves_and_goes_back(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator")
    review, shown = list(public(http, product).items())[5]
    page.goto(f"/console/reviews?product={product}")
    page.goto(f"/console/reviews/{review}?list=product%3D{product}")
    painted(page).keyboard.press("e")
    expect(text(page)).to_have_value(re.compile(re.escape(shown["body"][:40])))
    assert axe(page) == []
    before = counted(http, product)
    page.get_by_label("Title", exact=True).fill("Mended by hand")
    page.get_by_label("Rating", exact=True).select_option(str(6 - shown["rating"]))
    page.get_by_label("Why").select_option("personal-data")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mended by hand")
    expect(page.locator(".time li").first).to_contain_text("edited it")
    served = page.locator("#served")
    expect(served).to_contain_text(re.compile(r"From\s*api-\d, read from (primary|replica-1)"))
    expect(served.locator("pre")).to_contain_text('"summary": "Mended by hand"')
    # The line as it was delivered stands below its place.
    page.get_by_role("link", name="Show the line as it was delivered").click()
    expect(page.locator(".time figure")).to_be_focused()
    expect(page.locator(".around [aria-current]")).to_contain_text(shown["body"].split("\n")[0][:40])
    assert axe(page) == []
    again = http.get(f"/reviews/{review}").json()
    assert (again["summary"], again["rating"]) == ("Mended by hand", 6 - shown["rating"])
    assert counted(http, product) == before
    page.get_by_role("button", name="Revert this").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Mended by hand")
    assert http.get(f"/reviews/{review}").json() == shown
    # The filters are still there.
    page.get_by_role("link", name="Reviews", exact=True).last.click()
    expect(page).to_have_url(re.compile(f"product={product}"))


def test_two_who_save_choose_by_field(open_as: Opener, http: httpx.Client, product: int, watch: Watch) -> None:
    watch.allow("status of 409")
    review = list(public(http, product))[6]
    first, second = open_as("moderator"), open_as("lead")
    for page in (first, second):
        page.goto(f"/console/reviews/{review}/edit")
    original = text(first).input_value()
    text(first).fill(f"{original} Theirs.")
    first.get_by_label("Title", exact=True).fill("A title of theirs")
    save(first)
    expect(first.locator("#review")).to_be_visible()
    text(second).fill(f"{original} Yours.")
    second.get_by_label("Recommends").select_option("0")
    save(second)
    expect(second.get_by_role("alert")).to_contain_text("Moderator saved this review while you were writing")
    choice = second.get_by_role("row", name=re.compile("^Text"))
    expect(choice.get_by_role("radio")).to_have_count(3)
    expect(choice.locator("ins").first).to_have_text(re.compile("Yours"))
    expect(second.get_by_label("Title", exact=True)).to_have_value("A title of theirs")
    assert axe(second) == []
    choice.get_by_role("radio").nth(1).check()
    save(second)
    expect(second.locator("#review article")).to_contain_text("Theirs.")
    expect(second.get_by_role("heading", level=1)).to_have_text("A title of theirs")
    assert http.get(f"/reviews/{review}").json()["recommend"] is False


def test_a_hidden_review_is_not_served_and_says_so(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator")
    review = list(public(http, product))[7]
    page.goto(f"/console/reviews/{review}")
    page.get_by_role("button", name="Duplicate").click()
    expect(page.locator("#review .head")).to_contain_text("Hidden")
    page.goto(f"/console/reviews/{review}/served")
    expect(page.locator("#served")).to_contain_text("404, not served")
    expect(page.locator("#served")).to_contain_text("a review that is hidden is not served")
    assert axe(page) == []


def test_without_javascript(open_as: Opener, http: httpx.Client, product: int, watch: Watch) -> None:
    watch.allow("status of 422")
    page = open_as("administrator", java_script_enabled=False)
    review = list(public(http, product))[8]
    page.goto(f"/console/reviews/{review}")
    page.get_by_role("link", name="Edit").click()
    text(page).fill("")
    save(page)
    expect(page.locator("#e-body")).to_contain_text("may not be empty")
    text(page).fill("Mended without a script.")
    save(page)
    expect(page.locator("#review article")).to_contain_text("Mended without a script.")
    page.get_by_role("link", name="Show the line as it was delivered").click()
    expect(page.locator(".around [aria-current]")).to_contain_text(f"{review},{product},")
    page.go_back()
    page.get_by_role("link", name="Ask the storefront").click()
    expect(page.locator("#served pre")).to_contain_text("Mended without a script.")
    page.go_back()
    page.get_by_role("button", name="Revert this").first.click()
    expect(page.locator("#review article")).not_to_contain_text("Mended without a script.")
