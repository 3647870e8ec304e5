"""Jobs that people ask for: carried out once, steered while they run, and taken up again where they stopped."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from backend.domain.jobs import JobState, Wish
from backend.domain.roles import Role
from backend.jobs import work
from backend.services import jobs
from backend.settings import Settings
from backend.store.database import Database, Row

pytestmark = pytest.mark.anyio


class Counting:
    """A job that counts to its total, a row at a time, and can be told what befalls it at a row."""

    def __init__(self) -> None:
        self.befalls: dict[int, BaseException] = {}
        self.reached: dict[int, asyncio.Event] = {}
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.calls = 0

    async def __call__(self, database: Database, settings: Settings, job: Row) -> Wish | None:
        self.calls += 1
        for row in range(job["done"], job["total"]):
            if error := self.befalls.pop(row, None):
                raise error
            if row in self.reached:
                self.reached[row].set()
                await self.goes_on.wait()
            async with database.write() as writer:
                wish = await jobs.advance(writer, job["id"], done=1, counts={"even": 1 - row % 2, "odd": row % 2})
            if wish:
                return wish
        return None


@pytest.fixture
def counting() -> Iterator[Counting]:
    work.WORK["counting"] = carrier = Counting()
    yield carrier
    del work.WORK["counting"]


async def ask(database: Database, actor: Actor = SYSTEM, total: int = 10) -> int:
    async with database.write() as writer:
        return await jobs.ask(writer, actor, "counting", total=total)


async def wish(database: Database, job_id: int, wanted: Wish, actor: Actor = SYSTEM) -> None:
    async with database.write() as writer:
        await jobs.wish(writer, actor, job_id, wanted)


async def job_of(database: Database, job_id: int) -> Row:
    async with database.read(fresh=True) as reader:
        return await jobs.one(reader, SYSTEM, job_id)


async def test_from_first_row_to_last(database: Database, settings: Settings, counting: Counting) -> None:
    job_id = await ask(database)
    await work.carry_out(database, settings, job_id)
    job = await job_of(database, job_id)
    assert (job["state"], job["done"], job["counts"]) == ("finished", 10, {"even": 5, "odd": 5})
    assert job["started_at"] <= job["finished_at"]
    await work.carry_out(database, settings, job_id)  # a second deferral finds nothing to do
    assert counting.calls == 1


async def test_it_is_deferred_with_its_transaction(database: Database) -> None:
    job_id = await ask(database)
    async with database.write() as writer:
        found = await writer.fetch_all("select args from procrastinate_jobs where task_name = 'work'")
    assert [row["args"] for row in found] == [{"job_id": job_id}]


async def test_paused_while_it_runs_and_resumed(database: Database, settings: Settings, counting: Counting) -> None:
    counting.reached[4] = asyncio.Event()
    counting.goes_on.clear()
    job_id = await ask(database)
    going = asyncio.create_task(work.carry_out(database, settings, job_id))
    await counting.reached[4].wait()
    await wish(database, job_id, Wish.PAUSE)
    counting.goes_on.set()
    await going
    job = await job_of(database, job_id)
    assert (job["state"], job["done"], job["wish"], job["finished_at"]) == ("paused", 5, None, None)
    await wish(database, job_id, Wish.RESUME)
    await work.carry_out(database, settings, job_id)
    job = await job_of(database, job_id)
    assert (job["state"], job["done"], job["done_before"]) == ("finished", 10, 5)


async def test_only_one_worker_carries_it_out(database: Database, settings: Settings, counting: Counting) -> None:
    counting.reached[0] = asyncio.Event()
    counting.goes_on.clear()
    job_id = await ask(database)
    going = asyncio.create_task(work.carry_out(database, settings, job_id))
    await counting.reached[0].wait()
    await work.carry_out(database, settings, job_id)
    assert counting.calls == 1
    counting.goes_on.set()
    await going
    assert (await job_of(database, job_id))["done"] == 10


async def test_a_database_that_went_away_brings_it_back(
    database: Database, settings: Settings, counting: Counting
) -> None:
    counting.befalls[3] = psycopg.OperationalError("gone")
    job_id = await ask(database)
    with pytest.raises(Unavailable):
        await work.carry_out(database, settings, job_id)
    assert (await job_of(database, job_id))["state"] == "running"
    await work.carry_out(database, settings, job_id)
    job = await job_of(database, job_id)
    assert (job["state"], job["counts"]) == ("finished", {"even": 5, "odd": 5})


@pytest.mark.parametrize(
    ("error", "told"),
    [(Invalid("There is no such product."), "There is no such product."), (KeyError("a customer's words"), "KeyError")],
)
async def test_what_breaks_ends_it_and_can_be_resumed(
    database: Database, settings: Settings, counting: Counting, error: Exception, told: str
) -> None:
    counting.befalls[2] = error
    job_id = await ask(database)
    await work.carry_out(database, settings, job_id)
    job = await job_of(database, job_id)
    assert job["state"] == "failed"
    assert told in job["error"]
    assert "customer" not in job["error"]
    await wish(database, job_id, Wish.RESUME)
    await work.carry_out(database, settings, job_id)
    job = await job_of(database, job_id)
    assert (job["state"], job["done"], job["error"]) == ("finished", 10, None)


async def test_cancelled_before_it_began(database: Database, settings: Settings, counting: Counting) -> None:
    job_id = await ask(database)
    await wish(database, job_id, Wish.CANCEL)
    await work.carry_out(database, settings, job_id)
    assert (await job_of(database, job_id))["state"] == JobState.CANCELLED
    assert counting.calls == 0
    with pytest.raises(Conflict):
        await wish(database, job_id, Wish.RESUME)


async def test_who_may_steer(database: Database, counting: Counting) -> None:
    async with database.write() as writer:
        ids = [
            row["id"]
            for row in await writer.fetch_all(
                "insert into user_account (email, name, role, password_hash)"
                " select n || '@example.org', n, 'moderator', '' from unnest(array['a', 'b']) as n returning id"
            )
        ]
    author, other = (Actor(kind="user", id=number, role=Role.MODERATOR) for number in ids)
    job_id = await ask(database, author)
    with pytest.raises(Forbidden):
        await wish(database, job_id, Wish.PAUSE, other)
    await wish(database, job_id, Wish.PAUSE, author)
    await wish(database, job_id, Wish.RESUME, Actor(kind="user", id=ids[1], role=Role.LEAD))
    with pytest.raises(NotFound):
        await wish(database, job_id + 1, Wish.PAUSE, author)


async def test_the_log(database: Database) -> None:
    job_id = await ask(database)
    async with database.write() as writer:
        await jobs.note(writer, job_id, "first")
        await jobs.note(writer, job_id, "second")
    async with database.read(fresh=True) as reader:
        assert [line["text"] for line in await jobs.lines(reader, SYSTEM, job_id)] == ["second", "first"]
