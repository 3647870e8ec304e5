"""What several tests look at: the storefront's view of a product, and the parts of the console's pages."""

from typing import Any

import httpx
from playwright.sync_api import Locator, Page

BORN_HERE = 1_000_000_000


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
