"""What Locust loads: the users and the shape of the plan, and the counting of what came of it.

`./atelier loadtest` writes the plan, names the users, and decides by the result.
"""

import json
import time
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests import mix, plan
from loadtests.journeys.clients import Client
from loadtests.journeys.moderators import Moderator
from loadtests.journeys.nobody import Nobody
from loadtests.journeys.storefront import Shopper
from loadtests.shapes import SHAPES
from loadtests.tally import Tally

__all__ = ["Chosen", "Client", "Moderator", "Nobody", "Shopper"]

_asked = plan.current()
_tally = Tally()

# Locust takes the one shape that it finds here.
Chosen = SHAPES[_asked.shape]

for _name, _count in mix.counts(_asked.journeys, _asked.users).items():
    _users = {"Shopper": Shopper, "Client": Client, "Moderator": Moderator}[mix.JOURNEYS[_name].users]
    _users.weight = mix.JOURNEYS[_name].share
    # Where there are few users, chance would leave out whole journeys.
    _users.fixed_count = 1 if _count == 1 else 0


@events.request.add_listener  # type: ignore[untyped-decorator]
def count(name: str, start_time: float, response_time: float, exception: Exception | None, **_: Any) -> None:
    """Count each answer once more, finer than Locust does, and by its second."""
    _tally.add(name, start_time, response_time, str(exception)[:200] if exception else "")


@events.user_error.add_listener  # type: ignore[untyped-decorator]
def stumble(user_instance: Any, exception: Exception, **_: Any) -> None:
    """A fault in a journey itself is no answer, and may not pass unseen."""
    _tally.add(f"a {type(user_instance).__name__}", time.time(), 0, f"broke off: {type(exception).__name__}")


@events.report_to_master.add_listener  # type: ignore[untyped-decorator]
def tell(client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG001 -- Locust gives it
    """What a worker counted since it last told."""
    data["tally"] = json.dumps(_tally.tell())


@events.worker_report.add_listener  # type: ignore[untyped-decorator]
def hear(client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG001 -- Locust gives it
    """What a worker told."""
    if "tally" in data:
        _tally.take(json.loads(data["tally"]))


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def finish(environment: Environment, **_: Any) -> None:
    """Leave what was counted; the shell judges it."""
    environment.process_exit_code = 0
    if not isinstance(environment.runner, WorkerRunner):
        path = Path(_asked.result)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(_tally.tell()), encoding="utf-8")
        fresh.replace(path)
