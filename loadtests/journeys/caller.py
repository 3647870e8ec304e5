"""What all users have in common: they ask at their pace, and look at each answer."""

import time
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeVar

from locust import FastHttpUser
from locust.env import Environment

from loadtests import mix, plan
from loadtests.checks import Wrong
from loadtests.skewed import Skewed

Told = TypeVar("Told")
# What a request is sent with, beside its path.
Headers = Mapping[str, str]


class Answer:
    """An answer as checkers want it."""

    def __init__(self, told: Any) -> None:
        self.status: int = told.status_code
        self.body: bytes = told.content or b""
        self.headers: Mapping[str, str] = told.headers or {}


class Caller(FastHttpUser):
    """One user. Where a rate is asked for, its requests are due at even distances, whatever the answers take.

    An answer's time counts from when its request was due: one that had to wait for the answer before it has waited.
    """

    abstract = True
    paced = True  # where a rate is asked for
    connection_timeout = network_timeout = 10.0

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.plan = plan.current()
        self.random = Random()
        self.products = Skewed(*self.plan.products, self.plan.seed)
        self._pause = self.plan.pause if self.paced else 0.0
        self._due = time.perf_counter() + self.random.uniform(0, self._pause)

    def wait_time(self) -> float:
        """Seconds between two things that a user does."""
        return 0.0 if self._pause else self.random.uniform(*mix.PAUSES[type(self).__name__])

    def product(self) -> int:
        """A product: a few are asked for most of the time."""
        return self.products.draw(self.random)

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        check: Callable[[Answer], Told],
        *,
        status: tuple[int, ...] = (200,),
        **sent: Any,
    ) -> Told | None:
        """What `check` makes of the answer; None where it was wrong, which Locust counts as a failure."""
        late = self._wait_for_turn()
        with self.client.request(
            method, path, name=name, catch_response=True, allow_redirects=False, **sent
        ) as response:
            response.request_meta["response_time"] += late * 1000
            if not response.status_code:
                response.failure(f"no answer: {type(response.error).__name__}")
            elif response.status_code not in status:
                response.failure(f"status {response.status_code}")
            else:
                try:
                    told = check(Answer(response))
                except Wrong as wrong:
                    response.failure(f"wrong body: {wrong}")
                else:
                    response.success()
                    return told
        return None

    def _wait_for_turn(self) -> float:
        """Wait until the next request is due; how many seconds ago it was, where the answer before it took so long."""
        if not self._pause:
            return 0.0
        due, now = self._due, time.perf_counter()
        self._due += self._pause
        if due > now:
            time.sleep(due - now)  # which Locust has made gevent's
            return 0.0
        return now - due
