"""Logs: one JSON object a line on standard output. No text of a review, no query string, no personal data."""

import logging
import sys
import traceback
from typing import Any, TextIO

import psycopg
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Their message may quote the row that failed, so only their kind is told.
_QUOTING = (psycopg.DataError, psycopg.IntegrityError, UnicodeError)


# Whose lines are ours, from the configured level on; other libraries are heard when they warn.
_OURS = ("backend", "admin_ui", "etl", "procrastinate", "uvicorn")


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send structlog's events, and those of libraries that use `logging`, to standard output. Level as in `logging`."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
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
