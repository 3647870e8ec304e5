"""How figures, times and the words of the machine are written. One way each, everywhere."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

_STEPS = ((1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def number(value: int | None) -> str:
    """1,234,567; a dash where there is none."""
    return "—" if value is None else f"{value:,}"


def share(part: int, whole: int) -> str:
    """0.7 %; two decimals below one per cent, so that a few rejects of many never read as none."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    if percent < 0.01:  # noqa: PLR2004 -- below what two decimals can show
        return "< 0.01 %"
    return f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %"


def size(octets: int) -> str:
    """1.41 GB, in powers of ten as file managers write them."""
    for step, unit in _STEPS:
        if octets >= step:
            return f"{octets / step:.3g} {unit}" if octets < 1_000 * step else f"{octets // step:,} {unit}"
    return f"{octets} bytes" if octets != 1 else "1 byte"


def duration(seconds: float) -> str:
    """44 s, 2 min 51 s, 1 h 4 min: two units at most."""
    if seconds < 10:  # noqa: PLR2004 -- below it the tenths matter
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        minutes, rest = divmod(whole, _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole, _HOUR)
    return f"{hours:,} h {rest // _MINUTE} min" if rest >= _MINUTE else f"{hours:,} h"


def rough(seconds: float) -> str:
    """44 s, 3.6 min, 1.8 h, 2.3 days: one unit, for what is itself an estimate."""
    for step, unit in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= step:
            return f"{seconds / step:.1f} {unit}" if seconds < 10 * step else f"{round(seconds / step):,} {unit}"
    return f"{round(seconds)} s"


def ago(at: datetime, now: datetime | None = None) -> str:
    """9 min ago; days at most, and "just now" for less than a minute."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min ago"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h ago"
    days = int(seconds // _DAY)
    return "1 day ago" if days == 1 else f"{days:,} days ago"


def moment(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """21 Nov, 22:04 within half a year; with its year and without the hour before that."""
    local = at.astimezone(zone)
    if abs((now or datetime.now(UTC)) - at) < timedelta(days=180):
        return f"{local.day} {local:%b, %H:%M}"
    return f"{local.day} {local:%b} {local.year}"


def day(value: date) -> str:
    """26 Nov 2026: a whole day, in whichever zone it is one."""
    return f"{value.day} {value:%b} {value.year}"


def full_moment(at: datetime, zone: ZoneInfo) -> str:
    """31 Mar 2020, 21:25:42 Europe/Lisbon: what stands behind every time shown."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b} {local.year}, {local:%H:%M:%S} {zone.key}"


def masked(email: str) -> str:
    """d•••@mail.example: enough to recognise an address, too little to use it."""
    local, at, host = email.partition("@")
    return f"{local[:1]}•••{at}{host}"


def coded(text: str) -> Markup:
    """A sentence whose `machine's words` stand between backticks."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    )


def raw_text(raw: bytes) -> str:
    """A record as text, without its line end: UTF-8 where it is that, other bytes and control characters as \\x.."""
    text = raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
    return "".join(
        character if character in "\n\t" or character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def hexadecimal(raw: bytes, offset: int, limit: int = 256) -> str:
    """The first bytes as a hex dump whose addresses are those in the file."""
    lines = []
    for start in range(0, min(len(raw), limit), 16):
        part = raw[start : start + 16]
        left, right = part[:8].hex(" "), part[8:].hex(" ")
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)  # noqa: PLR2004 -- printable ASCII
        lines.append(f"{offset + start:010x}  {left:<23}  {right:<23}  {text}")
    return "\n".join(lines)
