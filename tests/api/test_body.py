"""Bodies that are no review at all: always a clear 4xx."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.api.body import LARGEST
from tests.api.asking import draft, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

REFUSED = "Error: Review body contains invalid entries"

NO_OBJECTS = {
    "nothing": b"",
    "blank": b"  \n",
    "text": b"hello",
    "half": b'{"product_id": 1',
    "more than one": b"{}{}",
    "trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "NUL": b"\0",
    "NUL inside": b'{"a": "\0"}',
    "Latin-1": '{"name": "Inês"}'.encode("latin-1"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "raw surrogate": b'{"a": "\xed\xa0\x80"}',
    "NaN": b'{"rating": NaN}',
    "Infinity": b'{"rating": -Infinity}',
    "a very long number": b'{"rating": ' + b"9" * 5000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 40_000,
    "deep and closed": b"[" * 50_000 + b"]" * 50_000,
    "null": b"null",
    "a number": b"5",
    "a list": b"[]",
    "a string": b'"{}"',
    "form": b"product_id=1&rating=5",
}


async def send(client: httpx.AsyncClient, body: bytes, kind: str | None = "application/json") -> httpx.Response:
    return await client.post("/reviews", content=body, headers={"Content-Type": kind} if kind is not None else {})


async def test_what_is_no_json_object(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for name, body in NO_OBJECTS.items():
        with subtests.test(name=name):
            errors = problem(await send(client, body), 422, REFUSED)
            assert list(errors) == ["request body"]


async def test_an_empty_object_lacks_every_field(client: httpx.AsyncClient) -> None:
    errors = problem(await send(client, b"{}"), 422, REFUSED)
    assert list(errors) == ["product_id", "rating", "recommend", "body", "name", "email"]


async def test_the_last_of_a_repeated_key_counts(client: httpx.AsyncClient) -> None:
    body = json.dumps(draft()).replace("{", '{"rating": 99, ', 1).encode()
    assert (await send(client, body)).status_code == 201


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/x+json",
        "",
        None,
    ],
)
async def test_json_by_its_names(client: httpx.AsyncClient, kind: str | None) -> None:
    assert (await send(client, json.dumps(draft()).encode(), kind)).status_code == 201


async def test_a_byte_order_mark_is_taken(client: httpx.AsyncClient) -> None:
    assert (await send(client, b"\xef\xbb\xbf" + json.dumps(draft()).encode())).status_code == 201


OTHER_TYPES = [
    "text/html",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json; charset=latin-1",
    "nonsense",
    "\xff",
]


async def test_other_types_are_415(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for kind in OTHER_TYPES:
        with subtests.test(kind=kind):
            response = await client.post(
                "/reviews", content=json.dumps(draft()).encode(), headers=[(b"Content-Type", kind.encode("latin-1"))]
            )
            problem(response, 415)


async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(await client.post("/reviews", content=b"\x1f\x8b", headers=headers), 415)


async def test_ten_megabytes_are_413(inside: httpx.AsyncClient) -> None:
    body = json.dumps(draft(body="x" * 10_000_000)).encode()
    problem(await send(inside, body), 413, "too large")


async def test_the_limit_holds_while_a_body_arrives(inside: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * LARGEST:
            sent += 65536
            yield b" " * 65536

    response = await inside.post("/reviews", content=endless(), headers={"Content-Type": "application/json"})
    problem(response, 413)
    assert "content-length" not in response.request.headers


async def test_the_largest_body_is_read(client: httpx.AsyncClient) -> None:
    whole = json.dumps(draft()).encode()
    assert (await send(client, whole.ljust(LARGEST))).status_code == 201
    problem(await send(client, whole.ljust(LARGEST + 1)), 413)
