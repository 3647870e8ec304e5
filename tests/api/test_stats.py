"""GET /reviews/stats."""

import httpx
import pytest

from backend.store.database import Database
from tests import cast
from tests.api.asking import problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


async def test_average_count_and_histogram_of_each(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for rating in (5, 4, 4):
            await cast.review(writer, rating=rating)
        await cast.review(writer, rating=1, state="hidden")
        await cast.review(writer, rating=1, product_id=cast.BRIGHT_FUTURE)
    response = await client.get("/reviews/stats?product_ids=404,1,2")
    assert response.headers["content-type"] == "application/json"
    assert response.text == (
        '{"results":[{"product_id":"404","average":null,"count":"0","ratings":{}},'
        '{"product_id":"1","average":"4.3333333333333333","count":"3","ratings":{"4":"2","5":"1"}},'
        '{"product_id":"2","average":"1.00000000000000000000","count":"1","ratings":{"1":"1"}}]}'
    )
    assert (
        response.json()["results"][1]["ratings"] == (await client.get("/reviews/meta?product_id=1")).json()["ratings"]
    )


async def test_an_average_is_postgres_own(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for product_id, ratings in {11: (1,), 12: (5,), 13: (1, 2), 14: (5, 5, 4), 15: (1,) * 6 + (2,)}.items():
            for rating in ratings:
                await cast.review(writer, product_id=product_id, rating=rating)
        averages = await writer.fetch_all(
            "select product_id::text, avg(rating)::text as average from review group by product_id order by product_id"
        )
    results = (await client.get("/reviews/stats?product_ids=11,12,13,14,15")).json()["results"]
    assert [{"product_id": each["product_id"], "average": each["average"]} for each in results] == averages


async def test_a_product_that_is_counted_in_several_slots(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for slot, (two, three) in enumerate([(3, -1), (-2, 2)]):
            await writer.execute(
                "insert into product_rollup (product_id, slot, stars_2, stars_3) values (7, %s, %s, %s)",
                (slot, two, three),
            )
    (found,) = (await client.get("/reviews/stats?product_ids=7")).json()["results"]
    assert found == {"product_id": "7", "average": "2.5000000000000000", "count": "2", "ratings": {"2": "1", "3": "1"}}


ASKED = {
    "1": ["1"],
    "2,1": ["2", "1"],
    "3,1,3,2,1": ["3", "1", "2"],
    "0001,1": ["1"],
    f"{2**63 - 1},{2**31}": [str(2**63 - 1), str(2**31)],
    ",".join(map(str, range(1, 101))): [str(number) for number in range(1, 101)],
    "5&product_ids=6": ["6"],
}


async def test_each_once_in_the_order_asked(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for asked, told in ASKED.items():
        with subtests.test(asked=asked):
            response = await client.get(f"/reviews/stats?product_ids={asked}")
            assert [each["product_id"] for each in response.json()["results"]] == told


WRONG = ["0", "-1", "x", "1,", ",1", ",", "1,,2", "1;2", "1, 2", "1.0", "[1,2]", "null", str(2**63), "1,%00", "٥"]
WRONG += [",".join(map(str, range(1, 102))), ",".join(["7"] * 101)]


async def test_what_is_no_list_of_products(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for wrong in WRONG:
        with subtests.test(wrong=wrong):
            answer = await client.get(f"/reviews/stats?product_ids={wrong}")
            errors = problem(answer, 422, "Error: invalid product_ids provided")
            assert errors == {
                "product_ids": f"Must be up to 100 integers from 1 to {2**63 - 1}, with commas between them."
            }


@pytest.mark.parametrize("query", ["", "?product_ids=", "?product_id=1"])
async def test_a_missing_list(client: httpx.AsyncClient, query: str) -> None:
    errors = problem(await client.get(f"/reviews/stats{query}"), 422, "Error: invalid product_ids provided")
    assert errors == {"product_ids": "Is required."}


async def test_the_route_is_no_review(client: httpx.AsyncClient) -> None:
    for name in ("stats", "jsonld"):
        for vote in ("helpful", "report"):
            problem(await client.put(f"/reviews/{name}/{vote}"), 422, "Error: invalid review id provided")
