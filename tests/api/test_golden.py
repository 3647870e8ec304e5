"""What the API answers about whole deliveries: kept answers, once checked by hand against the files."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.services import checking
from backend.settings import Settings
from backend.store.database import Database
from tests.api.delivered import OURS, SHELF, deliver

pytestmark = pytest.mark.anyio

GOLDEN = Path(__file__).parent / "golden"
# Real data of 2020, where the project's shared folder stands beside the checkout.
REAL = Path(__file__).parents[3] / "shared" / "data" / "atelier-2020"


async def answers(client: httpx.AsyncClient, products: range) -> dict[str, Any]:
    """Every product's list and meta as they are, and the ids of its list in the other orders."""
    said: dict[str, Any] = {}
    for product in products:
        for path in (f"/reviews?product_id={product}&count=100", f"/reviews/meta?product_id={product}"):
            response = await client.get(path)
            assert response.status_code == 200
            said[path] = response.json()
            # Compact, and in the order that the kept answers have too.
            assert json.dumps(said[path], ensure_ascii=False, separators=(",", ":")) == response.text
        for sort in ("newest", "helpful"):
            response = await client.get(f"/reviews?product_id={product}&count=100&sort={sort}")
            said[f"{product} {sort}"] = [review["review_id"] for review in response.json()["results"]]
    return said


@pytest.mark.parametrize(
    ("name", "folder", "products"),
    [
        ("delivery", OURS, range(1, 5)),
        pytest.param(
            "atelier-2020",
            REAL,
            range(1, 26),
            marks=pytest.mark.skipif(not REAL.is_dir(), reason="the shared data set is not here"),
        ),
    ],
)
async def test_a_delivery_is_answered_as_its_files_say(
    client: httpx.AsyncClient, database: Database, settings: Settings, name: str, folder: Path, products: range
) -> None:
    await deliver(database, settings, folder)
    said = await answers(client, products)
    kept = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert list(said) == list(kept)
    for question, answer in kept.items():
        assert json.dumps(said[question], ensure_ascii=False) == json.dumps(answer, ensure_ascii=False), question
    async with database.read() as reader:
        assert await checking.check(reader) == []


async def test_what_is_sold_is_answered_as_its_files_say(
    client: httpx.AsyncClient, database: Database, settings: Settings, subtests: pytest.Subtests
) -> None:
    for folder in (OURS, SHELF):
        await deliver(database, settings, folder)
    for question, answer in json.loads((GOLDEN / "shelf.json").read_text(encoding="utf-8")).items():
        with subtests.test(question=question):
            told = await client.get(question)
            assert told.text == json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    async with database.read() as reader:
        assert await checking.check(reader) == []
