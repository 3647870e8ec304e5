"""The lengths of time that figures are kept and shown by."""

from dataclasses import dataclass
from datetime import timedelta

SPANS = (1, 15, 120)  # minutes that a row is of
HOURS = {1: 26, 15: 8 * 24, 120: 8 * 24}  # for which rows are kept


@dataclass(frozen=True, slots=True)
class Period:
    """What a page may look back at. `step` is the span of its points in minutes; a look is `fresh` for some seconds."""

    name: str
    title: str
    length: timedelta
    step: int
    fresh: float


PERIODS = {
    period.name: period
    for period in (
        Period("15m", "15 min", timedelta(minutes=15), 1, 4.0),
        Period("24h", "24 h", timedelta(hours=24), 15, 20.0),
        Period("7d", "7 days", timedelta(days=7), 120, 20.0),
    )
}
USUAL = "15m"
