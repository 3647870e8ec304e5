"""docs/api.md says what is true: its routes are all of them, and its examples answer as it shows."""

import json
import re
from pathlib import Path

import httpx
import pytest

from backend import api
from backend.domain import reports
from backend.services import keys
from backend.settings import Settings
from backend.store.database import Database
from tests.api.delivered import OURS, SHELF, deliver

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
READS = re.findall(r"^\$ curl '?http://127\.0\.0\.1:8080([^\s']+)'?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
POST = re.search(r"^\$ curl -i http://127\.0\.0\.1:8080(/reviews) .*? -d '(.*?)'\n", PAGE, re.MULTILINE | re.DOTALL)


async def test_every_route_has_its_heading() -> None:
    routes = {
        f"{method} {path.replace(':str', '')}"
        for handler in api.routes()
        if handler.include_in_schema is not False
        for path in handler.paths
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert routes == set(re.findall(r"^## ((?:GET|POST|PUT) /\S+)$", PAGE, re.MULTILINE))


async def test_every_scope_of_a_key_is_there() -> None:
    assert [scope for scope in keys.SCOPES if f"`{scope}`" not in PAGE and f"--scope {scope}" not in PAGE] == []


async def test_what_it_reads_is_answered_so(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    for folder in (OURS, SHELF):
        await deliver(database, settings, folder)
    assert len(READS) == 10
    for address, shown in READS:
        assert (await client.get(address)).text == shown.replace("\n", "")


async def test_what_it_sends_is_taken(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    await deliver(database, settings)
    assert POST
    body = POST[2].encode()
    response = await client.post(POST[1], content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["location"]) == (201, "/reviews/1000000000")
    refused = await client.post("/reviews", json={**json.loads(body), "rating": 6, "body": "short"})
    shown = re.search(r"^(\{\"type\".*?\})\n```", PAGE, re.MULTILINE | re.DOTALL)
    assert shown
    example = json.loads(shown[1].replace("\n", ""))
    assert {**refused.json(), "request_id": ""} == {**example, "request_id": ""}


async def test_what_else_it_sends_is_answered_so(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    await deliver(database, settings)
    assert POST
    checked = await client.post("/reviews?validate=true", json=json.loads(POST[2]))
    assert checked.text in PAGE
    report = re.search(r"^\$ curl -i -X PUT \S+:8080(\S+/report) -H .*?\n  -d '(.*?)'$", PAGE, re.MULTILINE)
    assert report
    assert (await client.put(report[1], json=json.loads(report[2]))).status_code == 204
    async with database.read() as reader:
        assert await reader.fetch_value("select reason from report") == "off-topic"


async def test_every_reason_of_a_report_is_there() -> None:
    assert [reason for reason in reports.REASONS if f"`{reason}`" not in PAGE] == []
