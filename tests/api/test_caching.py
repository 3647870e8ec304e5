"""What may be kept of an answer: reads have a tag and are asked about, whatever else is kept by nobody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.api.caching import answered, policy, tag_of
from backend.app import create_app
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.api.asking import draft

READS = ["/reviews?product_id=1", "/reviews/meta?product_id=1", "/reviews/{id}"]

bodies = st.binary(max_size=100)
tags = st.builds(tag_of, bodies)


def names(tag: bytes, value: bytes) -> bool:
    """Whether a well-formed If-None-Match names a tag, by the book: each of its tags compared, weakness left out."""
    return tag.removeprefix(b"W/") in [each.strip().removeprefix(b"W/") for each in value.split(b",")]


@given(body=bodies, others=st.lists(tags), strong=st.booleans(), own=st.booleans(), gap=st.sampled_from([b",", b" , "]))
def test_304_is_for_whoever_names_the_tag(
    body: bytes, others: list[bytes], strong: bool, own: bool, gap: bytes
) -> None:
    listed = [*others, *([tag_of(body)] if own else [])]
    value = gap.join(tag.removeprefix(b"W/") if strong else tag for tag in listed)
    status, headers = answered(body, [(b"accept", tag_of(body)), (b"if-none-match", value)], 0)
    assert status == (304 if names(tag_of(body), value) else 200)
    assert dict(headers)[b"etag"] == tag_of(body)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (b"*", 304),
        (b" * ", 304),
        (b"", 200),
        (b'""', 200),
        (b'W/"*"', 200),
        (tag_of(b"body")[3:-1], 200),  # without its quotes it is no tag
        (tag_of(b"body").upper(), 200),
        (b'"\xff", ' + tag_of(b"body"), 304),
    ],
)
def test_odd_lists_of_tags(value: bytes, status: int) -> None:
    assert answered(b"body", [(b"if-none-match", value)], 0)[0] == status


def test_a_repeated_header_is_one_list() -> None:
    sent = [(b"if-none-match", b'"other"'), (b"if-none-match", tag_of(b"body"))]
    assert answered(b"body", sent, 0)[0] == 304


def test_without_the_setting_every_use_is_asked_about() -> None:
    assert policy(0) == b"no-cache"
    assert policy(7) == b"public, max-age=7, stale-while-revalidate=7, stale-if-error=30"


@pytest.fixture
async def review_id(database: Database) -> int:
    async with database.write() as writer:
        await cast.catalogue(writer)
        return await cast.review(writer, ratings=[1, cast.FIT, 4])


@pytest.mark.anyio
@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_is_sent_once_to_who_keeps_it(
    client: httpx.AsyncClient, review_id: int, path: str, method: str
) -> None:
    address = path.format(id=review_id)
    first = await client.request(method, address)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["etag"].startswith('W/"')
    assert first.headers["vary"] == "X-API-Key"
    again = await client.request(method, address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "access-control-allow-origin", "access-control-expose-headers"):
        assert again.headers[name] == first.headers[name]
    assert not {"content-type", "content-length"} & set(again.headers)
    assert "x-request-id" in again.headers


@pytest.mark.anyio
@pytest.mark.parametrize("path", READS)
async def test_a_change_is_another_tag(client: httpx.AsyncClient, review_id: int, path: str) -> None:
    address = path.format(id=review_id)
    before = await client.get(address)
    assert (await client.put(f"/reviews/{review_id}/helpful")).status_code == 204
    assert (await client.post("/reviews", json=draft())).status_code == 201
    after = await client.get(address, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.anyio
async def test_nothing_else_is_kept(client: httpx.AsyncClient, review_id: int) -> None:
    answers = [
        await client.get("/reviews"),
        await client.get("/reviews/404"),
        await client.get("/reviews?product_id=1", headers={"X-API-Key": "wrong", "If-None-Match": "*"}),
        await client.get("/reviews/nowhere/at/all"),
        await client.delete("/reviews"),
        await client.options("/reviews"),
        await client.post("/reviews", json=draft()),
        await client.put(f"/reviews/{review_id}/helpful", headers={"If-None-Match": "*"}),
        await client.put(f"/reviews/{review_id}/report"),
    ]
    assert [answer.status_code for answer in answers] == [422, 404, 401, 404, 405, 204, 201, 204, 204]
    for answer in answers:
        assert answer.headers.get_list("cache-control") == ["no-store"]
        assert "etag" not in answer.headers


@pytest.fixture
async def keeping(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API where reads may be kept for five seconds."""
    app: Any = create_app(replace(settings, cache_seconds=5), "api")
    async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as opened:
        yield opened


@pytest.mark.anyio
async def test_with_the_setting_it_may_be_kept_so_long(keeping: httpx.AsyncClient, review_id: int) -> None:
    for path in READS:
        answer = await keeping.get(path.format(id=review_id))
        assert answer.headers["cache-control"] == policy(5).decode()
    assert (await keeping.get("/reviews/404")).headers["cache-control"] == "no-store"
    assert "etag" not in (await keeping.get("/health/live")).headers
