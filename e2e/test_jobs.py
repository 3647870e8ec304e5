"""Jobs in the browser: erasing a reviewer, from the address to the number that is typed; live, and steered."""

import re
import secrets

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe


@pytest.fixture
def who() -> str:
    """Somebody whom nobody knows yet."""
    return f"ben-{secrets.token_hex(4)}"


def written(http: httpx.Client, product: int, who: str) -> list[str]:
    """The addresses of two new reviews by somebody."""
    return [
        http.post(
            "/reviews",
            json={
                "product_id": product,
                "rating": rating,
                "summary": f"By {who}",
                "body": f"Written {rating} times by {who}, to be forgotten. Call +351 912 345 678.",
                "recommend": True,
                "name": who,
                "email": f"{who}@example.org",
                "photos": [],
                "characteristics": {},
            },
        ).headers["location"]
        for rating in (4, 5)
    ]


def looked_for(page: Page, email: str) -> None:
    """Ask for everything by an address, and wait until the search is through."""
    page.goto("/console/jobs")
    page.locator(".actions").get_by_role("link", name="Erase a reviewer").click()
    page.get_by_label("E-mail of the reviewer").fill(email)
    page.get_by_label("Why").fill("Request of 24 November")
    page.get_by_role("button", name="Find everything").click()
    expect(page.locator("#job")).to_have_attribute("data-state", "Finished", timeout=60_000)


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.long)], ids=["script", "no script"])
def test_a_reviewer_is_erased(
    open_as: Opener, http: httpx.Client, product: int, who: str, watch: Watch, script: bool
) -> None:
    watch.allow("status of 422")
    reviews = written(http, product, who)
    page = open_as("lead", java_script_enabled=script)
    looked_for(page, f"{who}@example.org")
    expect(page.get_by_role("heading", name="Erase for good")).to_be_visible()
    expect(page.get_by_role("link", name=f"By {who}")).to_have_count(2)
    if script:
        assert axe(page) == []
    page.get_by_label("Type 2 to erase it").fill("3")
    page.get_by_role("button", name="Erase 2").click()
    expect(page.get_by_text("Type 2 to go on.")).to_be_visible()
    assert http.get(reviews[0]).status_code == 200
    page.get_by_label("Type 2 to erase it").fill("2")
    page.get_by_role("button", name="Erase 2").click()
    expect(page.get_by_role("heading", name="Erase a reviewer")).to_be_visible()
    expect(page.locator("#job")).to_have_attribute("data-state", "Finished", timeout=60_000)
    assert [http.get(review).status_code for review in reviews] == [404, 404]
    if script:
        assert axe(page) == []
    page.goto("/console/audit?action=erase")
    expect(page.locator("tbody tr").first).to_contain_text("Lead erased review")


def test_what_is_redacted_is_seen_before(open_as: Opener, http: httpx.Client, product: int, who: str) -> None:
    review = written(http, product, who)[0]
    page = open_as("lead")
    page.goto(f"/console/redact?review={review.rpartition('/')[2]}")
    expect(page.locator(".goes del").first).to_have_text("+351 912 345 678")
    page.get_by_role("checkbox", name=re.compile("name")).uncheck()
    page.get_by_role("button", name="Look again").click()
    expect(page.locator(".goes")).not_to_contain_text("Reviewer")
    assert axe(page) == []
    page.get_by_label("Why").fill("Asked")
    page.get_by_label("Type 1 to redact them").fill("1")
    page.get_by_role("button", name="Redact 1 review").click()
    expect(page.locator("#job")).to_have_attribute("data-state", "Finished", timeout=60_000)
    told = http.get(review).json()
    assert told["body"].endswith("Call [removed].")
    assert told["reviewer_name"] == who


def test_the_list_is_narrowed_and_leads_on(open_as: Opener) -> None:
    page = open_as("viewer")
    page.goto("/console/jobs")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    expect(page.locator(".actions a")).to_have_count(0)
    page.get_by_label("Kind").select_option("import")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("kind=import$"))
    assert axe(page) == []
    page.locator("tbody").get_by_role("link", name="Import").last.click()
    expect(page.get_by_role("heading", name="Run 1")).to_be_visible()
