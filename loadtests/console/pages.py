"""The pages that are measured, each with what its first byte may take."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

PAGE_MS, SEARCH_MS = 200, 500


@dataclass(frozen=True, slots=True)
class Ids:
    """What there is to look at: reviews and products are numbered from 1."""

    reviews: int
    products: int
    hot: int
    random: Random

    def review(self) -> int:
        return self.random.randint(1, self.reviews)

    def product(self) -> int:
        return self.random.randint(1, self.products)


@dataclass(frozen=True, slots=True)
class Page:
    """An address below /console, another one at each visit; `most` is the limit of its first byte, in ms."""

    title: str
    address: Callable[[Ids], str]
    most: int = PAGE_MS


def _search(title: str, query: str) -> Page:
    return Page(title, lambda _ids: f"/reviews?{query}", SEARCH_MS)


PAGES = {
    "queue": Page("the queue", lambda _ids: "/queue"),
    "held": Page("the queue, held", lambda _ids: "/queue?kind=held"),
    "reviews": Page("reviews", lambda _ids: "/reviews"),
    "reported": _search("reviews, reported", "status=reported"),
    "hidden": _search("reviews, hidden", "status=hidden"),
    "rating": _search("reviews, one star", "rating=1"),
    "dates": _search("reviews of a month", "from=2021-03-01&to=2021-03-31"),
    "of-product": Page("reviews of a product", lambda ids: f"/reviews?product={ids.product()}", SEARCH_MS),
    "of-hot": Page("reviews of the hot product", lambda ids: f"/reviews?product={ids.hot}", SEARCH_MS),
    "common": _search("a common word", "q=good"),
    "phrase": _search("a phrase without a word", 'q="too small" -refund'),
    "nothing": _search("a word that nobody wrote", "q=xylophagous"),
    "review": Page("one review", lambda ids: f"/reviews/{ids.review()}"),
    "products": Page("products", lambda _ids: "/products"),
    "by-name": Page("products by name", lambda _ids: "/products?sort=name"),
    "by-cases": Page("products by open cases", lambda _ids: "/products?sort=cases"),
    "found": Page("products whose name begins so", lambda _ids: "/products?q=camo", SEARCH_MS),
    "inside": Page("products nobody sold", lambda _ids: "/products?q=nobodysoldthis&sort=inside", SEARCH_MS),
    "product": Page("one product", lambda ids: f"/products/{ids.product()}"),
    "hot": Page("the hot product", lambda ids: f"/products/{ids.hot}"),
    "jobs": Page("jobs", lambda _ids: "/jobs"),
    "imports": Page("imports", lambda _ids: "/imports"),
    "insights": Page("insights, 30 days", lambda _ids: "/insights"),
    "quarter": Page("insights, 90 days", lambda _ids: "/insights?days=90"),
    "report": Page("the moderation report", lambda _ids: "/insights/report"),
    "people": Page("people", lambda _ids: "/people"),
    "audit": Page("audit", lambda _ids: "/audit"),
    "settings": Page("settings", lambda _ids: "/settings/reasons"),
    "system": Page("system", lambda _ids: "/system"),
    "week": Page("system, 7 days", lambda _ids: "/system?span=7d"),
}
