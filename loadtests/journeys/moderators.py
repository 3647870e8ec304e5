"""Moderators: they sign in, look through the queue, judge and take it back, search among all reviews, and read some.

Each judges a review of their own, over and over: nobody's work is touched, and nothing is left decided.
"""

import itertools
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from locust import task
from locust.env import Environment
from locust.exception import StopUser

from loadtests import checks, mix
from loadtests.journeys.caller import Answer, Caller
from loadtests.journeys.storefront import submit
from loadtests.skewed import Skewed

Told = TypeVar("Told")
_numbers = itertools.count()


class Moderator(Caller):
    """One moderator with an account of their own."""

    paced = False

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.reviews = Skewed(*self.plan.reviews, self.plan.seed)
        self.own = 0

    def on_start(self) -> None:
        """Sign in, with something to judge; and begin with it."""
        index = getattr(self.environment.runner, "worker_index", 0)
        place = index + next(_numbers) * self.plan.processes
        email, password = self.plan.accounts[place % len(self.plan.accounts)]
        token = self._get("/login", "console: the door", lambda answer: checks.form(answer.body))
        if token is None or not self._post(
            "/login", "console: sign in", token, _inside, email=email, password=password
        ):
            raise StopUser
        told = submit(self, self.product(), f"Load {self.random.getrandbits(48):012x}")
        if told:
            reported = self.ask(
                "PUT", f"/reviews/{told[0]}/report", "PUT /reviews/{id}/report", lambda _: True, status=(204,)
            )
            self.own = told[0] if reported else 0
        self.decide()

    @task(mix.MODERATOR["decide"])
    def decide(self) -> None:
        """The queue, a card of it, a decision; and all of it back."""
        self._get("/queue", "console: queue", lambda answer: checks.form(answer.body))
        if not self.own:
            return
        number = self.own
        opened = self._get(
            f"/queue?review={number}", "console: a card", lambda answer: checks.card(answer.body, number)
        )
        if opened is None:
            return
        token, version = opened
        event = self._post(
            "/judge",
            "console: judge",
            token,
            _event,
            review=f"{number}.{version}",
            decision="restore",
            back="/console/queue",
        )
        if event:
            self._post("/undo", "console: undo", token, _event, event=str(event), back="/console/queue")

    @task(mix.MODERATOR["search"])
    def search(self) -> None:
        """The list of all reviews, by one filter or another."""
        asked = self.random.choice(mix.FILTERS).format(product=self.product())
        self._get(
            f"/reviews?{asked}" if asked else "/reviews",
            "console: reviews, filtered" if asked else "console: reviews",
            lambda answer: checks.shows(answer.body, "<h1"),
        )

    @task(mix.MODERATOR["read"])
    def read(self) -> None:
        """One review with its history; of some numbers there is none."""
        number = self.reviews.draw(self.random)
        self._get(
            f"/reviews/{number}",
            "console: one review",
            lambda answer: checks.shows(answer.body, str(number)),
            status=(200, 404),
        )

    def _get(
        self, path: str, name: str, check: Callable[[Answer], Told], status: tuple[int, ...] = (200,)
    ) -> Told | None:
        return self.ask("GET", f"/console{path}", name, check, status=status)

    def _post(self, path: str, name: str, token: str, check: Callable[[Answer], Told], **form: str) -> Told | None:
        return self.ask(
            "POST",
            f"/console{path}",
            name,
            check,
            status=(303,),
            data=urlencode({"csrf": token, **form}),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )


def _inside(answer: Answer) -> bool:
    if "/login" in answer.headers.get("Location", "/login"):
        raise checks.Wrong("back at the door")
    return True


def _event(answer: Answer) -> int:
    return checks.done(answer.headers.get("Location", ""))
