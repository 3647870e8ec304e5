"""What callers know of the data before they ask: its products, reviews to vote for, and reviews that they could write.

Requests are made whole ahead of time, so that who sends them only sends.
"""

import json
from dataclasses import dataclass
from random import Random

import psycopg

from backend.store.tables.base import BORN_HERE
from loadtests.api.products import Products
from loadtests.api.statements import BODY
from loadtests.place import Db

SAMPLE = 20_000
NUMBER = "\t"  # stands for nine digits
BREAK = "\v"  # stands for the end of a line of HTTP
_PRODUCTS = """
select (select max(id) from product),
    (select product_id from product_rollup
     order by stars_1 + stars_2 + stars_3 + stars_4 + stars_5 desc, product_id limit 1)
"""
_SPAN = "select min(id), max(id) from review where id < %(born)s"
_SPAN_OF = f"{_SPAN} and visible and product_id = %(product)s"
_REVIEWS = "select id from review where id = any(%(ids)s) and (%(product)s::int is null or product_id = %(product)s)"
_DRAFTS = """
select p.id, array(select c.id from characteristic as c where c.product_id = p.id order by c.id)
from product as p where p.id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one database; the same for the same data. `reviews` and `drafts` have a key for each law of writes.

    A draft is a request but for its method. `spans` are the first and the last id of the reviews that may get votes.
    """

    products: Products
    spans: dict[str, tuple[int, int]]
    reviews: dict[str, list[int]]
    drafts: dict[str, list[str]]


def learn(url: str) -> Facts:
    """Ask a database."""
    random = Random(2026)
    with psycopg.connect(url) as db:
        count, hot = db.execute(_PRODUCTS).fetchone() or (0, 0)
        products = Products(count, hot)
        only = {"random": None, "hot": hot}
        spans = {law: _span(db, product) for law, product in only.items()}
        reviews = {law: _reviews(db, spans[law], product, random) for law, product in only.items()}
        some = [products.draw("random", random) for _ in range(min(SAMPLE, count))]
        drafts = {"random": _drafts(db, some), "hot": _drafts(db, [hot])}
    return Facts(products, spans, reviews, drafts)


def vote(review: int) -> str:
    """A request but for its method."""
    return f"/reviews/{review}/helpful HTTP/1.1{BREAK}Host: bench{BREAK}Content-Length: 0{BREAK}{BREAK}"


def _span(db: Db, product: int | None) -> tuple[int, int]:
    statement = _SPAN if product is None else _SPAN_OF
    first, last = db.execute(statement, {"born": BORN_HERE, "product": product}).fetchone() or (0, 0)
    return first, last


def _reviews(db: Db, span: tuple[int, int], product: int | None, random: Random) -> list[int]:
    ids = [random.randint(*span) for _ in range(SAMPLE)]
    return [row[0] for row in db.execute(_REVIEWS, {"ids": ids, "product": product})]


def _drafts(db: Db, ids: list[int]) -> list[str]:
    return [_draft(product, characteristics) for product, characteristics in db.execute(_DRAFTS, (ids,))]


def _draft(product: int, characteristics: list[int]) -> str:
    body = json.dumps(
        {
            "product_id": product,
            "rating": 4,
            "summary": "As it should be",
            "body": BODY,
            "recommend": True,
            "name": "Olga",
            "email": f"bench{NUMBER}@example.org",
            "photos": [],
            "characteristics": {str(each): 4 for each in characteristics},
        },
        separators=(",", ":"),
    ).replace(json.dumps(NUMBER)[1:-1], NUMBER)
    length = len(body) + len("123456789") - len(NUMBER)
    head = ("/reviews HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {length}", "", "")
    return BREAK.join(head) + body
