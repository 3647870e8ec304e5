"""How many examples a law is tried with: a few each time, many in the long run."""

import os
from typing import Any

from hypothesis import HealthCheck, settings

LONG = "ATELIER_TEST_LONG"  # set by `./atelier test --long`
_SHARE, _LEAST = 6, 5


def tried(most: int, **more: Any) -> settings:
    """Try it with so many examples in the long run, and with a sixth of them each time.

    However long one takes, and with what a fixture made for all of them.
    """
    return settings(
        max_examples=most if LONG in os.environ else max(most // _SHARE, _LEAST),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        **more,
    )
