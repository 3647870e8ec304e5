"""A worker's eye on the service, and whom it tells: signed, tried again, and never held up by who answers."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.domain.errors import Misconfigured
from backend.domain.targets import NO_ANSWER
from backend.jobs import telling, watching
from backend.jobs.originals import sources_of
from backend.jobs.watching import Watcher
from backend.settings import Settings
from backend.store.database import Database
from tests.postgres import free_port

pytestmark = pytest.mark.anyio

SECRET = "between us"


async def kept(database: Database, query: str) -> list[Any]:
    async with database.read(fresh=True) as reader:
        return [tuple(row.values()) for row in await reader.fetch_all(query)]


@asynccontextmanager
async def receiver(answer: bytes, *, slowly: bool = False) -> AsyncIterator[tuple[str, list[tuple[bytes, bytes]]]]:
    """A webhook's receiver that answers this; its address, and what it was sent."""
    got: list[tuple[bytes, bytes]] = []
    held: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        got.append((head, await reader.readexactly(length)))
        writer.write(answer)
        held.append(writer)
        if not slowly:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/alerts?from=atelier", got
    finally:
        server.close()
        for writer in held:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@pytest.fixture
async def alert(database: Database) -> None:
    async with database.write() as writer:
        await writer.execute(
            "insert into alert (code, subject, began_at, opened_at, worst, latest, target)"
            " values ('lag', 'replica-1', now() - interval '2 minutes', now(), 4.2, 4.2, 2)"
        )


async def test_it_reads_everything_and_keeps_it(database: Database, settings: Settings, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    watcher = Watcher(database, replace(settings, import_roots=(tmp_path, gone)))
    await watcher.once()
    found = dict(await kept(database, "select code || ' ' || subject, value from metric_gauge where span = 1"))
    assert found["serving "] == 0
    assert 0 < found["connections "] < 100
    assert 0 < found[f"storage {tmp_path.as_uri()}/"] < NO_ANSWER == found[f"storage {gone.as_uri()}/"]
    assert await kept(database, "select code, subject, opened_at from alert") == [
        ("storage", f"{gone.as_uri()}/", None)
    ]
    assert await kept(database, "select distinct span from metric_gauge order by span") == [(1,), (15,), (120,)]


async def test_a_bucket_that_is_away_is_no_answer(settings: Settings, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    there = sources_of(replace(settings, s3_endpoint=s3, import_buckets=("nobodys",)))
    (reading,) = await watching.reach(there)
    assert (reading.subject, reading.value) == ("s3://nobodys/", NO_ANSWER)


async def test_an_alert_is_sent_signed_and_once(database: Database, settings: Settings, alert: None) -> None:
    async with receiver(b"HTTP/1.1 204 No Content\r\n\r\n") as (address, got):
        told = replace(settings, alert_webhook=address, alert_secret=SECRET)
        await telling.tell(database, told)
        await telling.tell(database, told)
    ((head, body),) = got
    assert head.startswith(b"POST /alerts?from=atelier HTTP/1.1\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
    at, digest = (part.partition("=")[2] for part in fields["X-Atelier-Signature"].split(","))
    assert hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() == digest
    sent = json.loads(body)
    assert (sent["event"], sent["code"], sent["seen"]) == ("opened", "lag", "replica-1 is 4.2 s behind.")
    assert sent["runbook"] == "docs/operations.md#lag"
    assert await kept(database, "select sent, tries from alert") == [(1, 0)]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Oh\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
        b"x" * 100_000,
        b"\xff\n",
        b"",
    ],
    ids=["error", "redirect", "endless line", "no line", "nothing"],
)
async def test_what_is_not_taken_comes_again(
    database: Database, settings: Settings, alert: None, answer: bytes
) -> None:
    async with receiver(answer) as (address, got):
        await telling.tell(database, replace(settings, alert_webhook=address, alert_secret=SECRET))
    assert len(got) == 1
    assert await kept(database, "select sent, tries, try_at > now() from alert") == [(0, 1, True)]


async def test_who_never_answers_is_not_waited_for(
    database: Database, settings: Settings, alert: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PATIENCE", 0.1)
    async with receiver(b"HTTP/1.1 2", slowly=True) as (address, _):
        await telling.tell(database, replace(settings, alert_webhook=address, alert_secret=SECRET))
    nobody = f"http://127.0.0.1:{free_port()}"
    assert await telling._post(replace(settings, alert_webhook=nobody, alert_secret=SECRET), b"{}") == 0
    assert await kept(database, "select sent, tries from alert") == [(0, 1)]


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://hooks.example.org/atelier?team=1", True),
        ("http://127.0.0.1:9/x", True),
        ("http://[::1]:9", True),
        ("http://hooks.example.org/", False),
        ("https://a@b/", False),
        ("https://hooks.example.org/\r\nX: y", False),
        ("ftp://127.0.0.1/", False),
    ],
)
def test_where_alerts_may_be_sent(address: str, good: bool) -> None:
    environment = {"ATELIER_ALERT_WEBHOOK": address, "ATELIER_ALERT_SECRET": SECRET}
    if good:
        assert Settings.from_environment(environment).alert_webhook == address
        with pytest.raises(Misconfigured, match="ATELIER_ALERT_SECRET"):
            Settings.from_environment({"ATELIER_ALERT_WEBHOOK": address})
    else:
        with pytest.raises(Misconfigured, match="ATELIER_ALERT_WEBHOOK"):
            Settings.from_environment(environment)
