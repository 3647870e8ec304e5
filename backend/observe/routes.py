"""The addresses of the inner port."""

from litestar.handlers import HTTPRouteHandler

from backend.observe.health import live, ready
from backend.observe.metrics import metrics


def routes() -> list[HTTPRouteHandler]:
    """/health/live, /health/ready and /metrics. They want `database` and `settings` in the application's state."""
    return [live, ready, metrics]
