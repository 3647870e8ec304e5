"""Clients of the API: with a key they collect a product's reviews, and ask later whether anything is new."""

from functools import partial

from locust import task
from locust.env import Environment

from loadtests import checks, mix
from loadtests.journeys.caller import Answer, Caller


class Client(Caller):
    """One program that keeps a copy of reviews."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.tags: dict[str, tuple[int, str]] = {}  # by path: the product, and what its page looked like
        self.seen: list[int] = []

    @task(mix.CLIENT["collect"])
    def collect(self) -> None:
        """All reviews of a product, page by page."""
        product, cursor, seen = self.product(), "*", set[int]()
        for number in range(mix.COLLECTED):
            path = f"/reviews?product_id={product}&sort=newest&count={mix.PAGE}&cursor={cursor}"
            told = self.ask(
                "GET",
                path,
                "client: GET /reviews next page" if number else "client: GET /reviews",
                partial(self._page, product=product, path=path, seen=seen),
                headers=self._headers(),
            )
            self.seen = list(seen)
            if not told:
                return
            cursor = told

    @task(mix.CLIENT["look_again"])
    def look_again(self) -> None:
        """A page that was read before: 304 where it is the same."""
        if not self.tags:
            return
        path = self.random.choice(list(self.tags))
        product, tag = self.tags[path]

        def checked(answer: Answer) -> None:
            if answer.status == 304:
                checks.nothing(answer.body)
            elif answer.headers.get("ETag") == tag:
                raise checks.Wrong("all of it again, though nothing changed")
            else:
                self._page(answer, product, path, set())

        self.ask(
            "GET",
            path,
            "client: GET /reviews unchanged",
            checked,
            status=(200, 304),
            headers={**self._headers(), "If-None-Match": tag},
        )

    @task(mix.CLIENT["one"])
    def one(self) -> None:
        """One review. It may have been hidden since: 404."""
        if self.seen:
            number = self.random.choice(self.seen)
            self.ask(
                "GET",
                f"/reviews/{number}",
                "client: GET /reviews/{id}",
                lambda answer: checks.review(answer.body, number) if answer.status == 200 else None,
                status=(200, 404),
                headers=self._headers(),
            )

    def _headers(self) -> dict[str, str]:
        return {"X-API-Key": self.plan.key} if self.plan.key else {}

    def _page(self, answer: Answer, product: int, path: str, seen: set[int]) -> str | None:
        told = checks.step(answer.body, product, "newest", mix.PAGE, seen)
        if not (tag := answer.headers.get("ETag")):
            raise checks.Wrong("no ETag")
        if len(self.tags) >= mix.PAGE:
            self.tags.pop(next(iter(self.tags)))
        self.tags[path] = product, tag
        following: str | None = told["next"]
        return following
