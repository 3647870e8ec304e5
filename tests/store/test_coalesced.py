"""Reads that wait together share a query, and nobody suffers for it."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace

import psycopg
import pytest
from structlog.testing import capture_logs

from backend.domain.errors import Unavailable
from backend.settings import Settings
from backend.store import coalesced
from backend.store.coalesced import Answer, Coalesced, Key, Question, Statement
from backend.store.connections import SHARED
from backend.store.database import Database
from tests.conftest import Urls
from tests.postgres import Server

pytestmark = pytest.mark.anyio

# A key's rows are itself, `limit` times; those of the 13th cannot be read.
TIMES = Question(
    "select key, n / (key - 13) as n from unnest(%(keys)s::bigint[]) as asked (key)"
    " cross join generate_series(1, %(limit)s::bigint) as n",
    2,
)
ONCE = TIMES._replace(limit=1)
HALF, DOUBLE = (
    Question(
        "select 'half' as part, key, key / 2 as n from unnest(%(half)s::bigint[]) as asked (key) union all "
        "select 'double', key, key * 2 from unnest(%(double)s::bigint[]) as asked (key)",
        among=among,
    )
    for among in ("half", "double")
)


class Slow:
    """Answers when it is let, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[int]]] = []
        self.may = asyncio.Event()

    async def __call__(self, statement: Statement, asked: Mapping[Key, int]) -> Answer:
        self.asked.append((statement[1], [key for _, key in asked]))
        await self.may.wait()
        return Answer([{"part": among, "key": key} for among, key in asked], "primary")


async def begun(work: Awaitable[Answer]) -> "asyncio.Task[Answer]":
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


async def test_each_gets_its_own_rows(database: Database) -> None:
    answers = await asyncio.gather(*(database.reads.fetch(TIMES, number) for number in range(14, 200)))
    for number, answer in enumerate(answers, 14):
        assert [row["key"] for row in answer.rows] == [number, number]
        assert answer.source == "primary"


async def test_who_comes_alone_is_asked_for_at_once_and_the_rest_together() -> None:
    slow = Slow()
    reads = Coalesced(slow)
    first = await begun(reads.fetch(ONCE, 1))
    assert slow.asked == [(1, [1])]
    rest = [await begun(reads.fetch(question, number)) for number in (3, 4, 3) for question in (ONCE, TIMES)]
    assert len(slow.asked) == 1
    slow.may.set()
    await asyncio.gather(first, *rest)
    assert slow.asked[1:] == [(1, [3, 4]), (2, [3, 4])]


async def test_questions_of_one_statement_share_it(database: Database) -> None:
    slow = Slow()
    reads = Coalesced(slow)
    first = await begun(reads.fetch(HALF, 8))
    rest = [await begun(reads.fetch(question, 6)) for question in (HALF, DOUBLE)]
    slow.may.set()
    await asyncio.gather(first, *rest)
    assert slow.asked == [(1, [8]), (1, [6, 6])]

    questions = [HALF, DOUBLE, HALF, DOUBLE, DOUBLE]
    answers = await asyncio.gather(
        *(database.reads.fetch(each, key) for each, key in zip(questions, (8, 8, 6, 6, 2), strict=True))
    )
    assert [[row["n"] for row in answer.rows] for answer in answers] == [[4], [16], [3], [12], [4]]


async def test_a_query_that_takes_its_time_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalesced, "SLOW", 0.05)
    slow = Slow()
    reads = Coalesced(slow)
    first = await begun(reads.fetch(ONCE, 1))
    waiting = await begun(reads.fetch(ONCE, 2))
    await asyncio.sleep(0.1)
    last = await begun(reads.fetch(ONCE, 3))
    assert slow.asked == [(1, [1]), (1, [2, 3])]
    slow.may.set()
    await asyncio.gather(first, waiting, last)


async def test_a_query_under_way_is_nobody_elses() -> None:
    slow = Slow()
    reads = Coalesced(slow)
    same = [await begun(reads.fetch(ONCE, 1)) for _ in range(3)]
    slow.may.set()
    await asyncio.gather(*same)
    assert slow.asked == [(1, [1]), (1, [1])]


