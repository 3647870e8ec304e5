"""GET /reviews/meta."""

import httpx
import pytest

from backend.services import moderation
from backend.store.database import Database
from tests import cast
from tests.api.asking import problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


async def rate(database: Database, values: list[int], characteristic: int = cast.FIT) -> None:
    async with database.write() as writer:
        for number, value in enumerate(values, 1):
            await cast.review(writer, ratings=[number, characteristic, value])


async def test_the_whole_shape_in_its_order(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        await cast.review(writer, rating=5, recommend=True, ratings=[1, cast.FIT, 4])
        await cast.review(writer, rating=5, recommend=False, ratings=[2, cast.FIT, 3])
        await cast.review(writer, rating=1, recommend=False, ratings=[3, cast.FIT, 3])
    response = await client.get("/reviews/meta?product_id=1")
    assert response.headers["content-type"] == "application/json"
    assert response.text == (
        '{"product_id":"1","ratings":{"1":"1","5":"2"},"recommended":{"false":"2","true":"1"},'
        '"characteristics":{"Fit":{"id":11,"value":"3.3333333333333333"},"Length":{"id":12,"value":null}}}'
    )


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1], "1.00000000000000000000"),
        ([1, 1, 1], "1.00000000000000000000"),
        ([5], "5.0000000000000000"),
        ([1, 2], "1.5000000000000000"),
        ([5, 5, 1], "3.6666666666666667"),
    ],
)
async def test_an_average_is_printed_as_postgres_prints_it(
    client: httpx.AsyncClient, database: Database, values: list[int], text: str
) -> None:
    await rate(database, values)
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    assert meta["characteristics"]["Fit"]["value"] == text
    async with database.read() as reader:
        asked = await reader.fetch_value("select avg(v)::text from unnest(%s::int[]) as v", (values,))
    assert meta["characteristics"]["Fit"]["value"] == asked


async def test_characteristics_come_by_id_not_by_name(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for number, name in ((30, "Width"), (20, "Size"), (25, "Comfort")):
            await writer.execute("insert into characteristic (id, product_id, name) values (%s, 2, %s)", (number, name))
    meta = (await client.get("/reviews/meta?product_id=2")).json()
    shown = [(name, characteristic["id"]) for name, characteristic in meta["characteristics"].items()]
    assert shown == [("Size", 20), ("Comfort", 25), ("Width", 30)]


@pytest.mark.parametrize(
    ("recommend", "counts"), [(True, {"false": "0", "true": "1"}), (False, {"false": "1", "true": "0"})]
)
async def test_both_recommendations_are_there_once_one_is(
    client: httpx.AsyncClient, database: Database, recommend: bool, counts: dict[str, str]
) -> None:
    async with database.write() as writer:
        await cast.review(writer, recommend=recommend)
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    assert meta["recommended"] == counts
    assert list(meta["recommended"]) == ["false", "true"]


async def test_a_product_without_reviews_keeps_its_characteristics(client: httpx.AsyncClient) -> None:
    assert (await client.get("/reviews/meta?product_id=1")).json() == {
        "product_id": "1",
        "ratings": {},
        "recommended": {},
        "characteristics": {"Fit": {"id": 11, "value": None}, "Length": {"id": 12, "value": None}},
    }


@pytest.mark.parametrize("product", [404, 2**31, 2**63 - 1])
async def test_an_unknown_product_has_nothing(client: httpx.AsyncClient, product: int) -> None:
    response = await client.get(f"/reviews/meta?product_id={product}")
    assert response.text == f'{{"product_id":"{product}","ratings":{{}},"recommended":{{}},"characteristics":{{}}}}'


async def test_hidden_reviews_do_not_count(client: httpx.AsyncClient, database: Database) -> None:
    await cast.people(database)
    async with database.write() as writer:
        await cast.review(writer, rating=2, recommend=False, ratings=[1, cast.FIT, 1])
        hidden = await cast.review(writer, rating=5, ratings=[2, cast.FIT, 5])
        await cast.review(writer, rating=5, ratings=[3, cast.LENGTH, 5], state="held")
    async with database.write() as writer:
        await moderation.hide(writer, cast.MODERATOR, hidden, "spam")
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    assert meta["ratings"] == {"2": "1"}
    assert meta["recommended"] == {"false": "1", "true": "0"}
    assert meta["characteristics"] == {
        "Fit": {"id": 11, "value": "1.00000000000000000000"},
        "Length": {"id": 12, "value": None},
    }


async def test_a_product_whose_every_review_is_hidden_is_as_one_without(
    client: httpx.AsyncClient, database: Database
) -> None:
    await cast.people(database)
    async with database.write() as writer:
        number = await cast.review(writer, ratings=[1, cast.FIT, 5])
        await moderation.hide(writer, cast.MODERATOR, number, "spam")
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    assert (meta["ratings"], meta["recommended"]) == ({}, {})
    assert meta["characteristics"]["Fit"]["value"] is None


async def test_the_slots_of_a_hot_product_are_summed(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for slot, stars, flat in ((0, 4, [11, 3, 9]), (1, -1, [11, -1, -4, 12, 2, 4]), (7, 2, [])):
            await writer.execute(
                "insert into product_rollup (product_id, slot, stars_3, recommended, characteristics)"
                " values (1, %s, %s, %s, %s)",
                (slot, stars, stars, flat),
            )
    meta = (await client.get("/reviews/meta?product_id=1")).json()
    assert meta["ratings"] == {"3": "5"}
    assert meta["recommended"] == {"false": "0", "true": "5"}
    assert meta["characteristics"]["Fit"]["value"] == "2.5000000000000000"
    assert meta["characteristics"]["Length"]["value"] == "2.0000000000000000"


async def test_numbers_that_drifted_are_no_error(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        for slot, flat in ((0, [11, 1, 3]), (1, [11, -1, -2])):
            await writer.execute(
                "insert into product_rollup (product_id, slot, characteristics) values (1, %s, %s)", (slot, flat)
            )
    response = await client.get("/reviews/meta?product_id=1")
    assert response.json()["characteristics"]["Fit"] == {"id": 11, "value": None}


async def test_a_missing_product_id(client: httpx.AsyncClient) -> None:
    problem(await client.get("/reviews/meta"), 422, "Error: invalid product_id provided")
