"""What the console needs beside the data: somebody signed in, words to be found, a year of decisions, tallies."""

import secrets

import psycopg

from backend.services import sessions, tallying
from backend.settings import Settings
from backend.store.database import Database
from loadtests.place import Db

DECISIONS = 250_000  # of a year, at full scale
_WORDS = (
    "drop index review_search_document_idx",
    """
    insert into review_search (review_id, product_id, document)
    select id, product_id, search_document(summary, body, reviewer_name) from review
    where not exists (select from review_search)
    """,
    "create index review_search_document_idx on review_search using gin (product_id, document)",
    "delete from search_due",
)
# As they would be counted, one quarter of an hour after the other.
_DECISIONS = """
insert into tally_decision (quarter, actor_kind, actor_id, outcome, was, reason, rating, waited, decisions)
select date_bin('15 minutes', now() - (1 - n::float / %(most)s) * interval '365 days', timestamptz 'epoch'), 'user', 1,
    case when mod(n, 3) = 0 then 'refused' else 'stood' end, 'reported',
    case when mod(n, 3) = 0 then (array['spam', 'offensive', 'off-topic', 'fake'])[1 + mod(n, 4)] end,
    1 + mod(n, 5), 20 + mod(n, 60), 1
from generate_series(1, %(most)s) as n
"""
_SOMEBODY = """
insert into user_account (email, name, role, password_hash) values (%s, 'Bench', 'administrator', '!') returning id
"""


def furnish(url: str, scale: float) -> str:
    """Furnish a database as its administrator; the token of a session in which somebody is signed in."""
    token = secrets.token_urlsafe(32)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("set maintenance_work_mem = '1GB'")
        for statement in _WORDS:
            db.execute(statement.encode())
        db.execute(_DECISIONS.encode(), {"most": round(DECISIONS * scale) + 1})
        _sign_in(db, token)
        db.execute("vacuum (analyze) review_search, tally_decision, moderation_case")
    return token


async def count(environment: dict[str, str]) -> None:
    """What the worker counts ahead."""
    async with Database(Settings.from_environment(environment)) as database:
        await tallying.tally(database)


def _sign_in(db: Db, token: str) -> None:
    row = db.execute(_SOMEBODY.encode(), (f"bench-{token[:8]}@example.org",)).fetchone()
    assert row is not None
    db.execute(
        sessions.queries["start_session"],
        {"token_hash": sessions.token_hash(token), "user_id": row[0], "lifetime": sessions.LIFETIME},
    )
