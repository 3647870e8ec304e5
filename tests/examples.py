"""How many examples a law is tried with: a few each time, many in the long run."""

import os
from typing import Any

from hypothesis import HealthCheck, settings

LONG = "ATELIER_TEST_LONG"  # set by `./atelier test --long`
_SHARE, _LEAST = 10, 4


def tried(most: int, *, steps: int = 50, **more: Any) -> settings:
    """Try it with so many examples in the long run, and with a tenth of them each time.

    However long one takes, and with what a fixture made for all of them. A machine of states takes so many `steps`,
    half of them each time.
    """
    is_long = LONG in os.environ
    return settings(
        max_examples=most if is_long else max(most // _SHARE, _LEAST),
        stateful_step_count=steps if is_long else steps // 2,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        **more,
    )
