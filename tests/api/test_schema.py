"""The OpenAPI document is true: its routes are all of them, its examples are answered, and what it says holds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from backend import api
from backend.api import openapi
from backend.app import create_app
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.api.bare import bare
from tests.api.delivered import deliver
from tests.api.served import over_http

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi.document(1000)
SELDOM = ("429", "503")  # answered where a limit is set, or the database does not answer
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item]


@pytest.mark.anyio
async def test_it_is_served(client: httpx.AsyncClient, settings: Settings) -> None:
    reply = await client.get("/schema/openapi.json")
    assert reply.headers["content-type"] == "application/json"
    assert reply.json() == openapi.document(settings.count_cap)


def test_its_routes_are_all_of_them() -> None:
    routes = {
        (path.replace(":str", ""), method.lower())
        for handler in api.routes()
        if handler.include_in_schema is not False
        for path in handler.paths
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert routes == set(OPERATIONS)


def shown(path: str) -> Any:
    (content,) = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"].values()
    return content["example"]


@pytest.mark.anyio
async def test_its_examples_are_answered(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    await deliver(database, settings)
    page = await client.get("/reviews?product_id=2&sort=newest&count=1")
    assert page.json() == shown("/reviews")
    assert (await client.get("/reviews/meta?product_id=1")).json() == shown("/reviews/meta")
    assert (await client.get("/reviews/stats?product_ids=1,2,3")).json() == shown("/reviews/stats")
    assert (await client.get("/reviews/jsonld?product_id=3")).json() == shown("/reviews/jsonld")
    assert (await client.get("/reviews/6")).json() == shown("/reviews/{review_id}")
    sent = DOCUMENT["paths"]["/reviews"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert (await client.post("/reviews", json=sent)).status_code == 201


@pytest.mark.anyio
@pytest.mark.usefixtures("shelf")
async def test_its_examples_of_products_are_answered(client: httpx.AsyncClient) -> None:
    assert (await client.get("/products?count=1")).json() == shown("/products")
    for part in ("", "/styles", "/related"):
        told = shown(f"/products/{{product_id}}{part}")
        assert (await client.get(f"/products/1{part}")).json() == told


@pytest.mark.anyio
async def test_its_errors_are_answered(client: httpx.AsyncClient) -> None:
    json = {"Content-Type": "application/json"}
    sent = DOCUMENT["paths"]["/reviews"]["post"]["requestBody"]["content"]["application/json"]["example"]
    answers = [
        await client.get("/reviews?product_id=1", headers={"X-API-Key": "wrong"}),
        await client.post("/reviews", json={**sent, "verified": True}),
        await client.get("/reviews/1"),
        await client.post("/reviews", content=b" " * 300_000, headers=json),
        await client.post("/reviews", content=b"{}", headers={"Content-Type": "text/csv"}),
        await client.get("/reviews?product_id=1&page=-1"),
    ]
    told = DOCUMENT["components"]["responses"]
    assert [answer.status_code for answer in answers] == [int(status) for status in told if status not in SELDOM]
    for answer in answers:
        example = told[str(answer.status_code)]["content"]["application/problem+json"]["example"]
        own = {"instance": answer.json()["instance"], "request_id": answer.headers["x-request-id"]}
        assert answer.json() == {**example, **own}


def test_blank_is_what_the_rule_takes_for_it() -> None:
    # By an engine whose `\\s` is not Python's: clients have such.
    name = jsonschema_rs.validator_for(DOCUMENT["components"]["schemas"]["Draft"]["properties"]["name"])
    every = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
    assert [sign for sign in every if name.is_valid(sign) != bool(sign.strip())] == []


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of an instance that answers over HTTP, with the cast's products and a review."""
    with bare(settings) as opened:

        async def seed() -> None:
            async with opened.database.write() as writer:
                await cast.shelf(writer)
                await cast.review(writer)

        opened.run(seed())
    with over_http(create_app(settings, "api")) as address:
        yield address


def ask_anything(settings: Settings, *options: str) -> str:
    """Run schemathesis over the whole document, with every check: what it printed. Demand that it found nothing."""
    # It asks again for what it made, and a report would hide it.
    with served(replace(settings, report_threshold=1_000_000)) as address:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/schema/openapi.json"),
                *("--generation-database", "none", "--no-color", "--warnings", "off", *options),
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
            cwd=settings.home,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_anything_that_it_allows_and_forbids(settings: Settings) -> None:
    """Each value's bounds, one after the other, of the list and of a submit; the other routes are of the long run.

    So is what dice throw, beside test_never_500.
    """
    assert "Coverage" in ask_anything(settings, "--phases", "examples,coverage", "--include-path", "/reviews")


@pytest.mark.long
def test_very_much_that_it_allows_and_forbids(settings: Settings) -> None:
    ask_anything(settings, "--max-examples", "300")
