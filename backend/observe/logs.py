"""Logs: one JSON object a line on standard output. No text of a review, no query string, no personal data."""

import asyncio
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import psycopg
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Their message may quote the row that failed, so only their kind is told.
_QUOTING = (psycopg.DataError, psycopg.IntegrityError, UnicodeError)


# Whose lines are ours, from the configured level on; other libraries are heard when they warn.
_OURS = ("backend", "admin_ui", "etl", "procrastinate", "uvicorn")


# The id of the request that is served, on every line that is written meanwhile.
request_id: ContextVar[str] = ContextVar("request_id")


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send structlog's events, and those of libraries that use `logging`, to standard output. Level as in `logging`."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Processor] = [
        _of_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        explain,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), _plain, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(number)
    logging.getLogger("uvicorn.access").disabled = True
    requests.stream = handler.stream if number <= logging.INFO else None


class RequestLine(msgspec.Struct, omit_defaults=True):
    """What is told of a request. `route` is a template: an address as it was sent may hold what people typed."""

    event: str
    level: str
    timestamp: str
    request_id: str
    method: str
    route: str
    status: int
    ms: float
    instance: str
    read_from: str | None = None


class Requests:
    """The lines of requests, in the form of all others: made as those are, one took a quarter of a request's time."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[str] = []
        self._now = ""

    def tell(
        self,
        request_id: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        instance: str,
        read_from: str | None,
    ) -> None:
        """Write the line of a request, if somebody configured where to; those of one turn of the loop together."""
        if self.stream is None:
            return
        if not self._lines:
            self._now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            asyncio.get_running_loop().call_soon(self._write)
        ms = round(seconds * 1000, 1)
        line = RequestLine("request", "info", self._now, request_id, method, route, status, ms, instance, read_from)
        self._lines.append(self._encode(line).decode() + "\n")

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        if self.stream is not None:
            self.stream.writelines(lines)
            self.stream.flush()


requests = Requests()


def explain(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn an exception into its kind, its message where that cannot quote a row, and where it was raised."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = _told(error)
        event["raised_at"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        if cause := error.__cause__ or error.__context__:
            event["cause"] = _told(cause)
    return event


def _of_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if (served := request_id.get(None)) is not None:
        event["request_id"] = served
    return event


def _plain(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # Uvicorn's line once more, for a terminal
    return event


def _told(error: BaseException) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": type(error).__name__}
    if isinstance(error, psycopg.Error):
        told |= {"sqlstate": error.sqlstate, "constraint": error.diag.constraint_name}
    if not isinstance(error, _QUOTING):
        told["message"] = str(error)
    return told
