"""GET /reviews?q=: which reviews have the words, and in which order they come."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Composed

from backend.services import selecting
from backend.services.reading import PageAsked, Sort
from backend.services.selecting import Selection
from backend.store.database import Database, Query, Row, Writer
from tests import cast
from tests.api.asking import ids
from tests.conftest import Urls

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
async def reviews(database: Database) -> None:
    written: dict[int, dict[str, Any]] = {
        1: {"summary": "Schöner Mantel", "body": "Warm, and the zip is strong."},
        2: {"summary": "Zip", "body": "It is a crème coat, and it is warm.", "written_at": "2020-01-01T00:00Z"},
        3: {"summary": "", "body": "Strong, but cold.", "reviewer_name": "Zip", "helpfulness_base": 9},
        4: {"summary": "Zip", "body": "Warm", "state": "held"},
        5: {"summary": "Zip", "body": "Warm", "product_id": cast.BRIGHT_FUTURE},
    }
    async with database.write() as writer:
        for number, words in written.items():
            await cast.review(writer, id=number, **words)


FOUND = {
    "mantel": {1},
    "SCHONER": {1},
    "schöner": {1},
    "creme": {2},
    "crème": {2},
    "warm": {1, 2},
    "warm zip": {1, 2},
    "warm strong": {1},
    '"zip is strong"': {1},
    '"strong zip"': set(),
    "creme or mantel": {1, 2},
    "zip -warm": {3},
    "-warm": {3},
    "zip'); drop table review; --": set(),
    '% _ * : & | ! ( ) <-> \\ "': set(),
    "unheard": set(),
    "!": set(),
    " ": set(),
    "🧥": set(),
}


@pytest.mark.usefixtures("reviews")
async def test_which_reviews_have_the_words(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for words, found in FOUND.items():
        for sort in Sort:
            with subtests.test(words=words, sort=sort):
                query = {
                    "product_id": "1",
                    "sort": sort.value,
                    "q": words.encode("utf-16", "surrogatepass").decode("utf-16"),
                }
                assert set(ids(await client.get("/reviews", params=query))) == found


@pytest.mark.usefixtures("reviews")
async def test_the_most_relevant_has_them_where_they_weigh_most(client: httpx.AsyncClient) -> None:
    async def order(query: str) -> list[int]:
        return ids(await client.get(f"/reviews?product_id=1&q=zip{query}"))

    # In the summary, in the body, in the name: found most helpful, that one is the last.
    assert await order("") == await order("&sort=relevant") == [2, 1, 3]
    assert await order("&sort=newest") == [3, 1, 2]
    assert await order("&sort=helpful") == [3, 2, 1]
    assert await order("&count=1&page=2") == [1]


async def test_equal_ranks_are_by_id(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        twins = [await cast.review(writer, helpfulness_base=9 - number) for number in range(3)]
    assert ids(await client.get("/reviews?product_id=1&q=winter")) == sorted(twins, reverse=True)


@pytest.mark.usefixtures("reviews")
async def test_words_and_filters_narrow_together(client: httpx.AsyncClient) -> None:
    assert ids(await client.get("/reviews?product_id=1&q=zip&until=2020-01-01")) == [2]
    assert ids(await client.get("/reviews?product_id=1&q=warm&rating=1")) == []


class Explaining(Writer):
    """Keeps the plan of the last composed statement."""

    plan = ""

    async def fetch_all(
        self,
        query: Query,
        params: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        limit_ms: int | None = None,
    ) -> list[Row]:
        if isinstance(query, Composed):
            rows = await super().fetch_all(SQL("explain ") + query, params)
            self.plan = "\n".join(row["QUERY PLAN"] for row in rows)
        return await super().fetch_all(query, params, limit_ms=limit_ms)


@pytest.fixture
async def hot(database: Database, database_urls: Urls) -> None:
    """A product with 25,000 reviews among 37,500 with one."""
    async with database.write() as writer:
        await writer.execute(
            """
            insert into review (product_id, written_at, rating, recommend, body, reviewer_name, reviewer_email)
            select case when i % 5 < 2 then 1 else 10 + i end, now() - make_interval(mins => i * 7 % 100003),
                   1 + i % 5, true, 'everywhere ' || case when i % 1000 = 0 then 'seldom ' else '' end ||
                   repeat('x', 200), 'Ida', 'ida@example.org'
            from generate_series(1, 62500) as i
            """
        )
        await writer.execute(
            "insert into review_search select id, product_id, search_document(summary, body, reviewer_name) from review"
        )
    async with await psycopg.AsyncConnection.connect(database_urls.owner, autocommit=True) as connection:
        await connection.execute("vacuum analyze review, review_search")


@pytest.mark.usefixtures("hot")
async def test_how_a_hot_product_is_looked_through(database: Database) -> None:
    async with database.write() as writer:
        reader = Explaining(writer.connection)

        async def plan(sort: Sort, *, walked: bool = False, **selection: Any) -> str:
            asked, selected = PageAsked(1, 1, 5, sort), Selection(**selection)
            if walked:
                first = await selecting.walk(reader, cast.PUBLIC, asked, selected, None)
                second = await selecting.walk(reader, cast.PUBLIC, asked, selected, first.next)
                onward, at = reader.plan, second.previous
                back = await selecting.walk(reader, cast.PUBLIC, asked, selected, at)
                assert [row["id"] for row in back.rows] == [row["id"] for row in first.rows]
                return onward + reader.plan
            await selecting.page(reader, cast.PUBLIC, asked, selected)
            return reader.plan

        for sort in Sort:
            index = f"using review_{sort.value}_idx"
            narrowed = await plan(sort, ratings=(2,), recommended=True)
            assert index in narrowed
            assert "Sort" not in narrowed
            # A walk begins in the index where the last one ended, also on its way back.
            walked = await plan(sort, walked=True)
            assert walked.count(index) == walked.count("AND (ROW(") == 2
            assert "Index Scan Backward" in walked
            # Of an index that serves the words alone, those of all products would be read.
            assert "Index Cond: ((product_id = 1) AND (document @@ " in await plan(sort, words="seldom")
            common = await plan(sort, words="everywhere")
            assert index in common
            assert "review_search_document_idx" not in common
            assert ("Sort" in common) == (sort is Sort.RELEVANT)


@pytest.mark.usefixtures("hot")
async def test_of_very_many_the_most_relevant_are_ranked(client: httpx.AsyncClient) -> None:
    address = "/reviews?product_id=1&q=everywhere&count=1000"
    ranked = [number for page in (1, 2, 3) for number in ids(await client.get(f"{address}&page={page}"))]
    assert len(ranked) == selecting.RANKED
    relevant = [
        number for page in (1, 2) for number in ids(await client.get(f"/reviews?product_id=1&count=1000&page={page}"))
    ]
    assert set(ranked) == set(relevant)