async def test_so_many_and_no_more_share_one() -> None:
    slow = Slow()
    reads = Coalesced(slow)
    first = await begun(reads.fetch(ONCE, 1))
    rest = [await begun(reads.fetch(ONCE, number)) for number in range(2, 102)]
    slow.may.set()
    await asyncio.gather(first, *rest)
    assert [len(numbers) for _, numbers in slow.asked] == [1, 64, 36]


async def test_one_who_gives_up_fails_nobody(database: Database) -> None:
    callers = [asyncio.ensure_future(database.reads.fetch(TIMES, number)) for number in range(20, 60)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    done = await asyncio.gather(*callers, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in done[::2])
    assert all(isinstance(answer, Answer) for answer in done[1::2])


async def test_a_caller_that_breaks_off_is_nobody_elses_loss() -> None:
    class Broken:
        def have(self, answer: Answer) -> None:
            raise ValueError(answer.source)

        def fail(self, error: Exception) -> None:
            raise error

    slow = Slow()
    reads = Coalesced(slow)
    first = await begun(reads.fetch(ONCE, 1))
    reads.ask(ONCE, 2, Broken())
    others = [await begun(reads.fetch(ONCE, number)) for number in (2, 3)]
    slow.may.set()
    with capture_logs() as told:
        await asyncio.gather(first, *others)
    assert slow.asked[1:] == [(1, [2, 3])]
    assert [each["event"] for each in told] == ["a caller broke off"]


async def test_rows_that_cannot_be_read_fail_nobody_else(database: Database) -> None:
    numbers = [*range(1, 40), 13]
    done = await asyncio.gather(*(database.reads.fetch(TIMES, number) for number in numbers), return_exceptions=True)
    for number, answer in zip(numbers, done, strict=True):
        assert isinstance(answer, psycopg.errors.DivisionByZero if number == 13 else Answer)


async def test_who_waits_for_a_database_that_is_gone_is_told_at_once() -> None:
    asked = []

    async def gone(_: Statement, keys: Mapping[Key, int]) -> Answer:
        asked.append(keys)
        await asyncio.sleep(0.05)
        raise Unavailable("gone", retry_after=2)

    reads = Coalesced(gone)
    done = await asyncio.gather(*(reads.fetch(ONCE, number) for number in range(200)), return_exceptions=True)
    assert all(isinstance(error, Unavailable) for error in done)
    assert len(asked) <= SHARED + 1


async def test_more_than_can_wait_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalesced, "FULL", 10)
    slow = Slow()
    reads = Coalesced(slow)
    callers = [await begun(reads.fetch(ONCE, number)) for number in range(10)]
    with pytest.raises(Unavailable, match="Too many"):
        await reads.fetch(ONCE, 11)
    slow.may.set()
    await asyncio.gather(*callers)
    assert (await reads.fetch(ONCE, 11)).rows


async def test_connections_that_broke_are_replaced(database: Database, database_urls: Urls) -> None:
    assert (await database.reads.fetch(TIMES, 1)).rows
    with psycopg.connect(database_urls.admin, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database()"
        )
    answers = await asyncio.gather(*(database.reads.fetch(TIMES, number) for number in range(14, 90)))
    assert all(len(answer.rows) == 2 for answer in answers)


async def test_a_query_that_dies_with_its_replica_is_asked_of_the_primary(
    settings: Settings, database_urls: Urls, postgres: Server
) -> None:
    name = database_urls.app.rpartition("/")[2]
    with postgres.standby("replica-3") as dying:
        url = dying.url(name, "atelier_read")
        async with Database(replace(settings, replica_urls=(url,))) as database:
            assert (await database.reads.fetch(TIMES, 1)).source == "replica-3"
            slow = Question("select pg_sleep(1)::text, unnest(%(keys)s::bigint[]) as key", 1)
            caught = [await begun(database.reads.fetch(slow, number)) for number in range(1, 5)]
            await asyncio.sleep(0.3)
            with psycopg.connect(dying.url("postgres"), autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep(1)%%'"
                )
            answers = await asyncio.gather(*caught)
            assert "primary" in {answer.source for answer in answers}
            assert [answer.rows[0]["key"] for answer in answers] == [1, 2, 3, 4]
