"""PUT /reviews/{id}/report may say why; what says nothing is a report all the same."""

import json
from typing import Any

import httpx
import pytest

from backend.domain.reports import REASONS
from backend.store.database import Database, Row
from tests import cast
from tests.api.asking import problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

REFUSED = "Error: Report body contains invalid entries"


@pytest.fixture
async def address(database: Database) -> str:
    async with database.write() as writer:
        return f"/reviews/{await cast.review(writer)}/report"


async def reports(database: Database) -> list[Row]:
    async with database.read() as reader:
        return await reader.fetch_all("select reason, note from report order by id")


@pytest.mark.parametrize("reason", REASONS)
async def test_a_reason_is_kept(client: httpx.AsyncClient, database: Database, address: str, reason: str) -> None:
    response = await client.put(address, json={"reason": reason, "text": "It is about the parcel."})
    assert (response.status_code, response.content) == (204, b"")
    assert await reports(database) == [{"reason": reason, "note": "It is about the parcel."}]


SILENT: list[bytes] = [b"", b"{}", b"null", b"[]", b'"spam"', b"5", b"{", b"reason=spam", b"\xff\xfe", b"\x1f\x8b\x08"]
SILENT += [b'{"reason": null, "text": null}', b'{"text": ""}', b'{"toString": 1}', b"[" * 100_000, b"NaN"]
SILENT += [b"1" * 5000]


async def test_what_says_nothing(
    client: httpx.AsyncClient, database: Database, address: str, subtests: pytest.Subtests
) -> None:
    for body in SILENT:
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain; charset=x"):
            with subtests.test(body=body[:20], kind=kind):
                response = await client.put(address, content=body, headers={"Content-Type": kind})
                assert response.status_code == 204
    assert {(row["reason"], row["note"]) for row in await reports(database)} == {(None, None)}


async def test_either_alone(client: httpx.AsyncClient, database: Database, address: str) -> None:
    await client.put(address, json={"reason": "spam"})
    await client.put(address, json={"text": "x" * 1000})
    assert [(row["reason"], len(row["note"] or "")) for row in await reports(database)] == [("spam", 0), (None, 1000)]


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"reason": "because"}, ["reason"]),
    ({"reason": ""}, ["reason"]),
    ({"reason": 5}, ["reason"]),
    ({"reason": ["spam"]}, ["reason"]),
    ({"reason": "spam\0"}, ["reason"]),
    ({"reason": "spam", "text": 5}, ["text"]),
    ({"text": "x" * 1001}, ["text"]),
    ({"text": "a\0b"}, ["text"]),
    ({"text": "\ud800"}, ["text"]),
    ({"reason": {}, "text": {}}, ["reason", "text"]),
]


async def test_what_is_wrong(
    client: httpx.AsyncClient, database: Database, address: str, subtests: pytest.Subtests
) -> None:
    for said, fields in WRONG:
        with subtests.test(said=repr(said)[:40]):
            response = await client.put(address, content=json.dumps(said))
            assert list(problem(response, 422, REFUSED)) == fields
    assert await reports(database) == []
