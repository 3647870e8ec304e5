"""What an answer must say, computed the slow way: from all reviews of a product, without rollups, indexes or orders.

Of what is sold there is nothing but the pages that are sent.
"""

import json
import math
from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random
from typing import Any

import psycopg
from psycopg.rows import dict_row

from loadtests.api.products import Products
from loadtests.api.subjects import KINDS

PRODUCTS = 40
_ROWS = """
select id, rating, summary, recommend, response, body, written_at at time zone 'utc' as written_at, reviewer_name,
    helpfulness_base + helpfulness_votes as helpfulness, photo_ids, photo_urls
from review where product_id = %s and visible and state in ('published', 'approved')
"""
_RATED = """
select c.id, c.name::text, (
    select (sum(r.ratings[i + 2])::numeric / count(*))::text
    from review as r cross join lateral generate_series(1, cardinality(r.ratings), 3) as i
    where r.product_id = c.product_id and r.visible and r.state in ('published', 'approved')
        and r.ratings[i + 1] = c.id
) as value
from characteristic as c where c.product_id = %s order by c.id
"""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- as the rows come, in UTC
_HALF_LIFE = 90 * 24 * 3600 * 1000
Db = psycopg.Connection[Any]
Answers = list[tuple[str, Any]]


def answers(url: str, products: Products, law: str, kinds: Iterable[str]) -> Answers:
    """Paths of these kinds and what they must answer, for some products that callers of this law ask for."""
    random, found = Random(7), []
    with psycopg.connect(url, row_factory=dict_row) as db:
        drawn = {products.draw(law, random) for _ in range(PRODUCTS)}
        for kind in kinds:
            found += [(KINDS[kind].format(product), _ANSWERS[kind](db, product)) for product in drawn]
    return found


def agrees(told: object, should: object) -> bool:
    """Whether an answer says what it must; it may say more."""
    if isinstance(should, dict):
        return isinstance(told, dict) and all(key in told and agrees(told[key], should[key]) for key in should)
    if isinstance(should, list):
        return isinstance(told, list) and len(told) == len(should) and all(map(agrees, told, should))
    return type(told) is type(should) and told == should


def _page(db: Db, product: int) -> dict[str, Any]:
    rows = db.execute(_ROWS, (product,)).fetchall()
    first = sorted(rows, key=lambda row: (_relevance(row), row["id"]), reverse=True)[:5]
    return {"product": str(product), "page": 1, "count": 5, "results": [_review(row) for row in first]}


def _relevance(row: dict[str, Any]) -> int:
    written = row["written_at"] - _EPOCH
    milliseconds = (written.days * 86_400 + written.seconds) * 1000 + written.microseconds // 1000
    return int(milliseconds + round(_HALF_LIFE * math.log(1 + row["helpfulness"]) / math.log(2)))


def _review(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "review_id": row["id"],
        **{name: row[name] for name in ("rating", "summary", "recommend", "body", "reviewer_name", "helpfulness")},
        "response": None if row["response"] == "null" else row["response"],
        "date": row["written_at"].isoformat(timespec="milliseconds") + "Z",
        "photos": [{"id": number, "url": url} for number, url in zip(row["photo_ids"], row["photo_urls"], strict=True)],
    }


def _meta(db: Db, product: int) -> dict[str, Any]:
    rows, rated = (db.execute(statement, (product,)).fetchall() for statement in (_ROWS, _RATED))
    stars = {str(star): sum(row["rating"] == star for row in rows) for star in range(1, 6)}
    yes = sum(row["recommend"] for row in rows)
    return {
        "product_id": str(product),
        "ratings": {star: str(count) for star, count in stars.items() if count},
        "recommended": {"false": str(len(rows) - yes), "true": str(yes)} if rows else {},
        "characteristics": {each["name"]: {"id": each["id"], "value": each["value"]} for each in rated},
    }


def _facts(db: Db, product: int) -> Any:
    return _kept(db, product)["facts"]


def _styles(db: Db, product: int) -> Any:
    return {"product_id": str(product), "results": _kept(db, product)["styles"]}


def _related(db: Db, product: int) -> Any:
    return _kept(db, product)["related"]


def _kept(db: Db, product: int) -> dict[str, Any]:
    page = db.execute("select facts, styles, related from product_page where product_id = %s", (product,)).fetchone()
    return {name: json.loads(text) for name, text in (page or {}).items()}


_ANSWERS: dict[str, Callable[[Db, int], Any]] = {
    "list": _page,
    "meta": _meta,
    "product": _facts,
    "styles": _styles,
    "related": _related,
}
