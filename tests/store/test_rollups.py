"""The kept numbers: their arithmetic, and that writers of one hot product neither lose a count nor queue."""

import asyncio
from collections import Counter

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.services import checking
from backend.store.database import Database
from tests import cast
from tests.conftest import Urls
from tests.examples import tried

Triples = list[tuple[int, int, int]]
triples = st.lists(
    st.tuples(st.integers(1, 6), st.integers(-3, 3), st.integers(-9, 9)), max_size=6, unique_by=lambda triple: triple[0]
)


def flat(parts: Triples) -> list[int]:
    return [number for triple in parts for number in triple]


def added(*parts: Triples) -> list[int]:
    """The reference: add up by id, leave out what comes to nothing."""
    counts: Counter[int] = Counter()
    sums: Counter[int] = Counter()
    for identity, count, total in (triple for part in parts for triple in part):
        counts[identity] += count
        sums[identity] += total
    return flat([(i, counts[i], sums[i]) for i in sorted(counts) if counts[i] or sums[i]])


@tried(60)
@given(a=triples, b=triples, c=triples)
def test_addition(database_urls: Urls, a: Triples, b: Triples, c: Triples) -> None:
    with psycopg.connect(database_urls.app) as connection:
        row = connection.execute(
            "select rollup_add(%(a)s::int[], %(b)s::int[]), rollup_add(%(a)s::int[], rollup_negate(%(a)s::int[])),"
            " (select rollup_sum(x) from (values (%(a)s::int[]), (%(b)s::int[]), (%(c)s::int[])) as v (x))",
            {"a": added(a), "b": flat(b), "c": flat(c)},  # the first is a sum
        ).fetchone()
    assert row == (added(a, b), [], added(a, b, c))


@pytest.mark.anyio
async def test_sixteen_writers_on_one_product(database: Database) -> None:
    async with database.write() as writer:
        await cast.catalogue(writer)

    async def one_writer(number: int) -> None:
        for turn in range(5):
            async with database.write() as writer:
                row = {
                    "product_id": cast.CAMO_ONESIE,
                    "rating": 1 + (number + turn) % 5,
                    "recommend": bool(turn % 2),
                    "ratings": [1, cast.FIT, 1 + turn],
                }
                await cast.count(writer, row)
                if turn == 4:
                    await cast.count(writer, row, -1)

    await asyncio.gather(*(one_writer(number) for number in range(16)))
    async with database.read() as reader:
        row = await reader.fetch_one(
            "select count(*) as slots, sum(stars_1 + stars_2 + stars_3 + stars_4 + stars_5) as stars,"
            " sum(recommended) as yes, sum(not_recommended) as no, rollup_sum(characteristics) as characteristics"
            " from product_rollup"
        )
    assert row
    assert (row["stars"], row["yes"], row["no"]) == (64, 32, 32)
    assert row["characteristics"] == [cast.FIT, 64, 16 * (1 + 2 + 3 + 4)]
    assert 1 < row["slots"] <= 8


@pytest.mark.anyio
async def test_the_proof_finds_a_drift(database: Database) -> None:
    async with database.write() as writer:
        await cast.catalogue(writer)
        await cast.review(writer, ratings=[1, cast.FIT, 3])
        await cast.review(writer, product_id=cast.BRIGHT_FUTURE)
    async with database.read() as reader:
        assert await checking.check(reader) == []
    async with database.write() as writer:
        await writer.execute("update product_rollup set characteristics = '{11,1,4}' where product_id = 1")
        await writer.execute("update product_rollup set stars_4 = 2 where product_id = 2")
        await writer.execute("delete from review_search where product_id = 2")
    async with database.read() as reader:
        assert [fault.count for fault in await checking.check(reader)] == [2, 1]
