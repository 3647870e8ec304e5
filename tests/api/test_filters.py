"""GET /reviews, narrowed: what each filter leaves, what is counted of it, and what is no filter."""

import httpx
import pytest

from backend.services import selecting
from backend.store.database import Database
from tests import cast
from tests.api.asking import ids, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]

PLAIN, FIVE, PHOTO, REPLY, BOUGHT = 1, 2, 3, 4, 5


@pytest.fixture
async def reviews(database: Database) -> None:
    """Five that can be told apart by their filters, one that is hidden, and one of another product."""
    photo = {"photo_ids": [7], "photo_urls": ["https://photos.example.org/7.jpg"]}
    async with database.write() as writer:
        await cast.review(writer, id=PLAIN, rating=1, recommend=False, response="null", written_at="2024-01-01T00:00Z")
        await cast.review(writer, id=FIVE, rating=5, response="", written_at="2024-01-02T00:00Z")
        await cast.review(writer, id=PHOTO, rating=4, **photo, written_at="2024-01-02T12:00:00.0009Z")
        await cast.review(writer, id=REPLY, rating=4, response="Thank you!", written_at="2024-01-02T23:59:59.999999Z")
        await cast.review(writer, id=BOUGHT, rating=2, verified=True, written_at="2024-01-03T00:00Z")
        everything = {**photo, "rating": 5, "verified": True, "response": "Thank you!"}
        await cast.review(writer, id=6, **everything, state="hidden")
        await cast.review(writer, id=7, **everything, product_id=cast.BRIGHT_FUTURE)


LEFT = {
    "rating=4": [REPLY, PHOTO],
    "rating=5,1,5": [FIVE, PLAIN],
    "rating=5&rating=2": [BOUGHT],
    "rating=05": [FIVE],
    "rating=3": [],
    "recommended=true": [BOUGHT, REPLY, PHOTO, FIVE],
    "recommended=false": [PLAIN],
    "with_photos=true": [PHOTO],
    "with_photos=false": [BOUGHT, REPLY, FIVE, PLAIN],
    "with_response=true": [REPLY],
    "with_response=false": [BOUGHT, PHOTO, FIVE, PLAIN],
    "verified=true": [BOUGHT],
    "verified=false": [REPLY, PHOTO, FIVE, PLAIN],
    "since=2024-01-02": [BOUGHT, REPLY, PHOTO, FIVE],
    "since=2024-01-02T00:00:00.000001Z": [BOUGHT, REPLY, PHOTO],
    "since=2024-01-03T01:00:00%2B01:00": [BOUGHT],
    "until=2024-01-02": [REPLY, PHOTO, FIVE, PLAIN],
    "until=2024-01-02T00:00:00Z": [PLAIN],
    "until=2024-01-02T00:00:00-12:00": [FIVE, PLAIN],
    "since=2024-01-02&until=2024-01-02": [REPLY, PHOTO, FIVE],
    "since=2024-01-03&until=2024-01-01": [],
    "since=1900-01-01&until=2199-12-31": [BOUGHT, REPLY, PHOTO, FIVE, PLAIN],
    "rating=4,5&recommended=true&with_photos=false&until=2024-01-02": [REPLY, FIVE],
}


@pytest.mark.usefixtures("reviews")
async def test_what_each_filter_leaves(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for query, left in LEFT.items():
        with subtests.test(query=query):
            assert ids(await client.get(f"/reviews?product_id=1&sort=newest&{query}")) == left


@pytest.mark.usefixtures("reviews")
async def test_a_page_that_is_filtered_is_a_page(client: httpx.AsyncClient) -> None:
    plain = (await client.get("/reviews?product_id=1&sort=newest")).json()
    filtered = (await client.get("/reviews?product_id=1&sort=newest&rating=4&count=1&page=2")).json()
    assert filtered == {"product": "1", "page": 2, "count": 1, "results": [plain["results"][2]]}
    assert list(filtered) == list(plain)
    assert (await client.get("/reviews?product_id=1&rating=4&count=1&page=3")).json()["results"] == []
    assert (await client.get(f"/reviews?product_id=1&rating=4&page={10**30}")).json()["results"] == []


@pytest.mark.usefixtures("reviews")
async def test_an_empty_filter_is_none(client: httpx.AsyncClient) -> None:
    plain = await client.get("/reviews?product_id=1")
    empty = "&".join(f"{name}=" for name in [*WRONG, "cursor"])
    assert (await client.get(f"/reviews?product_id=1&{empty}")).content == plain.content


@pytest.mark.usefixtures("reviews")
async def test_the_histogram_counts_what_is_selected(client: httpx.AsyncClient) -> None:
    async def ratings(query: str) -> object:
        return (await client.get(f"/reviews?product_id=1&count=1&histogram=true{query}")).json()["ratings"]

    meta = (await client.get("/reviews/meta?product_id=1")).json()["ratings"]
    assert await ratings("") == meta == {"1": "1", "2": "1", "4": "2", "5": "1"}
    assert await ratings("&page=9") == meta
    assert await ratings("&rating=4,5&since=2024-01-02") == {"4": "2", "5": "1"}
    assert await ratings("&rating=3") == {}
    assert await ratings("&q=winter&with_photos=true") == {"4": "1"}
    assert await ratings("&cursor=*&recommended=false") == {"1": "1"}
    assert "ratings" not in (await client.get("/reviews?product_id=1&histogram=false")).json()


WRONG = {
    "rating": ["6", "0", "-1", "4,", ",", "4,,5", "4;5", "4 ,5", "five", "4.0", str(10**30), "٤"],
    "recommended": ["1", "yes", "True", "null"],
    "with_photos": ["0"],
    "with_response": ["no"],
    "verified": ["TRUE"],
    "since": ["2024", "2024-1-1", "20240101", "2023-02-29", "2024-01-01T12:00Z", "2024-01-01T12:00:00", "-1", "%00"],
    "until": ["1899-12-31", "2200-01-01", "9999-12-31", "0001-01-01T00:00:00%2B14:00", "2024-01-01T25:00:00Z"],
    "q": ["x" * 101, "%00"],
    "histogram": ["1"],
}


async def test_a_wrong_filter_is_named(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for name, values in WRONG.items():
        for wrong in values:
            with subtests.test(name=name, wrong=wrong):
                answer = await client.get(f"/reviews?product_id=1&{name}={wrong}")
                assert list(problem(answer, 422, "Error: invalid filter provided")) == [name]


async def test_every_wrong_filter_is_named_with_its_mend(client: httpx.AsyncClient) -> None:
    query = "&".join(f"{name}={values[0]}" for name, values in WRONG.items())
    errors = problem(await client.get(f"/reviews?product_id=1&{query}"), 422)
    assert list(errors) == list(WRONG)
    assert errors["rating"] == "Must be integers from 1 to 5, with commas between them."
    assert errors["verified"] == "Must be true or false."
    assert "2024-07-04T12:00:00Z" in errors["since"]
    assert errors["q"].endswith("it has 101.")


async def test_the_contracts_own_errors_come_first(client: httpx.AsyncClient) -> None:
    problem(await client.get("/reviews?rating=9"), 422, "Error: invalid product_id provided")
    problem(await client.get("/reviews?product_id=1&rating=9&page=x"), 422, "Error: invalid page or count provided")


async def test_one_that_takes_too_long_is_broken_off(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "LIMIT_MS", 50)
    async with database.write() as writer:
        await writer.execute("lock table review")
        answer = await client.get("/reviews?product_id=1&rating=4")
    problem(answer, 503, "This took too long.")
    assert answer.headers["retry-after"] == "2"
