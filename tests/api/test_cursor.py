"""GET /reviews?cursor=: a list is walked there and back, while reviews come and go."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.services.reading import Sort
from backend.settings import Settings
from backend.store.database import Database
from tests import cast
from tests.api.asking import ids, problem
from tests.api.bare import Bare, bare
from tests.examples import tried

Pages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the reference knows of a review. Few dates and votes, so that many are equal in an order to others."""

    id: int
    date: int  # 90 days for two, and a microsecond for one
    votes: int
    rating: int

    @property
    def written_at(self) -> datetime:
        return datetime(2024, 7, 4, tzinfo=UTC) + timedelta(days=90 * (self.date // 2), microseconds=self.date % 2)

    def place(self, sort: Sort) -> tuple[int, int]:
        doublings = {0: 0, 1: 1, 3: 2}[self.votes]
        orders = {Sort.NEWEST: self.date, Sort.HELPFUL: self.votes, Sort.RELEVANT: self.date // 2 + doublings}
        return orders[sort], self.id


class Shelf:
    """A product's reviews in one order, perhaps only those with five stars, and what changes between two pages."""

    def __init__(self, api: Bare, sort: Sort, count: int, rating: str, changes: list[list[Any]]) -> None:
        self.api, self.sort, self.changes = api, sort, iter(changes)
        self.query = f"product_id=1&sort={sort.value}&count={count}{rating}"
        self.count, self.stars = count, (5,) if rating else (4, 5)
        self.known: dict[int, Known] = {}
        self.standing: set[int] = set()

    def write(self, date: int, votes: int, rating: int) -> None:
        draft = Known(0, date, votes, rating)

        async def write() -> int:
            async with self.api.database.write() as writer:
                return await cast.review(writer, written_at=draft.written_at, helpfulness_base=votes, rating=rating)

        number = self.api.run(write())
        self.known[number] = Known(number, date, votes, rating)
        self.standing.add(number)

    def hide(self, pick: int) -> None:
        number = sorted(self.standing)[pick % len(self.standing)]

        async def hide() -> None:
            async with self.api.database.write() as writer:
                await writer.execute("update review set state = 'hidden' where id = %s", (number,))

        self.api.run(hide())
        self.standing.remove(number)

    def change(self) -> None:
        for change in next(self.changes, []):
            if isinstance(change, tuple):
                self.write(*change)
            elif self.standing:
                self.hide(change)

    def listed(self) -> list[int]:
        """What the list holds at this moment."""
        shown = [self.known[number] for number in self.standing if self.known[number].rating in self.stars]
        return [known.id for known in sorted(shown, key=lambda known: known.place(self.sort), reverse=True)]

    def read(self, cursor: str) -> dict[str, Any]:
        reply = self.api.ask("GET", f"/reviews?{self.query}&cursor={cursor}")
        assert reply.status == 200, reply.body
        page: dict[str, Any] = json.loads(reply.body)
        # Whatever has changed, a page is a piece of the list as it is now.
        numbers, listed = numbers_of([page]), self.listed()
        begin = listed.index(numbers[0]) if numbers else 0
        assert numbers == listed[begin : begin + len(numbers)]
        return page

    def walk(self, cursor: str, way: str) -> Pages:
        """All pages from a cursor on, with changes between them."""
        pages = [self.read(cursor)]
        while onward := pages[-1][way]:
            assert len(pages[-1]["results"]) == self.count
            self.change()
            pages.append(self.read(onward))
            assert len(pages) <= 1 + len(self.known)
        return pages

    def agree(self, pages: Pages, standing_before: list[int]) -> None:
        """None came twice, or out of order; and whoever was there from the first page to the last was seen."""
        seen = numbers_of(pages)
        places = [self.known[number].place(self.sort) for number in seen]
        assert places == sorted(set(places), reverse=True)
        assert set(standing_before) & self.standing <= set(seen)


def numbers_of(pages: Pages) -> list[int]:
    return [review["review_id"] for page in pages for review in page["results"]]


_reviews = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 3]), st.sampled_from([4, 5]))


def test_a_walk_there_and_back_misses_and_repeats_nothing(settings: Settings) -> None:
    with bare(settings) as api:

        @tried(60)
        @given(
            sort=st.sampled_from(Sort),
            count=st.integers(1, 4),
            rating=st.sampled_from(["", "&rating=5"]),
            reviews=st.lists(_reviews, max_size=12),
            changes=st.lists(st.lists(_reviews | st.integers(0, 30), max_size=3), max_size=8),
        )
        def walk(sort: Sort, count: int, rating: str, reviews: list[Any], changes: list[Any]) -> None:
            async def clear() -> None:
                async with api.database.write() as writer:
                    await writer.execute("delete from review")

            api.run(clear())
            shelf = Shelf(api, sort, count, rating, changes)
            for review in reviews:
                shelf.write(*review)
            before = shelf.listed()
            there = shelf.walk("*", "next")
            shelf.agree(there, before)
            if back := there[-1]["prev"]:
                end = numbers_of(there[-1:])
                before = shelf.listed()
                pages = shelf.walk(back, "prev")[::-1]
                shelf.agree(pages, before[: before.index(end[0])] if end else before)

        walk()


@pytest.fixture
async def reviews(database: Database) -> list[int]:
    """The ids of five, the newest first."""
    async with database.write() as writer:
        await cast.catalogue(writer)
        return [await cast.review(writer, written_at=f"2024-07-0{9 - day}T00:00Z", rating=5) for day in range(5)]


async def walked(client: httpx.AsyncClient, query: str) -> dict[str, Any]:
    response = await client.get(f"/reviews?product_id=1&{query}")
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


