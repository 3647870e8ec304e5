"""Clean databases, one after the other: a copy of the migrated template, emptied after each test.

Making and dropping one costs more than most tests. So one that a test has left in its shape is emptied and lent again:
the same tables with the template's rows, sequences at their beginning, nothing learned about what stood there. A test
that changed the shape (a table, a right, a setting) costs a new copy, as does one whose end cannot be trusted.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from tests.postgres import Server

TEMPLATE = "template_atelier"
Connection = psycopg.Connection[tuple[Any, ...]]
_numbers = itertools.count(1)

# Everything but rows that a copy has from the template, object ids included, in one word.
_SHAPE = """
with ours as (
    select c.* from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname !~ '^(pg_|information_)'
)
select sum(hashtextextended(part, 0)) from (
    select concat_ws(' ', 'class', oid, relname, relkind, relpersistence, relowner, relacl, reloptions) from ours
    union all
    select concat_ws(' ', 'column', attrelid, attnum, attname, atttypid, attnotnull, attisdropped, attacl)
    from pg_attribute where attrelid in (select oid from ours)
    union all
    select concat_ws(' ', 'constraint', oid, conname, convalidated) from pg_constraint
    union all
    select concat_ws(' ', 'index', indexrelid, indisvalid) from pg_index where indrelid in (select oid from ours)
    union all
    select concat_ws(' ', 'function', oid, proacl, md5(prosrc)) from pg_proc where oid >= 16384
    union all
    select concat_ws(' ', 'trigger', oid, tgenabled) from pg_trigger
    union all
    select concat_ws(' ', 'namespace', oid, nspname, nspacl) from pg_namespace where nspname !~ '^pg_t'
    union all
    select concat_ws(' ', 'setting', setrole, setconfig) from pg_db_role_setting
    where setdatabase = (select oid from pg_database where datname = current_database())
    union all
    select concat_ws(' ', 'large object', oid) from pg_largeobject_metadata
) as parts (part)
"""
# The tables that hold something, with the bytes of each; what was emptied by VACUUM has none. Looked up in their files:
# `pg_relation_size` would open every one of them.
_FILLED = """
select relname, pg_total_relation_size(oid) from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and (pg_stat_file(pg_relation_filepath(oid))).size > 0
"""
_MUCH = 4_000_000  # bytes that are sooner dropped with their files than deleted row by row
_SEQUENCES = "select seqrelid, seqstart, pg_sequence_last_value(seqrelid) from pg_sequence order by seqrelid"
_END_OTHERS = """
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""


@dataclass
class Databases:
    """The databases of one server that has the template."""

    server: Server
    _clean: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self._connect(TEMPLATE) as db:
            self._shape = _shape(db)
            self._seeds = {name: _rows(db, name) for name in _filled(db)}
            self._sequences = {oid: (start, last) for oid, start, last in db.execute(_SEQUENCES)}

    def lend(self) -> str:
        """The name of a database like the template."""
        if self._clean:
            return self._clean.pop()
        name = f"atelier_{next(_numbers)}"
        with self._connect("postgres") as db:
            db.execute(
                sql.SQL("create database {} template {} owner atelier_owner strategy file_copy").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE)
                )
            )
        return name

    def take_back(self, name: str) -> None:
        """Whatever the test did to it, and to its connections."""
        try:
            with self._connect(name) as db:
                db.execute(_END_OTHERS)
                is_clean = _shape(db) == self._shape and self._empty(db)
        except psycopg.Error:
            is_clean = False  # the test may have crashed the server
        if is_clean:
            self._clean.append(name)
            return
        with self._connect("postgres") as db:
            db.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def _empty(self, db: Connection) -> bool:
        """Leave nothing but the template's rows; false where those were changed."""
        filled = _filled(db)
        if any(name not in filled or _rows(db, name) != rows for name, rows in self._seeds.items()):
            return False
        if used := filled.keys() - self._seeds.keys():
            names = sql.SQL(", ").join(map(sql.Identifier, sorted(used)))
            if sum(filled[name] for name in used) > _MUCH:
                db.execute(sql.SQL("truncate {} cascade").format(names))
            else:
                # A tenth of what TRUNCATE takes, which gives every index of all that refers to these a new file.
                db.execute("set session_replication_role = replica")  # no foreign key asks
                each = (sql.SQL("delete from {}").format(sql.Identifier(name)) for name in used)
                db.execute(sql.SQL("; ").join(each))
                db.execute(sql.SQL("vacuum (index_cleanup on) {}").format(names))
                if _filled(db).keys() != self._seeds.keys():
                    return False
        for oid, _, last in db.execute(_SEQUENCES).fetchall():
            start, before = self._sequences[oid]
            if last != before:
                db.execute("select setval(%s::oid::regclass, %s, %s)", (oid, before or start, before is not None))
        db.execute("set allow_system_table_mods = on")
        db.execute("delete from pg_statistic where starelid >= 16384")
        db.execute("update pg_class set reltuples = -1, relpages = 0 where oid >= 16384 and reltuples >= 0")
        return True

    def _connect(self, name: str) -> Connection:
        return psycopg.connect(self.server.url(name), autocommit=True)


def _shape(db: Connection) -> str:
    (shape,) = db.execute(_SHAPE).fetchone() or ("",)
    return str(shape)


def _filled(db: Connection) -> dict[str, int]:
    """The tables that hold something, and how many bytes with their indexes."""
    return dict(db.execute(_FILLED).fetchall())


def _rows(db: Connection, table: str) -> list[str]:
    statement = sql.SQL("select t::text from {} as t order by 1").format(sql.Identifier("public", table))
    return [row for (row,) in db.execute(statement)]
