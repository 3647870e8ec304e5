"""Logs: a JSON line a request, with its id, and never a word that somebody wrote."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
import structlog

from backend.observe import logs
from backend.services import reading
from backend.settings import Settings
from tests.shell import logs_as_they_are

pytestmark = pytest.mark.anyio

SECRET = "quite-a-secret"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Logs as a running instance writes them; afterwards as the tests had them."""
    stream = io.StringIO()
    with logs_as_they_are():
        logs.configure("info", stream)
        yield stream


async def lines(written: io.StringIO) -> list[dict[str, Any]]:
    await asyncio.sleep(0)  # those of requests are written with the loop's next turn
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def test_a_request_is_one_line(api: httpx.AsyncClient, written: io.StringIO) -> None:
    await api.get("/reviews/?product_id=1", headers={"X-Request-ID": "abc"})
    (line,) = await lines(written)
    assert isinstance(line.pop("ms"), float)
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "abc",
        "method": "GET",
        "route": "/reviews",
        "status": 200,
        "instance": "test-1",
        "read_from": "primary",
    }


async def test_nothing_that_was_sent_is_in_it(api: httpx.AsyncClient, written: io.StringIO) -> None:
    await api.get(f"/reviews?product_id={SECRET}")
    await api.put(f"/reviews/{SECRET}/helpful")
    await api.get(f"/{SECRET}", headers={"X-API-Key": SECRET, "Authorization": SECRET})
    await api.get("/reviews?product_id=1", headers={"X-API-Key": SECRET})
    await api.post("/reviews", json={"body": SECRET})
    await api.request(SECRET.upper(), "/reviews")
    told = await lines(written)
    assert len(told) == 6
    assert SECRET not in json.dumps(told).lower()


async def test_health_and_metrics_are_not_worth_a_line(api: httpx.AsyncClient, written: io.StringIO) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert (await api.get(path)).status_code == 200
    assert await lines(written) == []


async def test_an_unforeseen_error_is_told_inside_and_not_outside(
    api: httpx.AsyncClient, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(reading, "numbers", breaks)
    response = await api.get("/reviews/meta?product_id=1")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert "inside" not in response.text
    assert "Traceback" not in response.text
    told, request = await lines(written)
    assert told["event"] == "unforeseen"
    assert told["error"] == {"kind": "RuntimeError", "message": "the inside"}
    assert any("breaks" in str(place) for place in told["raised_at"])
    assert told["request_id"] == request["request_id"] == response.json()["request_id"]


async def test_a_database_error_does_not_quote_the_row(settings: Settings, written: io.StringIO) -> None:
    log = structlog.get_logger("backend.test")
    with psycopg.connect(settings.database_url) as connection:
        with pytest.raises(psycopg.Error, match=SECRET) as caught:
            connection.execute("insert into product (id, name) values (-1, %s)", (SECRET,))
        log.error("failed", exc_info=caught.value)
    (line,) = await lines(written)
    assert line["error"] == {
        "kind": "CheckViolation",
        "sqlstate": "23514",
        "constraint": "product_id_positive_check",
    }
    assert SECRET not in json.dumps(line)


async def test_a_librarys_own_lines_are_json_too(written: io.StringIO) -> None:
    logging.getLogger("psycopg.pool").warning("error connecting in %s", "writers")
    (line,) = await lines(written)
    assert (line["event"], line["level"], line["logger"]) == ("error connecting in writers", "warning", "psycopg.pool")
