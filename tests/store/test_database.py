"""A Reader cannot write, a Writer commits all or nothing, and a lost connection is survived."""

import psycopg
import pytest

from backend.domain.errors import Invalid, Misconfigured, TimedOut
from backend.settings import Settings
from backend.store.database import Database
from tests.conftest import Urls

pytestmark = pytest.mark.anyio


async def test_a_reader_refuses_to_write(database: Database) -> None:
    async with database.read() as reader:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await reader.fetch_all("insert into product (id) values (1) returning id")


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        async with database.write() as writer:
            await writer.execute("insert into product (id) values (1)")
            raise ValueError("on purpose")
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from product") == 0


async def test_a_deferred_job_goes_with_its_transaction(database: Database) -> None:
    async with database.write() as writer:
        await writer.defer("import", run_id=1)
    with pytest.raises(ValueError, match="on purpose"):
        async with database.write() as writer:
            await writer.defer("import", run_id=2)
            raise ValueError("on purpose")
    async with database.read() as reader:
        jobs = await reader.fetch_all("select task_name, args from procrastinate_jobs")
    assert jobs == [{"task_name": "import", "args": {"run_id": 1}}]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_what_no_text_can_hold_is_the_callers_fault(database: Database, text: str) -> None:
    async with database.read() as reader:
        with pytest.raises(Invalid):
            await reader.fetch_value("select %s::text", (text,))
    async with database.write() as writer:
        with pytest.raises(Invalid):
            await writer.execute("update product set name = %s", (text,))
        assert await writer.fetch_value("select 1") == 1


async def test_a_time_limit_says_so(database: Database) -> None:
    async with database.read() as reader:
        with pytest.raises(TimedOut):
            await reader.fetch_value("select pg_sleep(5)", limit_ms=50)
        assert await reader.fetch_value("select 1") == 1


def end_all_connections(urls: Urls) -> None:
    with psycopg.connect(urls.admin, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


async def test_a_transaction_outlives_a_time_limit_and_forgets_it(database: Database) -> None:
    async with database.write() as writer:
        before = await writer.fetch_value("show statement_timeout")
        with pytest.raises(TimedOut):
            await writer.fetch_value("select pg_sleep(5)", limit_ms=20)
        assert await writer.fetch_value("select 1", limit_ms=1_000) == 1
        assert await writer.fetch_value("show statement_timeout") == before
        assert await writer.execute("insert into reason (code, position, title, explanation) values ('x', 9, 'X', 'X')")
    async with database.read(fresh=True) as reader:
        assert await reader.fetch_value("select 1 from reason where code = 'x'") == 1


async def test_reads_and_writes_survive_a_restart_of_the_server(database: Database, database_urls: Urls) -> None:
    async with database.read() as reader:
        assert await reader.fetch_value("select 1") == 1
    async with database.write() as writer:
        await writer.execute("insert into product (id) values (1)")
    end_all_connections(database_urls)
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from product") == 1
    async with database.write() as writer:
        await writer.execute("insert into product (id) values (2)")


async def test_a_statement_alone_is_a_transaction(database: Database, database_urls: Urls) -> None:
    insert = "insert into product (id) values (%(id)s) returning id"
    assert await database.write_alone(insert, {"id": 1}) == {"id": 1}
    end_all_connections(database_urls)
    assert await database.write_alone(insert, {"id": 2}) == {"id": 2}
    with pytest.raises(psycopg.errors.UniqueViolation):
        await database.write_alone(insert, {"id": 2})
    assert await database.write_alone("delete from product where id = 3 returning id") is None
    async with database.read() as reader:
        assert await reader.fetch_value("select count(*) from product") == 2


async def test_a_server_that_is_not_there_is_said_in_one_line(settings: Settings) -> None:
    from dataclasses import replace

    nobody = replace(settings, database_url="postgresql://someone@127.0.0.1:1/atelier")
    with pytest.raises(Misconfigured, match="ATELIER_DATABASE_URL"):
        async with Database(nobody):
            pass
