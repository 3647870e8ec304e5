"""What an operator sees from outside: logs, health, numbers. The API and the console share it.

`Watch` goes around a whole application; `routes` are the addresses of the inner port; `logs.configure` comes first.
"""

from litestar.handlers import HTTPRouteHandler

from backend.observe import logs
from backend.observe.health import live, ready
from backend.observe.metrics import metrics
from backend.observe.requests import Watch, header, note_source, request_id_of

__all__ = ["Watch", "header", "logs", "note_source", "request_id_of", "routes"]


def routes() -> list[HTTPRouteHandler]:
    """/health/live, /health/ready and /metrics. They want `database` and `settings` in the application's state."""
    return [live, ready, metrics]
