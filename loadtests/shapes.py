"""The curves as Locust wants them: a class each."""

from collections.abc import Callable
from typing import ClassVar

from locust import LoadTestShape

from loadtests import curves, plan


class Shape(LoadTestShape):
    """As many users as its curve says, until the plan's time is over."""

    abstract = True
    curve: ClassVar[str]

    def tick(self) -> tuple[int, float] | None:
        """Users now, and how many may come or go within the next second: all of them."""
        asked = plan.current()
        at: float = self.get_run_time()  # type: ignore[no-untyped-call]
        if at >= asked.seconds:
            return None
        return curves.users(self.curve, at / asked.seconds, asked.users), float(asked.users)


class Ramp(Shape):
    """Evenly more."""

    curve = "ramp"


class Steady(Shape):
    """The same all the time."""

    curve = "steady"


class Spike(Shape):
    """Suddenly four times as many, for a while."""

    curve = "spike"


class Soak(Shape):
    """The same for a long time."""

    curve = "soak"


SHAPES: dict[str, Callable[[], Shape]] = {shape.curve: shape for shape in (Ramp, Steady, Spike, Soak)}
