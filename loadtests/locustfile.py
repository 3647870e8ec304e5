"""Visitors of a storefront, as Locust drives them: `atelier loadtest` runs this headless and decides by its thresholds.

Every body is checked, so that a quick wrong answer counts as an error. LOADTEST_PRODUCTS names a file with the ids of
real products, the most reviewed first: visitors look at those most.
"""

import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

ERRORS = float(os.environ.get("LOADTEST_ERRORS", "0.01"))  # share of all requests
P95 = float(os.environ.get("LOADTEST_P95", "150"))  # ms
P99 = float(os.environ.get("LOADTEST_P99", "250"))  # ms
PRODUCTS = [int(line) for line in Path(os.environ["LOADTEST_PRODUCTS"]).read_text(encoding="utf-8").split()]

WORDS = ("warm", "light", "true", "soft", "plain", "brisk", "calm", "sturdy", "bright", "even")


def product() -> int:
    """A few products are looked at by most visitors."""
    return PRODUCTS[min(len(PRODUCTS), int(random.paretovariate(0.6))) - 1]


class Visitor(FastHttpUser):
    """Opens a product's page, perhaps sorts or turns the page of its reviews, seldom votes, rarely writes."""

    wait_time = between(0.2, 1.0)

    def on_start(self) -> None:
        self.seen: list[int] = []

    @task(20)
    def look(self) -> None:
        chosen = product()
        self._list(chosen, "relevant", 1)
        self._meta(chosen)
        if random.random() < 0.3:
            self._list(chosen, random.choice(("newest", "helpful")), 1)
        if random.random() < 0.15:
            self._list(chosen, "relevant", 2)

    @task(2)
    def find_helpful(self) -> None:
        if not self.seen:
            return
        with self.client.put(
            f"/reviews/{random.choice(self.seen)}/helpful", name="PUT /reviews/{id}/helpful", catch_response=True
        ) as answer:
            if answer.status_code != 204:
                answer.failure(f"{answer.status_code}, not 204")

    @task(1)
    def write(self) -> None:
        chosen, mark = product(), f"Load {random.getrandbits(40):010x}"
        review: Mapping[str, Any] = {
            "product_id": chosen,
            "rating": random.randint(1, 5),
            "summary": mark,
            "body": " ".join(random.choice(WORDS) for _ in range(40)),
            "recommend": random.random() < 0.8,
            "name": "Load test",
            "email": "load@example.org",
            "photos": [],
            "characteristics": {},
        }
        with self.client.post("/reviews", json=review, name="POST /reviews", catch_response=True) as answer:
            if answer.status_code != 201 or answer.text != "Created":
                answer.failure(f"{answer.status_code}, not 201 Created")
                return
        # Whoever wrote sees it in the next request. Others may have written in between: look a little further.
        with self.client.get(
            f"/reviews?product_id={chosen}&sort=newest&count=50", name="GET /reviews after POST", catch_response=True
        ) as answer:
            if answer.status_code != 200 or mark not in (answer.text or ""):
                answer.failure("the review just written is not in the list")

    def _list(self, chosen: int, sort: str, page: int) -> None:
        with self.client.get(
            f"/reviews?product_id={chosen}&sort={sort}&page={page}&count=5",
            name=f"GET /reviews {sort}",
            catch_response=True,
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}, not 200")
                return
            body = answer.json()
            if (body["product"], body["page"], body["count"]) != (str(chosen), page, 5) or len(body["results"]) > 5:
                answer.failure("the list of another question")
                return
            self.seen = [review["review_id"] for review in body["results"]] or self.seen

    def _meta(self, chosen: int) -> None:
        with self.client.get(
            f"/reviews/meta?product_id={chosen}", name="GET /reviews/meta", catch_response=True
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}, not 200")
                return
            body = answer.json()
            given, recommended = (sum(map(int, body[key].values())) for key in ("ratings", "recommended"))
            if body["product_id"] != str(chosen) or given != recommended:
                answer.failure("the numbers do not add up")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def judge(environment: Environment, **_: Any) -> None:
    """The exit status: 0 only where every threshold held and something was asked at all."""
    total = environment.stats.total
    faults = []
    if not total.num_requests:
        faults.append("nothing was asked")
    else:
        if total.fail_ratio > ERRORS:
            faults.append(f"{total.fail_ratio:.2%} errors, more than {ERRORS:.2%}")
        for share, limit in ((0.95, P95), (0.99, P99)):
            taken = total.get_response_time_percentile(share)
            if taken > limit:
                faults.append(f"p{share * 100:.0f} {taken:.0f} ms, more than {limit:.0f}")
    for fault in faults:
        print(f"Threshold missed: {fault}")
    environment.process_exit_code = 1 if faults else 0
