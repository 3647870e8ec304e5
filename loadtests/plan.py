"""What a load test is to do: a file that the shell writes and each of Locust's processes reads."""

import json
import os
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from loadtests import mix

VARIABLE = "LOADTEST_PLAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`rate` is in requests a second of shoppers and clients together, 0 where they come as they like. `products` and
    `reviews` are the first and the last id that there is.

    `key` and `accounts` (e-mail and password of moderators) are made for the run: they stand in this file alone, which
    only its owner may read. `writes` says whether anything may be changed.
    """

    host: str
    shape: str = "steady"
    journeys: tuple[str, ...] = ("storefront",)
    users: int = 10
    rate: float = 0.0
    seconds: float = 60.0
    processes: int = 1
    seed: int = 1
    products: tuple[int, int] = (1, 1)
    reviews: tuple[int, int] = (1, 1)
    writes: bool = True
    key: str = ""
    accounts: tuple[tuple[str, str], ...] = ()
    result: str = ""

    @property
    def pause(self) -> float:
        """Seconds from one request of a user to the next, of those that a rate is asked of; 0 where none is."""
        return max(0, mix.paced(self.journeys, self.users)) / self.rate if self.rate else 0.0

    def options(self) -> dict[str, Any]:
        """What was asked for, without secrets and places."""
        names = ("users", "rate", "seconds", "processes", "journeys", "seed", "writes")
        return {name: getattr(self, name) for name in names}

    def but(self, **changes: Any) -> Self:
        """The same plan with some of it changed."""
        return replace(self, **changes)

    def write(self, path: Path) -> None:
        """Leave it for Locust's processes."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` left."""
        told = json.loads(path.read_text(encoding="utf-8"))
        for name in ("journeys", "products", "reviews"):
            told[name] = tuple(told[name])
        told["accounts"] = tuple(tuple(account) for account in told["accounts"])
        return cls(**told)


@cache
def current() -> Plan:
    """The plan of this process."""
    return Plan.read(Path(os.environ[VARIABLE]))
