"""Filters under a name: saved as a tab, shared with a colleague, deleted and had back; and the list as a file."""

import csv
import io
import re

from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe
from e2e.looking import rows


def save(page: Page, name: str, *, shared: bool = False) -> None:
    page.get_by_text("Save view").click()
    page.get_by_label("Name", exact=True).fill(name)
    if shared:
        page.get_by_label("Everybody sees it").check()
    page.locator(".tabs-row").get_by_role("button", name="Save", exact=True).click()


def test_a_view_from_saving_to_having_it_back(open_as: Opener) -> None:
    page, colleague = open_as("moderator"), open_as("viewer")
    page.goto("/console/reviews")
    page.get_by_text("Add a filter").click()
    page.get_by_label("Photos").select_option("1")
    page.get_by_role("textbox", name="Reviewer").fill("a")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".chip")).to_have_count(2)
    save(page, "A with photos", shared=True)
    tab = page.get_by_role("link", name="A with photos")
    expect(tab).to_have_attribute("aria-current", "page")
    colleague.goto("/console/reviews")
    colleague.get_by_role("link", name="A with photos").click()
    expect(colleague.locator(".chip")).to_have_count(2)
    assert axe(colleague) == []
    page.get_by_text("Edit view").click()
    page.get_by_label("Name", exact=True).fill("A in pictures")
    page.locator(".tabs-row").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="A in pictures")).to_be_visible()
    page.get_by_text("Edit view").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="A in pictures")).to_have_count(0)
    assert axe(page) == []
    page.get_by_role("button", name="Save it again").click()
    expect(page.get_by_role("link", name="A in pictures")).to_have_attribute("aria-current", "page")


def test_a_name_twice_is_refused_where_one_stands(open_as: Opener, watch: Watch) -> None:
    watch.allow("status of 409")
    page = open_as("moderator")
    for name, query in (("Fives", "rating=5"), ("Fours", "rating=4")):
        page.goto(f"/console/reviews?{query}&photos=0")
        save(page, name)
        expect(page.get_by_role("link", name=name)).to_be_visible()
    page.get_by_text("Edit view").click()
    page.get_by_label("Name", exact=True).fill("Fives")
    page.locator(".tabs-row").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("There is a view “Fives” already")


def test_without_javascript(open_as: Opener) -> None:
    page = open_as("lead", java_script_enabled=False)
    page.goto("/console/reviews?rating=2")
    save(page, "Twos")
    expect(page.get_by_role("link", name="Twos")).to_have_attribute("aria-current", "page")
    page.get_by_text("Edit view").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is deleted.")).to_be_visible()


def test_exactly_this_filter_as_a_file(open_as: Opener, watch: Watch) -> None:
    watch.allow("status of 404")  # where the page of jobs is not there yet
    page = open_as("moderator")
    page.goto("/console/reviews?rating=1&photos=1&count=exact")
    count = int(re.sub(r"\D", "", page.locator("#count").inner_text()))
    newest = rows(page).first.get_attribute("id")
    page.get_by_text("Export CSV").click()
    page.get_by_label("With the reviewers’ e-mail addresses").check()
    assert axe(page) == []
    page.get_by_role("button", name="Export", exact=True).click()
    page.wait_for_url("**/console/jobs/*")
    url = f"/console/exports/{page.url.rsplit('/', 1)[1]}/reviews.csv"
    while (answer := page.request.get(url)).status == 409:
        page.wait_for_timeout(200)
    assert answer.status == 200
    lines = list(csv.DictReader(io.StringIO(answer.text().removeprefix("\ufeff"))))
    assert len(lines) == count
    assert f"row-{lines[0]['id']}" == newest
    assert {line["rating"] for line in lines} == {"1"}
    assert all(line["photos"] and "@" in line["reviewer_email"] for line in lines)
