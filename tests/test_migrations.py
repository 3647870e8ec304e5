"""The schema's way up and down, and that the tables in code are the tables in the database."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic import command
from alembic import config as alembic
from alembic.script import ScriptDirectory

from backend.commands.linting import offline_sql
from backend.domain.errors import Misconfigured
from backend.store import migrations
from tests.conftest import Urls
from tests.postgres import Server

SHAPE = """
    select 'column', table_name, column_name, data_type || coalesce(' default ' || column_default, '') || is_nullable
    from information_schema.columns where table_schema = 'public'
    union all
    select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select 'function', proname, pg_get_function_identity_arguments(oid),
        replace(prosrc, E'\\t', '    ')  -- as Alembic prints it
    from pg_proc where pronamespace = 'public'::regnamespace and not exists (
        -- Extensions stay: others in the same database may use them.
        select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')
    union all
    select 'type', typname, '', ''
    from pg_type where typnamespace = 'public'::regnamespace and typelem = 0 and not exists (
        select from pg_depend where classid = 'pg_type'::regclass and objid = pg_type.oid and deptype = 'e')
    union all
    select 'schema', nspname, nspacl::text, '' from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all
    select 'right', table_name, grantee, privilege_type from information_schema.role_table_grants
    where table_schema = 'public'
    order by 1, 2, 3, 4
"""


def shape(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(SHAPE).fetchall()


@pytest.fixture
def empty(postgres: Server) -> str:
    """The owner's address of a database that holds nothing yet."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("drop database if exists migrating with (force)")
        connection.execute("create database migrating owner atelier_owner")
    return postgres.url("migrating", "atelier_owner")


def test_tables_in_code_are_the_tables_in_the_database(postgres: Server) -> None:
    command.check(migrations.config(postgres.url("template_atelier", "atelier_owner")))


def test_down_leaves_nothing_and_up_again_by_alembic_itself_the_same(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = shape(empty)
    migrations.upgrade(empty)
    first = shape(empty)
    command.downgrade(migrations.config(empty), "base")
    left = [row for row in shape(empty) if row not in nothing and "alembic_version" not in row[1]]
    assert left == []
    monkeypatch.setenv("ATELIER_OWNER_URL", empty)
    alembic.main(["-c", str(migrations.ROOT / "alembic.ini"), "upgrade", "head"])
    assert shape(empty) == first


def test_sql_without_a_database_makes_the_same_database(empty: str, postgres: Server) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        for _, statements in offline_sql():
            # What stands outside of a transaction cannot share a round trip with another statement.
            for at, part in enumerate(re.split(r"^(?:BEGIN|COMMIT);$", statements, flags=re.MULTILINE)):
                inside = at % 2
                for statement in [part] if inside else part.split(";\n"):
                    if statement.strip():
                        connection.execute(statement.encode())
    assert shape(empty) == shape(postgres.url("template_atelier", "atelier_owner"))


def test_every_table_says_what_it_holds(postgres: Server) -> None:
    silent = """
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
          and relname not like 'procrastinate%' and relname <> 'alembic_version' and obj_description(oid) is null
    """
    with psycopg.connect(postgres.url("template_atelier")) as connection:
        assert connection.execute(silent).fetchall() == []


def test_no_migration_may_wait_long_for_a_lock_but_for_an_index_beside_the_writers() -> None:
    limits: dict[str, str] = {}
    gone: set[str] = set()
    for revision, statements in offline_sql():
        for line in statements.splitlines():
            if found := re.match(r"set (lock|statement)_timeout = '?(\w+)'?;", line):
                limits[found[1]] = found[2]
            elif found := re.match(r"(DROP|CREATE) INDEX CONCURRENTLY IF (?:NOT )?EXISTS (\w+)", line):
                assert limits == {"lock": "0", "statement": "0"}, (revision, line)
                # What an attempt that was broken off has left would be taken for the index.
                assert found[1] == "DROP" or found[2] in gone, (revision, line)
                gone.add(found[2])
            elif re.match(r"(?i)(create|alter|drop|update|insert|delete)\b", line):
                assert "CONCURRENTLY" not in line, (revision, line)
                assert limits == {"lock": "4s", "statement": "15min"}, (revision, line)


def test_who_waits_for_another_migrator_holds_up_none_of_its_indexes(database_urls: Urls) -> None:
    looking = "select count(*) from pg_stat_activity where query like 'select pg_try_advisory_lock(%'"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database_urls.admin, autocommit=True) as other:
        other.execute("select pg_advisory_lock(7226001)")
        waiting = pool.submit(migrations.upgrade, database_urls.owner)
        while other.execute(looking).fetchone() == (0,) and not waiting.done():
            time.sleep(0.05)
        assert not waiting.done()
        other.execute("create index concurrently noted_idx on product (name)")
        other.execute("drop index noted_idx")
        other.execute("select pg_advisory_unlock(7226001)")
        waiting.result(20)


@pytest.mark.long
def test_a_lock_that_is_not_had_costs_the_revision_and_none_before_it(empty: str) -> None:
    command.upgrade(migrations.config(empty), "0001")
    with psycopg.connect(empty) as other:
        other.execute("select from event")  # which 0003 changes, while this transaction lasts
        with pytest.raises(Misconfigured, match="somebody holds what it needs"):
            migrations.upgrade(empty)
        assert migrations.current(empty) == "0002"
    migrations.upgrade(empty)
    assert migrations.current(empty) == migrations.head()


@pytest.mark.long
def test_an_index_beside_the_writers_waits_for_a_long_transaction(empty: str) -> None:
    command.upgrade(migrations.config(empty), "0013")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(empty) as other:
        other.execute("lock table event in row exclusive mode")  # as who writes there
        building = pool.submit(migrations.upgrade, empty)
        time.sleep(5)  # longer than any other statement would wait
        assert not building.done()
        other.rollback()
        building.result(20)
    assert migrations.current(empty) == migrations.head()


def test_the_revisions_read_from_their_files_are_those_of_alembic() -> None:
    script = ScriptDirectory.from_config(migrations.config())
    assert migrations.head() == script.get_current_head()
    assert migrations.known() == {each.revision for each in script.walk_revisions()}


def test_a_database_that_nobody_named_is_said() -> None:
    with pytest.raises(Misconfigured, match="ATELIER_DATABASE_URL"):
        migrations.current("")
