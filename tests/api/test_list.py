"""GET /reviews."""

import httpx
import pytest

from backend.services import reading
from backend.store.database import Database
from tests import cast
from tests.api.asking import ids, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


async def test_a_review_is_shown_as_the_contract_shapes_it(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        number = await cast.review(
            writer,
            response="Thank you!",
            helpfulness_base=3,
            helpfulness_votes=2,
            photo_ids=[7, 9],
            photo_urls=["https://photos.example.org/7.jpg", "http://photos.example.org/9.jpg"],
            written_at="2019-04-14T02:00:00.0009+02",
        )
    response = await client.get("/reviews", params={"product_id": cast.CAMO_ONESIE})
    assert response.headers["content-type"] == "application/json"
    assert response.text == (
        f'{{"product":"1","page":1,"count":5,"results":[{{"review_id":{number},"rating":4,"summary":"Warm and quiet",'
        '"recommend":true,"response":"Thank you!","body":"I wore it for a whole winter and nobody saw me once.",'
        '"date":"2019-04-14T00:00:00.000Z","reviewer_name":"Inês","helpfulness":5,'
        '"photos":[{"id":7,"url":"https://photos.example.org/7.jpg"},{"id":9,"url":"http://photos.example.org/9.jpg"}]}]}'
    )


async def test_nothing_that_is_indexed_or_sliced_is_null(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        await cast.review(writer, summary="", response=None)
        await cast.review(writer, summary="", response="null")
    for review in (await client.get("/reviews?product_id=1")).json()["results"]:
        assert review["photos"] == []
        assert review["summary"] == ""
        assert review["response"] is None


@pytest.mark.parametrize("state", ["held", "reported", "hidden", "removed"])
async def test_what_is_not_public_never_appears(client: httpx.AsyncClient, database: Database, state: str) -> None:
    async with database.write() as writer:
        seen = [await cast.review(writer), await cast.review(writer, state="approved")]
        await cast.review(writer, state=state)
    for sort in reading.Sort:
        assert sorted(ids(await client.get("/reviews", params={"product_id": 1, "sort": sort}))) == seen


async def test_the_three_orders_and_their_ties(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        old = await cast.review(writer, written_at="2020-01-01T00:00Z", helpfulness_base=9)
        new = await cast.review(writer, written_at="2025-01-01T00:00Z", helpfulness_base=0)
        # 90 days x log2(1 + 3) are 180 days: just enough to pass, or not.
        near = await cast.review(writer, written_at="2024-07-06T00:00Z", helpfulness_base=3)
        far = await cast.review(writer, written_at="2024-07-04T00:00Z", helpfulness_base=3)
        twin = await cast.review(writer, written_at="2024-07-04T00:00Z", helpfulness_base=3)

    async def order(sort: str) -> list[int]:
        return ids(await client.get(f"/reviews?product_id=1&sort={sort}"))

    assert await order("newest") == [new, near, twin, far, old]
    assert await order("helpful") == [old, twin, far, near, new]
    assert await order("relevant") == [near, new, twin, far, old]
    for unknown in ("", "date", "NEWEST", "newest%00", "%ff"):
        assert await order(unknown) == await order("relevant")
    assert ids(await client.get("/reviews?product_id=1")) == await order("relevant")


async def test_pages_follow_each_other_without_gap_or_overlap(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for _ in range(7):
            await cast.review(writer, written_at="2024-07-04T00:00Z")
    whole = ids(await client.get("/reviews?product_id=1&count=100"))
    assert whole == sorted(whole, reverse=True)
    pages = [ids(await client.get(f"/reviews?product_id=1&count=3&page={page}")) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [number for page in pages for number in page] == whole


APPLIED = [
    ("", 1, 5),
    ("&page=&count=", 1, 5),
    ("&page=0&count=0", 1, 5),
    ("&page=-0&count=-0", 1, 5),
    ("&page=2&count=1", 2, 1),
    ("&page=002&count=0005", 2, 5),
    ("&count=1000", 1, 1000),
    ("&count=100000", 1, 1000),
    (f"&count={10**30}", 1, 1000),
    ("&page=99&count=100000", 99, 1000),
    (f"&page={10**30}", 2**53 - 1, 5),
    ("&page=x&page=3&count=-1&count=2", 3, 2),
]


async def test_page_and_count_as_applied_are_echoed(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for query, page, count in APPLIED:
        with subtests.test(query=query):
            response = await client.get(f"/reviews?product_id=1{query}")
            assert response.json() == {"product": "1", "page": page, "count": count, "results": []}


NO_NUMBERS = ["-1", "abc", "5.0", "1e3", "%2B5", "+5", "%205", "5%20", "null", "true", "0x5", "٥", "5%00", "%ff", "%"]
NO_NUMBERS += [f"-{10**30}", "[1]", "5,5", "1_0"]


@pytest.mark.parametrize("name", ["page", "count"])
async def test_a_page_or_count_that_is_none(client: httpx.AsyncClient, subtests: pytest.Subtests, name: str) -> None:
    for wrong in NO_NUMBERS:
        with subtests.test(wrong=wrong):
            response = await client.get(f"/reviews?product_id=1&{name}={wrong}")
            assert list(problem(response, 422, "Error: invalid page or count provided")) == [name]


async def test_every_bad_field_is_named(client: httpx.AsyncClient) -> None:
    assert list(problem(await client.get("/reviews?product_id=1&page=x&count=y"), 422)) == ["page", "count"]


NO_PRODUCTS = [*NO_NUMBERS, "", "hello", "5.55", "0", "-0", str(10**30), str(2**63)]


@pytest.mark.parametrize("path", ["/reviews", "/reviews/meta"])
async def test_a_product_id_that_is_none(client: httpx.AsyncClient, subtests: pytest.Subtests, path: str) -> None:
    for wrong in NO_PRODUCTS:
        with subtests.test(wrong=wrong):
            response = await client.get(f"{path}?product_id={wrong}")
            assert list(problem(response, 422, "Error: invalid product_id provided")) == ["product_id"]


async def test_a_missing_product_id(client: httpx.AsyncClient) -> None:
    for address in ("/reviews", "/reviews?product_id="):
        errors = problem(await client.get(address), 422, "Error: invalid product_id provided")
        assert errors == {"product_id": "Is required."}


@pytest.mark.parametrize("product", [cast.UNREVIEWED, 404, 2**31, 2**63 - 1])
async def test_a_product_without_reviews_has_an_empty_list(client: httpx.AsyncClient, product: int) -> None:
    response = await client.get(f"/reviews?product_id={product}")
    assert response.json() == {"product": str(product), "page": 1, "count": 5, "results": []}


async def test_deep_pages_end_at_the_bound(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reading.DEEPEST == 100_000
    monkeypatch.setattr(reading, "DEEPEST", 5)
    async with database.write() as writer:
        for _ in range(7):
            await cast.review(writer)
    lengths = [len(ids(await client.get(f"/reviews?product_id=1&count=3&page={page}"))) for page in (1, 2, 3)]
    assert lengths == [3, 2, 0]
