"""Everything a database holds, as it can be compared with another: every column of every table but run ids, times and
sequence values. A file stands for its id, and what an event did for its number.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

Row = dict[str, Any]

# The queue, what is counted ahead, what instances agree upon and tell of themselves, and the schema's own number are no
# result of a run.
_TABLES = """
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and relname !~ '^(procrastinate|tally|metric)_'
        and relname not in ('alembic_version', 'replica', 'replica_lease', 'instance', 'alert')
    order by relname
"""
_TIMES = """
    select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = %s and data_type = 'timestamp with time zone'
        and (table_name, column_name) <> ('review', 'written_at')
"""
# Slots by themselves mean nothing; rejects in words.
_INSTEAD: dict[str, LiteralString] = {
    "import_reject": "select * from import_rejected",
    "product_rollup": """
        select product_id, sum(stars_1) as s1, sum(stars_2) as s2, sum(stars_3) as s3, sum(stars_4) as s4,
            sum(stars_5) as s5, sum(recommended) as yes, sum(not_recommended) as no,
            rollup_sum(characteristics) as rated
        from product_rollup group by product_id
        having (sum(stars_1), sum(stars_2), sum(stars_3), sum(stars_4), sum(stars_5)) <> (0, 0, 0, 0, 0)
    """,
}
# Ids that sequences give, and what a run tells of its way: where it was, when, how often it entered a stage.
# What columns hold is told by the compiled pass alone, which a worker has where it was ready in time.
_LEFT_OUT = {
    "event": {"id"},
    "import_file": {"id", "quality"},
    "import_reject": {"id", "signatures"},  # these stand with their counts
    "import_signature": {"id", "offsets"},  # in the order in which they were written
    "import_run": {"stages", "checkpoint"},
    "moderation_case": {"due", "reach"},  # a time, too; and what chores count anew once an hour
}
_FILES = {"file_id", "source_file"}
_EVENTS = {"event_id", "reverse_event_id", "undoes"}


def picture(url: str) -> dict[str, list[str]]:
    """Each table's rows, as text and in order."""
    with psycopg.connect(url, row_factory=dict_row) as db:
        files = {row["id"]: f"{row['run_id']}/{row['name']}" for row in db.execute("select * from import_file")}
        events = {row["id"]: _what(row, files) for row in db.execute("select * from event")}
        found = {}
        for name in [row["name"] for row in db.execute(_TABLES)]:
            out = {row["name"] for row in db.execute(_TIMES, (name,))} | _LEFT_OUT.get(name, set())
            query = SQL(_INSTEAD[name]) if name in _INSTEAD else SQL("select * from {}").format(Identifier(name))
            rows = db.execute(SQL("select to_jsonb(t) as row from ({}) as t").format(query))
            found[name] = sorted(str(_plain(row["row"], out, files, events)) for row in rows)
    return found


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """What stands in one of two pictures alone, at most a few rows of each table."""
    told = []
    for table in sorted(one.keys() | other.keys()):
        a, b = one.get(table, []), other.get(table, [])
        if a != b:
            told.append(f"{table}: {len(a)} rows, then {len(b)}")
            told += [f"  - {row}" for row in a if row not in b][:3]
            told += [f"  + {row}" for row in b if row not in a][:3]
    return told


def _what(event: Row, files: dict[int, str]) -> str:
    kind, _, number = (event["cause"] or "").partition(" ")
    about = files[int(number)] if kind == "file" else event["cause"]
    return f"{event['action']} {event['subject_kind']} {event['subject_id']} {about}"


def _plain(value: Any, out: set[str], files: dict[int, str], events: dict[int, str]) -> Any:
    if not isinstance(value, dict):
        return value
    plain = {}
    for key in sorted(value.keys() - out):
        item = value[key]
        if key in _FILES:
            plain[key] = files.get(item, item)
        elif key in _EVENTS:
            plain[key] = events.get(item, item)
        elif key == "cause" and str(item).startswith("file "):
            plain[key] = files[int(item.removeprefix("file "))]
        elif not key.endswith("_at") or key == "written_at":
            plain[key] = _plain(item, set(), files, events)
    return plain
