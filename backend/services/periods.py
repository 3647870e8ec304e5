"""Whole days in the time zone of who asks: what every figure over time is of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.domain.errors import FieldError, Invalid

LONGEST = 366


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def bounds(self) -> dict[str, object]:
        """What statements take: `since` (included), `until` (not included), and when each day begins: `midnights`."""
        midnights = [_midnight(day, self.zone) for day in self.days]
        until = _midnight(self.last + timedelta(days=1), self.zone)
        return {"since": midnights[0], "until": until, "midnights": midnights}


def last_days(number: int, zone: ZoneInfo) -> Period:
    """So many days, of which today is the last."""
    today = datetime.now(zone).date()
    return Period(today - timedelta(days=number - 1), today, zone)


def last_month(zone: ZoneInfo) -> Period:
    """The calendar month before this one."""
    last = datetime.now(zone).date().replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last, zone)


def between(first: str, last: str, zone: ZoneInfo) -> Period:
    """From one day to another, as they stand in a form; `Invalid` names the field that means nothing."""
    period = Period(_day(first, "from"), _day(last, "to"), zone)
    if period.last < period.first:
        raise _refused("to", "It ends before it begins.")
    if (period.last - period.first).days >= LONGEST:
        raise _refused("to", f"At most {LONGEST} days: choose a shorter period.")
    return period


def _day(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _refused(field, "Give a day, such as 2026-01-31.") from error
    if not date(1995, 1, 1) <= day <= date(2199, 12, 31):
        raise _refused(field, "Give a day between 1995 and 2199.")
    return day


def _refused(field: str, message: str) -> Invalid:
    return Invalid("The period cannot be told.", errors=(FieldError(field, message),))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
