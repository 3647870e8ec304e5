"""The schema's way up and down, and that the tables in code are the tables in the database."""

import re

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from backend.commands.linting import offline_sql
from backend.domain.errors import Misconfigured
from backend.store import migrations
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


def test_down_leaves_nothing_and_up_again_the_same(empty: str) -> None:
    nothing = shape(empty)
    migrations.upgrade(empty)
    first = shape(empty)
    command.downgrade(migrations.config(empty), "base")
    left = [row for row in shape(empty) if row not in nothing and "alembic_version" not in row[1]]
    assert left == []
    migrations.upgrade(empty)
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


def test_no_migration_may_wait_long_for_a_lock() -> None:
    for revision, statements in offline_sql():
        assert "set lock_timeout" in statements, revision
        assert "set statement_timeout" in statements, revision


def test_the_revisions_read_from_their_files_are_those_of_alembic() -> None:
    script = ScriptDirectory.from_config(migrations.config())
    assert migrations.head() == script.get_current_head()
    assert migrations.known() == {each.revision for each in script.walk_revisions()}


def test_a_database_that_nobody_named_is_said() -> None:
    with pytest.raises(Misconfigured, match="ATELIER_DATABASE_URL"):
        migrations.current("")
