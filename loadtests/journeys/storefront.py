"""Shoppers: they open a product's page, put its reviews in another order, turn pages, seldom vote, rarely write."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from locust import task
from locust.env import Environment

from loadtests import checks, mix
from loadtests.journeys.caller import Answer, Caller

NAME, EMAIL = "Load test", "load-test@example.org"  # as furnishing.py finds them again
_WORDS = ("warm", "light", "true", "soft", "plain", "brisk", "calm", "sturdy", "bright", "even")
_REMEMBERED = 50  # reviews that a shopper has seen, or has written


class Shopper(Caller):
    """One visitor of a storefront."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.seen: deque[int] = deque(maxlen=_REMEMBERED)
        self.written: deque[int] = deque(maxlen=_REMEMBERED)

    @task(mix.SHOPPER["look"])
    def look(self) -> None:
        """A product's page, and perhaps its reviews in another order."""
        product = self.product()
        self._list(product, "relevant")
        self.ask(
            "GET",
            f"/reviews/meta?product_id={product}",
            "GET /reviews/meta",
            lambda answer: checks.meta(answer.body, product),
        )
        if self.random.random() < mix.SORTED:
            self._list(product, self.random.choice(("newest", "helpful")))

    @task(mix.SHOPPER["walk"])
    def walk(self) -> None:
        """The newest reviews, page by page."""
        product, cursor, seen = self.product(), "*", set[int]()
        for number in range(1 + mix.WALKED):
            told = self.ask(
                "GET",
                f"/reviews?product_id={product}&sort=newest&count=5&cursor={cursor}",
                "GET /reviews next page" if number else "GET /reviews by cursor",
                lambda answer: checks.step(answer.body, product, "newest", 5, seen),
            )
            if not told or not told["next"]:
                return
            cursor = told["next"]

    @task(mix.SHOPPER["shelf"])
    def shelf(self) -> None:
        """A page with many products, each with its stars."""
        products = list({self.product() for _ in range(mix.SHELF)})
        asked = ",".join(map(str, products))
        self.ask(
            "GET",
            f"/reviews/stats?product_ids={asked}",
            "GET /reviews/stats",
            lambda answer: checks.stats(answer.body, products),
        )

    @task(mix.SHOPPER["vote"])
    def vote(self) -> None:
        """A review that was read helped."""
        if self.plan.writes and self.seen:
            review = self.random.choice(self.seen)
            self._put(f"/reviews/{review}/helpful", "PUT /reviews/{id}/helpful")

    @task(mix.SHOPPER["write"])
    def write(self) -> None:
        """A review; whoever wrote it sees it in the next request."""
        if not self.plan.writes:
            return
        product, mark = self.product(), f"Load {self.random.getrandbits(48):012x}"
        told = submit(self, product, mark)
        if told is None:
            return
        number, published = told
        if not published:
            return
        self.written.append(number)
        # Others may have written in between: look a little further than the first one.
        self.ask(
            "GET",
            f"/reviews?product_id={product}&sort=newest&count=50",
            "GET /reviews after POST",
            lambda answer: checks.shows(answer.body, mark),
        )

    @task(mix.SHOPPER["report"])
    def report(self) -> None:
        """A review of a shopper's own: others' would be hidden by it."""
        if self.plan.writes and self.written:
            self._put(f"/reviews/{self.written.popleft()}/report", "PUT /reviews/{id}/report")

    def _list(self, product: int, sort: str) -> None:
        told = self.ask(
            "GET",
            f"/reviews?product_id={product}&sort={sort}&count=5",
            f"GET /reviews {sort}",
            lambda answer: checks.page(answer.body, product, sort, 5),
        )
        if told:
            self.seen.extend(review["review_id"] for review in told["results"])

    def _put(self, path: str, name: str) -> None:
        self.ask("PUT", path, name, lambda answer: checks.nothing(answer.body), status=(204,))


def submit(caller: Caller, product: int, mark: str) -> tuple[int, bool] | None:
    """Send a review under this title: its id, and whether everybody sees it (a rule may hold it)."""
    review: Mapping[str, Any] = {
        "product_id": product,
        "rating": caller.random.randint(1, 5),
        "summary": mark,
        "body": " ".join(caller.random.choice(_WORDS) for _ in range(40)),
        "recommend": caller.random.random() < 0.8,
        "name": NAME,
        "email": EMAIL,
    }

    def taken(answer: Answer) -> tuple[int, bool]:
        checks.created(answer.body)
        number = answer.headers.get("Location", "").rpartition("/")[2]
        if not number.isdigit():
            raise checks.Wrong("no way to what was written")
        return int(number), answer.headers.get("X-Review-State") == "published"

    return caller.ask("POST", "/reviews", "POST /reviews", taken, status=(201,), json=review)
