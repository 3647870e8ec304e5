"""Alerts, sent to whoever is to be woken: one POST each, signed, tried again until it is taken.

Whoever answers is a stranger: of the answer the first line is read, a thousand bytes of it, for a few seconds.
"""

import asyncio
import hashlib
import hmac
import json
import time
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog

from backend.domain.targets import TARGETS
from backend.services.system import alerts
from backend.settings import Settings
from backend.store.database import Database, Row

log = structlog.get_logger()

PATIENCE = 5.0  # seconds
_LONGEST = 1_000  # bytes of an answer's line
_OPENED, _ENDED = 1, 2


async def tell(database: Database, settings: Settings) -> None:
    """Send what nobody was told yet. What is not taken comes again later."""
    while settings.alert_webhook:
        async with database.write() as writer:
            alert = await alerts.claim(writer)
        if alert is None:
            return
        stage = alert["sent"] + 1
        status = await _post(settings, _body(alert, stage))
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            log.warning("alert not taken", alert=alert["id"], code=alert["code"], status=status)
            continue
        async with database.write() as writer:
            await alerts.sent(writer, alert["id"], stage)


def _body(alert: Row, stage: int) -> bytes:
    target = TARGETS[alert["code"]]
    value = alert["latest"] if stage == _OPENED else alert["worst"]
    told = {
        "id": alert["id"],
        "event": "opened" if stage == _OPENED else "ended",
        "code": target.code,
        "subject": alert["subject"],
        "seen": target.told(alert["subject"], value) + ".",
        "value": value,
        "target": alert["target"],
        "unit": target.unit,
        "began_at": alert["began_at"].isoformat(),
        "ended_at": alert["ended_at"].isoformat() if stage == _ENDED else None,
        "runbook": f"docs/operations.md#{target.code}",
    }
    return json.dumps(told).encode()


def signature(secret: str, at: int, body: bytes) -> str:
    """What stands in `X-Atelier-Signature`: the second it was signed, and HMAC-SHA256 of that, a dot and the body."""
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


async def _post(settings: Settings, body: bytes) -> int:
    """The answer's status; 0 where there is none. Redirects are not followed."""
    url = urlsplit(settings.alert_webhook)
    secure = url.scheme == "https"
    head = (
        f"POST {url.path or '/'}{'?' + url.query if url.query else ''} HTTP/1.1\r\n"
        f"Host: {url.netloc}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Atelier-Signature: {signature(settings.alert_secret, int(time.time()), body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    try:
        async with asyncio.timeout(PATIENCE):
            port = url.port or (443 if secure else 80)
            reader, writer = await asyncio.open_connection(url.hostname, port, ssl=secure or None, limit=_LONGEST)
            try:
                writer.write(head.encode("ascii") + body)
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.close()
        return int(line.split(None, 2)[1])
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0
