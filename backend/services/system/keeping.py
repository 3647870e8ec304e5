"""Figures over time: read now and then, added up to quarters of an hour and these to two hours, and gone in the end."""

from itertools import pairwise
from typing import Any

from psycopg.types.json import Jsonb

from backend.domain.targets import Reading
from backend.services.system.spans import HOURS, SPANS
from backend.store import sql
from backend.store.database import Writer

queries = sql.load("system")
alerts = sql.load("alerts")

# What is drawn as a course. What was served has histograms of its own.
_DRAWN = frozenset({"serving", "lag", "connections", "waiting", "stalled", "oldest", "storage", "disk"})


async def note(writer: Writer, readings: list[Reading]) -> None:
    """Keep what was read within this minute: of several readings the largest."""
    rows: list[dict[str, Any]] = [
        {"code": each.code, "subject": each.subject, "value": each.value} for each in readings if each.code in _DRAWN
    ]
    await writer.execute(queries["gauge"], {"rows": Jsonb(rows)})


async def roll_up(writer: Writer) -> None:
    """Add up what came since the last time. Done again it changes nothing."""
    for of, span in pairwise(SPANS):
        await writer.execute(queries["roll_requests"], {"of": of, "span": span})
        await writer.execute(queries["roll_gauges"], {"of": of, "span": span})


async def forget(writer: Writer) -> None:
    """Delete what is older than is kept, and instances that have been silent for an hour."""
    for span in SPANS:
        await writer.execute(queries["forget_requests"], {"span": span, "hours": HOURS[span]})
        await writer.execute(queries["forget_gauges"], {"span": span, "hours": HOURS[span]})
    await writer.execute(queries["forget_instances"])
    await writer.execute(alerts["forget"])
