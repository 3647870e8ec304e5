"""No input, however odd, gives a 500: random methods, addresses, queries, headers and bodies."""

import json

from hypothesis import given
from hypothesis import strategies as st

from backend.api import selected
from backend.settings import Settings
from tests import cast
from tests.api.asking import draft
from tests.api.bare import Bare, bare
from tests.examples import tried

ODD = [
    "",
    "1",
    "0",
    "-1",
    "5.55",
    "null",
    "hello",
    str(10**30),
    "%00",
    "%ff",
    "%ed%a0%80",
    "%",
    "٥",
    "[]",
    "1000000000",
    "\ud800",
    "*",
    "A" * 28,
    "true",
    "4,5",
    "2024-02-30",
    "2199-12-31T23:59:59.999999-23:59",
]
NAMES = [
    "product_id",
    "page",
    "count",
    "sort",
    "voter",
    "x",
    "",
    "product_ids",
    "category",
    "with",
    *sorted(selected.NAMES),
]

_values = st.sampled_from(ODD) | st.text(max_size=20)
_queries = st.lists(st.tuples(st.sampled_from(NAMES), _values), max_size=6).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
_words = ["meta", "stats", "jsonld", "helpful", "report", "styles", "related"]
_parts = st.sampled_from([*ODD, *_words]) | st.text(max_size=8)
_below = st.lists(_parts, max_size=4).map("/".join)
_paths = st.tuples(st.sampled_from(["/reviews/", "/products/"]), _below).map("".join)
_methods = st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70)
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
_drafts = st.dictionaries(st.sampled_from(list(draft())), _json, max_size=2).map(lambda fields: draft(**fields))
_bodies = st.binary(max_size=200) | (_json | _drafts).map(lambda value: json.dumps(value).encode())
_headers = st.lists(
    st.tuples(
        st.sampled_from([b"content-type", b"content-length", b"content-encoding", b"x-request-id", b"x-api-key"])
        | st.sampled_from([b"x-voter-id", b"x-voter-address", b"x-forwarded-for", b"accept", b"host", b"origin"]),
        st.binary(max_size=30) | st.sampled_from([b"application/json", b"::1", b"1.2.3.4, 5", b"9" * 5000, b"-1"]),
    ),
    max_size=3,
)
_quick = tried(300)


def seeded(api: Bare) -> None:
    async def seed() -> None:
        async with api.database.write() as writer:
            await cast.catalogue(writer)
            await cast.review(writer)

    api.run(seed())


def test_any_request_at_all(settings: Settings) -> None:
    with bare(settings) as api:
        seeded(api)

        @_quick
        @given(_methods, _paths, _queries, _headers, _bodies)
        def ask(method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
            reply = api.ask(method, f"{path.replace('?', '')}?{query}", body, headers)
            assert reply.status < 500
            assert reply.headers["x-request-id"]
            assert reply.headers["access-control-allow-origin"] == "*" or not path.startswith(("/reviews", "/products"))
            if reply.status >= 400 and method != "HEAD":
                assert reply.headers["content-type"] == "application/problem+json"
                assert json.loads(reply.body)["status"] == reply.status

        ask()


def test_any_review_at_all(settings: Settings) -> None:
    with bare(settings) as api:
        seeded(api)

        @_quick
        @given(_bodies)
        def post(body: bytes) -> None:
            reply = api.ask("POST", "/reviews", body, [(b"content-type", b"application/json")])
            assert reply.status in {201, 422}
            if reply.status == 422:
                said = json.loads(reply.body)
                assert said["detail"] == "Error: Review body contains invalid entries"
                assert said["errors"]

        post()


def test_any_list_query_at_all(settings: Settings) -> None:
    with bare(settings) as api:
        seeded(api)

        @_quick
        @given(_queries)
        def read(query: str) -> None:
            for path in ("/reviews", "/reviews/meta", "/reviews/stats", "/reviews/jsonld", "/products"):
                reply = api.ask("GET", f"{path}?product_id=1&{query}")
                assert reply.status in {200, 422}
                json.loads(reply.body)

        read()
