"""Who asks for nothing, as fast as it comes: what the tool itself can do."""

from locust import task

from loadtests import checks
from loadtests.api.hello import BODY
from loadtests.journeys.caller import Answer, Caller


class Nobody(Caller):
    """One user of a server that does nothing."""

    @task
    def ask_for_nothing(self) -> None:
        """Five bytes."""
        self.ask("GET", "/", "nothing", _same)


def _same(answer: Answer) -> None:
    checks.shows(answer.body, BODY.decode())
