"""The text of an average is that of Postgres, whichever Postgres it is."""

import psycopg
from hypothesis import given
from hypothesis import strategies as some

from backend.domain.averages import average
from tests.conftest import Urls
from tests.examples import tried

# Around the powers of ten thousand the number of decimals changes.
_EDGES = [10_000**power + step for power in (1, 2, 3) for step in (-1, 0, 1)]
_counts = some.one_of(some.integers(1, 60), some.integers(1, 2**31), some.sampled_from(_EDGES))
_totals = some.one_of(some.integers(0, 300), some.integers(0, 2**33), some.sampled_from(_EDGES))


def test_it_is_what_postgres_prints(database_urls: Urls) -> None:
    with psycopg.connect(database_urls.read, autocommit=True) as connection:

        @tried(60)
        @given(some.lists(some.tuples(_totals, _counts), min_size=1, max_size=60))
        def hold(pairs: list[tuple[int, int]]) -> None:
            totals, counts = zip(*pairs, strict=True)
            printed = connection.execute(
                "select (total::numeric / count)::text from unnest(%s::bigint[], %s::bigint[]) as n (total, count)",
                (list(totals), list(counts)),
            ).fetchall()
            assert [average(total, count) for total, count in pairs] == [text for (text,) in printed]

        hold()


def test_ratings_from_one_to_five() -> None:
    assert average(241, 77) == "3.1298701298701299"
    assert average(5, 5) == "1.00000000000000000000"
    assert average(25, 5) == "5.0000000000000000"
