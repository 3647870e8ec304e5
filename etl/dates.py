"""Dates in the forms that a mapping may name: a closed list, so that 3/4/2019 is never a guess.

A form may be followed by a time (`14:05`, `14:05:30`, `2:05 PM`); without one it is midnight, and always in UTC.
"""

import re
from dataclasses import dataclass

from etl.rules import from_epoch, from_iso, moment, present
from etl.steps import Notes, Refused

_TIME = rb"(?:[T ]+(?P<h>\d{1,2}):(?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,]\d{1,9})?)?(?: ?(?P<half>[ap])\.?m\.?)?)?\Z"
_PARTS = {"d": rb"(?P<d>\d{1,2})", "m": rb"(?P<m>\d{1,2})", "y": rb"(?P<y>\d{4})"}
NOON = 12


def _pattern(form: str) -> re.Pattern[bytes]:
    day = b"".join(_PARTS.get(char, re.escape(char.encode())) for char in form)
    return re.compile(day + _TIME, re.IGNORECASE)


_PATTERNS = {form: _pattern(form) for form in ("d/m/y", "m/d/y", "y/m/d", "d.m.y", "d-m-y", "m-d-y")}
FORMS = {
    "auto": "epoch milliseconds or ISO, each value by its looks: what is read without a word",
    "iso": "2019-01-31, with or without a time and a zone",
    "epoch-ms": "milliseconds since 1970",
    "epoch-s": "seconds since 1970",
    "d/m/y": "31/01/2019",
    "m/d/y": "01/31/2019",
    "y/m/d": "2019/01/31",
    "d.m.y": "31.01.2019",
    "d-m-y": "31-01-2019",
    "m-d-y": "01-31-2019",
}


@dataclass(frozen=True, slots=True)
class Dated:
    """A moment in ISO form and UTC, from a date in one of `FORMS`."""

    form: str

    def __call__(self, raw: bytes, notes: Notes) -> str:
        if self.form == "auto":
            return moment(raw, notes)
        raw = present(raw)
        if self.form == "iso":
            return from_iso(raw)
        if self.form in _PATTERNS:
            return from_iso(_as_iso(_PATTERNS[self.form], raw))
        if not raw.isdigit():
            raise Refused("date")
        return from_epoch(raw if self.form == "epoch-ms" else raw + b"000")


def _as_iso(pattern: re.Pattern[bytes], raw: bytes) -> bytes:
    found = pattern.match(raw)
    if found is None:
        raise Refused("date")
    day = b"%s-%02d-%02d" % (found["y"], int(found["m"]), int(found["d"]))
    if found["h"] is None:
        return day
    hour = int(found["h"])
    if found["half"]:
        if not 1 <= hour <= NOON:
            raise Refused("date")
        hour = hour % NOON + (NOON if found["half"] in b"pP" else 0)
    return b"%sT%02d:%s:%s" % (day, hour, found["min"], found["s"] or b"00")