@pytest.mark.anyio
async def test_what_a_page_says(client: httpx.AsyncClient, reviews: list[int]) -> None:
    first = await walked(client, "sort=newest&count=2&cursor=*")
    assert list(first) == ["product", "count", "results", "next", "prev"]
    assert (first["product"], first["count"], first["prev"]) == ("1", 2, None)
    plain = (await client.get("/reviews?product_id=1&sort=newest&count=2")).json()
    assert first["results"] == plain["results"]
    second = await walked(client, f"sort=newest&count=2&cursor={first['next']}")
    third = await walked(client, f"sort=newest&count=2&cursor={second['next']}")
    assert numbers_of([first, second, third]) == reviews
    assert third["next"] is None
    assert await walked(client, f"sort=newest&count=2&cursor={second['prev']}") == first
    assert numbers_of([await walked(client, f"sort=newest&count=9&cursor={third['prev']}")]) == reviews[:4]


@pytest.mark.anyio
async def test_the_same_as_links(client: httpx.AsyncClient, reviews: list[int]) -> None:
    query = "sort=helpful&count=2&rating=5,4&until=2024-07-31&q=%22whole%20winter%22%20%25&histogram=true&voter=x"
    first = await client.get(f"/reviews?product_id=1&{query}&cursor=*&page=7")
    assert list(first.links) == ["next"]
    sent = dict(parse_qsl(first.links["next"]["url"].partition("?")[2]))
    assert sent == {
        "product_id": "1",
        "sort": "helpful",
        "rating": "4,5",
        "until": "2024-08-01T00:00:00Z",
        "q": '"whole winter" %',
        "count": "2",
        "histogram": "true",
        "cursor": first.json()["next"],
    }
    second = await client.get(first.links["next"]["url"])
    assert list(second.links) == ["next", "prev"]
    assert second.json()["ratings"] == {"5": "5"}
    back = await client.get(second.links["prev"]["url"])
    assert back.content == first.content
    assert "link" not in (await client.get("/reviews?product_id=1")).headers


@pytest.mark.anyio
async def test_ranked_words_are_walked_too(client: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        await cast.catalogue(writer)
        for number in range(7):
            await cast.review(writer, body="warm " * (1 + number % 3), summary="")
    whole = ids(await client.get("/reviews?product_id=1&q=warm&count=100"))
    pages = [await walked(client, "q=warm&count=3&cursor=*")]
    for _ in range(2):
        pages.append(await walked(client, f"q=warm&count=3&cursor={pages[-1]['next']}"))
    assert numbers_of(pages) == whole
    assert pages[-1]["next"] is None
    assert numbers_of([await walked(client, f"q=warm&count=3&cursor={pages[-1]['prev']}")]) == whole[3:6]


@pytest.mark.anyio
async def test_where_nothing_is_left_the_way_back_is(
    client: httpx.AsyncClient, database: Database, reviews: list[int]
) -> None:
    first = await walked(client, "sort=newest&count=3&cursor=*")
    second = await walked(client, f"sort=newest&count=3&cursor={first['next']}")
    async with database.write() as writer:
        await writer.execute("update review set state = 'hidden' where id = any(%s)", (reviews[3:],))
    empty = await walked(client, f"sort=newest&count=3&cursor={first['next']}")
    assert (empty["results"], empty["next"]) == ([], None)
    assert numbers_of([await walked(client, f"sort=newest&count=3&cursor={empty['prev']}")]) == reviews[:3]
    async with database.write() as writer:
        await writer.execute("update review set state = 'published' where id = any(%s)", (reviews[3:],))
        await writer.execute("update review set state = 'hidden' where id = any(%s)", (reviews[:3],))
    empty = await walked(client, f"sort=newest&count=3&cursor={second['prev']}")
    assert (empty["results"], empty["prev"]) == ([], None)
    assert numbers_of([await walked(client, f"sort=newest&count=3&cursor={empty['next']}")]) == reviews[3:]


@pytest.mark.anyio
async def test_a_cursor_is_of_one_list(client: httpx.AsyncClient, reviews: list[int]) -> None:
    cursor = (await walked(client, "sort=newest&count=2&rating=5&cursor=*"))["next"]
    same = ["sort=newest&rating=5&count=1", "rating=05,5&sort=newest", "sort=newest&rating=5&page=9&x=1&histogram=true"]
    for query in same:
        assert numbers_of([await walked(client, f"{query}&cursor={cursor}")])[0] == reviews[2]
    others = ["sort=newest", "sort=helpful&rating=5", "sort=newest&rating=4", "sort=newest&rating=5&q=winter"]
    others += ["sort=newest&rating=5&product_id=2"]
    for query in others:
        errors = problem(
            await client.get(f"/reviews?product_id=1&{query}&cursor={cursor}"), 422, "Error: invalid cursor provided"
        )
        assert list(errors) == ["cursor"]
        assert errors["cursor"].startswith("Must be * to begin")


@pytest.mark.anyio
async def test_what_was_never_given_out_is_none(client: httpx.AsyncClient, reviews: list[int]) -> None:
    cursor: str = (await walked(client, "count=2&cursor=*"))["next"]

    def tampered() -> Iterator[str]:
        for index, sign in enumerate(cursor):
            yield cursor[:index] + ("A" if sign != "A" else "B") + cursor[index + 1 :]

    for wrong in [
        *tampered(),
        cursor[:-1],
        cursor + "A",
        "**",
        "0",
        "null",
        "%00",
        "%ff",
        "A" * 28,
        "é" * 28,
        "=" * 28,
    ]:
        problem(await client.get(f"/reviews?product_id=1&cursor={wrong}"), 422, "Error: invalid cursor provided")
