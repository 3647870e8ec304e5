"""GET /reviews/jsonld."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.api.asking import ids, problem
from tests.api.bare import bare
from tests.examples import tried

catalogued = pytest.mark.usefixtures("catalogue")


async def linked(client: httpx.AsyncClient, product_id: int = cast.CAMO_ONESIE) -> dict[str, Any]:
    response = await client.get(f"/reviews/jsonld?product_id={product_id}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/ld+json"
    said: dict[str, Any] = response.json()
    return said


@catalogued
@pytest.mark.anyio
async def test_a_product_in_schema_orgs_words(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("update product set description = 'Blends in.' where id = 1")
        await cast.review(writer, rating=5)
        await cast.review(writer, rating=4, state="hidden")
        await cast.review(writer, rating=4, written_at="2020-01-01T00:00Z", summary="", reviewer_name=" ", body="")
    assert await linked(client) == {
        "@context": "https://schema.org",
        "@type": "Product",
        "productID": "1",
        "name": "Camo Onesie",
        "description": "Blends in.",
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": "4.5000000000000000",
            "reviewCount": 2,
            "bestRating": 5,
            "worstRating": 1,
        },
        "review": [
            {
                "@type": "Review",
                "datePublished": "2026-01-02T03:04:05.000Z",
                "reviewRating": {"@type": "Rating", "ratingValue": 5, "bestRating": 5, "worstRating": 1},
                "name": "Warm and quiet",
                "reviewBody": "I wore it for a whole winter and nobody saw me once.",
                "author": {"@type": "Person", "name": "Inês"},
            },
            {
                "@type": "Review",
                "datePublished": "2020-01-01T00:00:00.000Z",
                "reviewRating": {"@type": "Rating", "ratingValue": 4, "bestRating": 5, "worstRating": 1},
            },
        ],
    }


@catalogued
@pytest.mark.anyio
async def test_the_most_relevant_few(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for number in range(7):
            await cast.review(writer, summary=f"Review {number}", helpfulness_base=number * 5 % 7)
    shown = await linked(client)
    relevant = (await client.get("/reviews?product_id=1")).json()["results"]
    assert [review["name"] for review in shown["review"]] == [review["summary"] for review in relevant]
    assert len(ids(await client.get("/reviews?product_id=1"))) == 5
    assert shown["aggregateRating"]["reviewCount"] == 7


@catalogued
@pytest.mark.anyio
async def test_without_reviews_nothing_is_said_of_them(client: httpx.AsyncClient) -> None:
    product = {"@context": "https://schema.org", "@type": "Product"}
    assert await linked(client, cast.UNREVIEWED) == {**product, "productID": "3", "name": "Socks"}
    assert await linked(client, 2**63 - 1) == {**product, "productID": str(2**63 - 1)}


@pytest.mark.anyio
async def test_a_wrong_product(client: httpx.AsyncClient) -> None:
    for query in ("", "?product_id=x"):
        answer = await client.get(f"/reviews/jsonld{query}")
        assert list(problem(answer, 422, "Error: invalid product_id provided")) == ["product_id"]


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
_hostile = st.lists(st.sampled_from(["</script>", "<!--", "-->", "]]>", "&lt;", "\u2028", "\u2029", '"', "\\", "é"]))


def test_any_text_may_stand_in_a_script(settings: Settings) -> None:
    with bare(settings) as api:

        async def seed() -> int:
            async with api.database.write() as writer:
                return await cast.review(writer)

        number = api.run(seed())

        @tried(60)
        @example("</script><script>alert(1)</script><!--\u2028&amp;")
        @given(_texts | _hostile.map("".join))
        def say(text: str) -> None:
            async def write() -> None:
                async with api.database.write() as writer:
                    await writer.execute("update review set body = %s where id = %s", (text, number))

            api.run(write())
            said = api.ask("GET", "/reviews/jsonld?product_id=1").body.decode()
            assert not set("<>&\u2028\u2029\n") & set(said)
            (shown,) = json.loads(said)["review"]
            assert shown.get("reviewBody", "") == (text if text.strip() else "")

        say()
