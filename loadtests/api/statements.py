"""What pgbench runs: the very statements of backend/store/sql, for one request each, and those of the usual design."""

import re
from collections.abc import Mapping
from pathlib import Path

from backend.store import sql
from loadtests.api.products import Products

BODY = "Plain and sturdy, and it fits as the others here said it would. A week of rain has done it no harm at all."
_READS = {
    "list": ("reviews", "list_relevant"),
    "meta": ("reviews", "numbers"),
    "product": ("catalogue", "facts"),
    "styles": ("catalogue", "styles"),
    "related": ("catalogue", "related"),
}
_LIMITS = {"limit": "5", "offset": "0"}
# In place of the array that a caller sends: the product's own characteristics, which costs a look into their index.
_OWN = "own as materialized (select array_agg(id) as ids from characteristic where product_id = :product_id)"
_IDS = "(select ids from own)"
_DRAFT = {
    "rating": "4",
    "recommend": "true",
    "summary": "'As it should be'",
    "body": f"'{BODY}'",
    "name": "'Olga'",
    "email": "'bench@example.org'",
    "fingerprint": "gen_random_uuid()",
    "voter": "null",
    "state": "'published'",
    "verified": "false",
    "incentivized": "false",
    "photos": "'{}'",
    "examined": "false",
    "characteristics": _IDS,
    "values": f"array_fill(4, array[cardinality({_IDS})])",
}


def reads(what: str, products: Products, law: str, *, usual: bool = False) -> str:
    """For a kind of read, of one product."""
    if usual:
        statement = _usual()[what] % {"product_id": ":product_id"}
    else:
        file, name = _READS[what]
        keys = dict.fromkeys(("keys", name), "array[:product_id]")
        statement = sql.load(file)[name] % {"product_id": ":product_id", **keys, **_LIMITS}
    return f"\\set product_id {products.pgbench(law)}\n{_bare(statement)};\n"


def submit(products: Products, law: str) -> str:
    """The transaction that takes a review with all of its product's characteristics rated, and no photos."""
    insert = _bare(sql.load("submit")["insert_review"] % (_DRAFT | {"product_id": ":product_id"}))
    return f"\\set product_id {products.pgbench(law)}\n{insert.replace('with fresh', f'with {_OWN}, fresh', 1)};\n"


def helpful(first: int, last: int) -> str:
    """The transaction that counts a vote, for any of these reviews."""
    vote = _bare(sql.load("votes")["count_vote"] % {"review_id": ":review_id"})
    return f"\\set review_id random({first}, {last})\nbegin;\n{vote};\nend;\n"


def _bare(statement: str) -> str:
    """Without comments: pgbench takes a semicolon in one for the end of the statement."""
    return "\n".join(line for line in statement.splitlines() if not line.startswith("--")).strip()


def _usual() -> Mapping[str, str]:
    text = Path(__file__).with_name("usual.sql").read_text(encoding="utf-8")
    return dict(re.findall(r"^-- name: (\w+)\n(.*?)(?=^-- name:|\Z)", text, re.MULTILINE | re.DOTALL))
