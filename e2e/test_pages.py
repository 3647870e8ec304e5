"""Every page, light, dark and on a phone: nothing for axe to find, no complaint in the console, no sideways scroll."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, sound

PAGES = {
    "door": "/console/login",
    "queue": "/console/queue",
    "held": "/console/queue?kind=held",
    "reviews": "/console/reviews",
    "filtered": "/console/reviews?rating=5&status=published&q=good&from=2020-01-01",
    "nothing": "/console/reviews?q=nobodywrotethisword",
    "review": "/console/reviews/{review}",
    "imports": "/console/imports",
    "new-import": "/console/imports/new?at=s3://atelier-deliveries/",
    "new-import-read": "/console/imports/new/read?source=s3://atelier-deliveries/second/",
    "new-import-check": "/console/imports/new/check?source=s3://atelier-deliveries/second/",
    "new-import-start": "/console/imports/new/start?source=s3://atelier-deliveries/second/",
    "run": "/console/imports/1",
    "products": "/console/products",
    "unnamed": "/console/products?q=nobodysoldthis",
    "product": "/console/products/1",
    "insights": "/console/insights?days=90",
    "report": "/console/insights/report",
    "account": "/console/account",
    "keys": "/console/keys",
    "missing": "/console/reviews/2147483000",
}


@pytest.fixture(scope="module")
def review(base_url: str) -> int:
    import httpx

    listed = httpx.get(f"{base_url}/reviews?product_id=1&count=1", trust_env=False).json()
    found: int = listed["results"][0]["review_id"]
    return found


def check(page: Page) -> None:
    sound(page)
    assert page.evaluate("document.querySelectorAll('[style]').length") == 0


@pytest.mark.parametrize("name", ["reviews", "imports", "run"])
def test_a_table_shows_fewer_columns_before_it_scrolls(open_as: Opener, name: str) -> None:
    page = open_as("administrator")
    page.goto(PAGES[name])
    for width in (1440, 1280, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        beyond = page.evaluate(
            "[...document.querySelectorAll('.scroll')].map(each => each.scrollWidth - each.clientWidth)"
        )
        assert beyond, width
        assert max(beyond) <= 0, width


@pytest.mark.parametrize("name", PAGES)
def test_page(open_as: Opener, watch: Watch, review: int, name: str) -> None:
    if name == "missing":
        watch.allow("status of 404")
    page = open_as(None if name == "door" else "administrator")
    page.goto(PAGES[name].format(review=review))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    check(page)


@pytest.mark.parametrize(
    ("opener", "opened", "touch"),
    [
        ("[data-open]", "#drawer[open]", True),
        pytest.param("[data-open]", "#drawer[open]", False, marks=pytest.mark.long),
        ("#edit summary", "#edit [name=product]", False),
        pytest.param("#edit summary", "#edit [name=product]", True, marks=pytest.mark.long),
    ],
)
def test_what_opens_over_a_page(open_as: Opener, opener: str, opened: str, touch: bool) -> None:
    page = open_as("administrator", has_touch=touch)
    page.goto("/console/reviews")
    page.locator(opener).first.click()
    expect(page.locator(opened)).to_be_visible()
    check(page)


def test_the_theme_is_chosen_and_kept(open_as: Opener) -> None:
    page = open_as("viewer")
    page.goto("/console/reviews")
    light = page.evaluate("getComputedStyle(document.body).color")
    page.get_by_role("button", name="Switch to dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).color") != light
    page.goto("/console/imports")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_policy_allows_no_inline_script_and_no_frame(open_as: Opener) -> None:
    page = open_as("viewer")
    answer = page.goto("/console/reviews")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert re.search(r"frame-ancestors 'none'", policy)


def test_fonts_and_styles_are_our_own_and_kept_by_the_browser(open_as: Opener) -> None:
    page = open_as("viewer")
    kept: dict[str, str] = {}
    page.on(
        "response",
        lambda answer: (
            kept.update({answer.url: answer.headers.get("cache-control", "")})
            if "/console/static/" in answer.url
            else None
        ),
    )
    page.goto("/console/reviews")
    page.wait_for_load_state("networkidle")
    assert len(kept) > 3
    assert all(answer for answer in kept.values())
    loaded = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
    assert any("Inter" in family for family in loaded)
