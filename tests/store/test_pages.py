"""A product's page is what a plain reading of the tables makes of it, byte for byte."""

import json
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.store import pages
from backend.store.database import Database
from tests.conftest import Urls
from tests.examples import tried

Row = dict[str, Any]
PRODUCTS = range(1, 4)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
prices = st.decimals(0, 999, places=2) | st.decimals(0, 999, places=0)
ids = st.integers(1, 99)


def rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries({"id": ids, **columns}), max_size=4, unique_by=lambda row: row["id"])


owners = st.sampled_from(PRODUCTS)
shelves = st.fixed_dictionaries(
    {
        "product": st.lists(
            st.fixed_dictionaries(
                {
                    "id": owners,
                    "name": st.none() | texts,
                    "category": st.none() | texts,
                    "default_price": st.none() | prices,
                    "delivered_hash": st.none() | st.just(7),
                }
            ),
            unique_by=lambda row: row["id"],
        ),
        "feature": rows(product_id=owners, feature=texts, value=texts),
        "style": rows(
            product_id=owners,
            name=texts,
            original_price=prices,
            sale_price=st.none() | prices,
            default_style=st.booleans(),
        ),
        "sku": rows(style_id=st.integers(1, 9), size=texts, quantity=st.integers(0, 2**31 - 1)),
        "style_photo": rows(style_id=st.integers(1, 9), url=texts, thumbnail_url=texts),
        "related": rows(product_id=owners, related_id=st.integers(4, 6)),
    }
)


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def price(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def naive(shelf: dict[str, list[Row]]) -> dict[int, tuple[str, str, str]]:
    """The pages, put together row by row."""
    by_id = {name: sorted(each, key=lambda row: row["id"]) for name, each in shelf.items()}
    made = {}
    for product in by_id["product"]:
        if product["name"] is None and product["delivered_hash"] is None:
            continue

        def of(name: str, owner: int = product["id"], column: str = "product_id") -> list[Row]:
            return [row for row in by_id[name] if row[column] == owner]

        facts = {
            "id": product["id"],
            "name": product["name"] or "",
            "slogan": "",
            "description": "",
            "category": product["category"] or "",
            "default_price": price(product["default_price"]) or "",
            "features": [{"feature": row["feature"], "value": row["value"]} for row in of("feature")],
        }
        styles = [
            {
                "style_id": style["id"],
                "name": style["name"],
                "original_price": price(style["original_price"]) or "",
                "sale_price": price(style["sale_price"]),
                "default?": style["default_style"],
                "photos": [
                    {"thumbnail_url": row["thumbnail_url"], "url": row["url"]}
                    for row in of("style_photo", style["id"], "style_id")
                ],
                "skus": {
                    str(row["id"]): {"quantity": row["quantity"], "size": row["size"]}
                    for row in of("sku", style["id"], "style_id")
                },
            }
            for style in of("style")
        ]
        related = list(dict.fromkeys(row["related_id"] for row in of("related")))
        made[product["id"]] = (compact(facts), compact(styles), compact(related))
    return made


def stored(db: psycopg.Connection[Any]) -> dict[int, tuple[str, str, str]]:
    found = db.execute("select product_id, facts, styles, related from product_page").fetchall()
    return {product: (facts, styles, related) for product, facts, styles, related in found}


@tried(60)
@given(shelf=shelves, later=shelves)
def test_a_page_is_what_its_sources_say(
    database_urls: Urls, shelf: dict[str, list[Row]], later: dict[str, list[Row]]
) -> None:
    with psycopg.connect(database_urls.app) as db:
        for each in (shelf, later):
            for table, many in each.items():
                db.execute(f"delete from {table}")
                for row in many:
                    names = ", ".join(row)
                    places = ", ".join(f"%({name})s" for name in row)
                    db.execute(f"insert into {table} ({names}) values ({places})", row)
            # The second finds pages of the first: changed, gone, or as they were.
            db.execute(pages.WRITE, {"ids": list(PRODUCTS)})
            assert stored(db) == naive(each)
            assert db.execute(pages.DRIFT, {"first": 1, "last": 9}).fetchone() == (0, None)
        db.execute(
            "insert into product_page values (9, '{}', '[]', '[]')"
            " on conflict (product_id) do update set facts = excluded.facts"
        )
        assert db.execute(pages.DRIFT, {"first": 1, "last": 9}).fetchone() == (1, 9)
        db.rollback()


@pytest.mark.anyio
async def test_a_writer_makes_the_pages_it_names(database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("insert into product (id, name) values (1, 'Onesie'), (2, 'Joggers')")
        await pages.lock(writer, [2, 1])
        await pages.write(writer, [1])
        await pages.write(writer, [])
        assert await writer.fetch_value("select array_agg(product_id) from product_page") == [1]
