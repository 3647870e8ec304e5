"""Alerts: what is missed is remembered, told when it lasts, and ended when it holds again."""

from datetime import datetime

from backend.domain.actors import Actor
from backend.domain.alerts import Watched, judge, waking
from backend.domain.roles import Permission
from backend.domain.targets import TARGETS, Reading
from backend.store import sql
from backend.store.database import Reader, Row, Writer

queries = sql.load("alerts")

LATEST = 20
MOST_TRIES = 12
_LOCK = 7_305  # an advisory lock: of several workers one judges at a time


async def judge_all(writer: Writer, readings: list[Reading], now: datetime) -> None:
    """Begin, open, keep or end alerts by what was read `now`. What is not among the readings any more holds."""
    await writer.execute(queries["lock"], {"lock": _LOCK})
    rows = {(row["code"], row["subject"]): row for row in await writer.fetch_all(queries["under_way"])}
    read = waking(readings)
    for key in sorted(rows.keys() | read.keys()):
        if key[0] in TARGETS:  # else of code that was here before or will come
            await _judge(writer, key, rows.get(key), read[key].value if key in read else None, now)


async def _judge(writer: Writer, key: tuple[str, str], row: Row | None, value: float | None, now: datetime) -> None:
    code, subject = key
    target = TARGETS[code]
    before = Watched(row["began_at"], row["opened_at"], row["held_since"]) if row else None
    after = judge(before, target, value, now)
    if after is None:
        if row is not None:
            await writer.execute(queries["drop"], {"id": row["id"]})
        return
    told = {"value": value, "target": target.limit}
    if row is None:
        await writer.execute(queries["begin"], {**told, "code": code, "subject": subject, "began_at": after.began_at})
        return
    await writer.execute(
        queries["keep"],
        {
            **told,
            "id": row["id"],
            "opened_at": after.opened_at,
            "held_since": after.held_since,
            "ended_at": after.ended_at,
        },
    )


async def open_ones(reader: Reader, actor: Actor) -> list[Row]:
    """Alerts that are open, the oldest first."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["open"])


async def latest(reader: Reader, actor: Actor, most: int = LATEST) -> list[Row]:
    """Alerts that have ended, the latest first."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["ended"], {"most": most})


async def claim(writer: Writer) -> Row | None:
    """The next alert of which something is to be sent: that it opened, then its end. It is ours alone for a minute."""
    return await writer.fetch_one(queries["claim"], {"most": MOST_TRIES, "codes": list(TARGETS)})


async def sent(writer: Writer, alert_id: int, stage: int) -> None:
    """It was taken: 1 that it opened, 2 that it ended."""
    await writer.execute(queries["sent"], {"id": alert_id, "stage": stage})
