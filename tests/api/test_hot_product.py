"""One product with 25,000 reviews: every order is a walk along its own index, however the statement is planned."""

from typing import LiteralString

import httpx
import psycopg
import pytest

from backend.services import reading
from backend.store.database import Database
from tests.api.asking import ids
from tests.conftest import Urls

pytestmark = pytest.mark.anyio

HOT, COLD = 1, 77
REVIEWS = 25_000


@pytest.fixture
async def hot(database: Database, database_urls: Urls) -> None:
    """The hot product among 20,000 others with a review or two each."""
    async with database.write() as writer:
        await writer.execute(
            """
            insert into review (product_id, written_at, rating, recommend, body, reviewer_name, reviewer_email,
                                helpfulness_base)
            select case when i <= 25000 then 1 else 10 + i % 20000 end, now() - make_interval(mins => i * 7 % 100003),
                   1 + i % 5, true, repeat('x', 200), 'Ida', 'ida@example.org', i * 31 % 50
            from generate_series(1, 60000) as i
            """
        )
    async with await psycopg.AsyncConnection.connect(database_urls.owner, autocommit=True) as connection:
        await connection.execute("vacuum analyze review")


@pytest.mark.usefixtures("hot")
async def test_each_order_walks_its_index(database: Database, subtests: pytest.Subtests) -> None:
    modes: tuple[LiteralString, ...] = ("force_custom_plan", "force_generic_plan")
    for mode in modes:
        with subtests.test(mode=mode):
            await demand_walks(database, mode)


async def demand_walks(database: Database, mode: LiteralString) -> None:
    async with database.write() as writer:
        await writer.execute(f"set local plan_cache_mode = {mode}")
        for sort in reading.Sort:
            statement: LiteralString = reading.queries[f"list_{sort.value}"]
            for number, name in enumerate(("product_id", "limit", "offset"), 1):
                statement = statement.replace(f"%({name})s", f"${number}")
            await writer.execute(f"prepare asked_{sort.value} (bigint, bigint, bigint) as {statement}")
            for product in (HOT, COLD):
                rows = await writer.fetch_all(f"explain execute asked_{sort.value} ({product}, 5, 0)")
                plan = "\n".join(row["QUERY PLAN"] for row in rows)
                assert f"Index Scan using review_{sort.value}_idx" in plan
                assert "Sort" not in plan
            await writer.execute(f"deallocate asked_{sort.value}")


@pytest.mark.usefixtures("hot")
async def test_its_pages_are_whole_to_the_last(client: httpx.AsyncClient) -> None:
    for sort in reading.Sort:
        pages = [ids(await client.get(f"/reviews?product_id=1&count=1000&sort={sort}&page={n}")) for n in range(1, 27)]
        assert [len(page) for page in pages] == [1000] * 25 + [0]
        assert len({number for page in pages for number in page}) == REVIEWS
