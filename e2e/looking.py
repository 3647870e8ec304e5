"""What several tests look at: the storefront's view of a product, and the parts of the console's pages."""

from collections.abc import Iterator
from typing import Any

import httpx
from playwright.sync_api import Locator, Page

BORN_HERE = 1_000_000_000
LOOKS = (("light", "light", 1440), ("dark", "dark", 1440), ("phone", "light", 390))


def public(http: httpx.Client, product: int) -> dict[int, dict[str, Any]]:
    """The visible reviews of a product that came with a delivery, by id, as a storefront gets them."""
    listed = http.get(f"/reviews?product_id={product}&count=1000").json()["results"]
    return {review["review_id"]: review for review in listed if review["review_id"] < BORN_HERE}


def counted(http: httpx.Client, product: int) -> int:
    """How many reviews the product's numbers count."""
    return sum(map(int, http.get(f"/reviews/meta?product_id={product}").json()["ratings"].values()))


def rows(page: Page) -> Locator:
    return page.locator("tr[data-row]")


def last_decision(page: Page) -> Locator:
    """The message that says what was just decided, with the way back."""
    return page.get_by_role("region", name="Last decision")


def painted(page: Page) -> Page:
    """The page when it has been seen once: a browser drops keys that come before, also when a page has loaded."""
    page.wait_for_load_state()
    page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    return page


def looks(page: Page) -> Iterator[str]:
    """Show the page as it stands in each look, one after the other: light, dark, and as wide as a phone."""
    for look, scheme, width in LOOKS:
        # Colours that change slowly would be met on their way.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900 if width > 390 else 844})
        yield look


def fits(page: Page) -> bool:
    """Whether the page can be read without scrolling sideways."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return bool(wide <= room)
