"""The data that the API is measured on: as large and as skewed as it is told to be, and the same in both designs."""

import json
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from backend.store import sql
from loadtests import delivery
from loadtests.api import expected, facts, filling, pgbench, statements
from loadtests.api.products import LAWS, Products
from loadtests.api.subjects import MIXES
from loadtests.delivery.plan import CHARACTERISTICS, HOT, PHOTOS, PRODUCTS, RATINGS, REVIEWS
from tests.postgres import Server

SCALE = 0.001
USUAL = """
select product_id, rating, count(*), count(*) filter (where recommend)
from usual.reviews where not reported group by 1, 2
"""
OURS = """
select product_id, star, n, null from product_rollup
cross join lateral (values (1, stars_1), (2, stars_2), (3, stars_3), (4, stars_4), (5, stars_5)) as s (star, n)
where n > 0
"""
USUAL_RATED = """
select c.product_id, c.id, count(*)::int, sum(g.value)::int
from usual.ratings as g join usual.characteristics as c on c.id = g.characteristic_id
join usual.reviews as r on r.id = g.review_id where not r.reported group by 1, 2
"""
OURS_RATED = """
select product_id, characteristics[i], characteristics[i + 1], characteristics[i + 2]
from product_rollup cross join lateral generate_series(1, cardinality(characteristics), 3) as i
"""


@pytest.fixture(scope="module")
def filled(postgres: Server) -> Iterator[str]:
    """The address of a database that holds the data."""
    name = "bench_filled"
    # Not below pytest's own folder, which the server's account may not enter.
    folder = Path(tempfile.mkdtemp(prefix="atelier-delivery-"))
    folder.chmod(0o755)
    delivery.write(folder / "files", scale=SCALE, dirt=0)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as db:
        db.execute(f"create database {name} template template_atelier owner atelier_owner strategy file_copy".encode())
        try:
            filling.fill(postgres.url(name), folder / "files")
            yield postgres.url(name)
        finally:
            db.execute(f"drop database {name} with (force)".encode())
            shutil.rmtree(folder)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as db:
        return db.execute(statement.encode()).fetchall()


def test_it_is_as_large_and_as_skewed_as_told(filled: str) -> None:
    counted = "select (select count(*) from product), (select count(*) from characteristic), count(*),"
    arrays = "sum(cardinality(photo_ids)), sum(cardinality(ratings)) / 3 from review"
    (found,) = rows(filled, f"{counted} {arrays}")
    told = [round(each * SCALE) for each in (PRODUCTS, CHARACTERISTICS, REVIEWS, PHOTOS, RATINGS)]
    assert [int(each) for each in found] == pytest.approx(told, rel=0.001)
    by_product = [row[0] for row in rows(filled, "select count(*) from review group by product_id order by 1 desc")]
    assert by_product[0] >= min(HOT, round(REVIEWS * SCALE) // 20)
    assert by_product[len(by_product) // 2] < 10


def test_the_rollups_are_the_usual_aggregates(filled: str) -> None:
    usual = {row[:3] for row in rows(filled, USUAL)}
    assert usual == {row[:3] for row in rows(filled, OURS)}
    recommended = Counter[int]()
    for product, _, _, yes in rows(filled, USUAL):
        recommended[product] += yes
    assert dict(recommended) == dict(rows(filled, "select product_id, recommended from product_rollup"))
    assert set(rows(filled, USUAL_RATED)) == set(rows(filled, OURS_RATED))


def test_the_indexes_are_those_of_the_migrations(filled: str, postgres: Server) -> None:
    statement = "select indexdef from pg_indexes where schemaname = 'public' order by indexname"
    assert rows(filled, statement) == rows(postgres.url("template_atelier"), statement)


def test_each_product_has_its_page(filled: str) -> None:
    read = rows(filled, "select facts, styles, related from product_page")
    told = [[json.loads(part) for part in page] for page in read]
    assert len(told) == round(PRODUCTS * SCALE)
    sold = [style for _, styles, _ in told for style in styles]
    counts = {
        "features": sum(len(facts_["features"]) for facts_, _, _ in told),
        "styles": len(sold),
        "skus": sum(len(style["skus"]) for style in sold),
        "style_photos": sum(len(style["photos"]) for style in sold),
    }
    assert counts == {table: rows(filled, f"select count(*) from usual.{table}")[0][0] for table in counts}
    assert any(related for _, _, related in told)


def test_what_pgbench_submits_is_counted(filled: str) -> None:
    told = facts.learn(filled)
    before = rows(filled, "select max(id) from review")[0][0]
    submits = pgbench.run(filled, {"submit": (statements.submit(told.products, "hot"), 1)}, 1)
    votes = pgbench.run(filled, {"helpful": (statements.helpful(*told.spans["hot"]), 1)}, 1)
    assert (submits.errors, votes.errors) == (0, 0)
    stored = (
        f"select count(*), min(product_id), max(product_id), min(cardinality(ratings)) from review where id > {before}"
    )
    (count, first, last, rated) = rows(filled, stored)[0]
    assert (count, first, last) == (submits.answers, told.products.hot, told.products.hot)
    assert rated in (9, 12)
    assert rows(filled, "select sum(helpfulness_votes) from review")[0][0] >= votes.answers * 0.9
    everything = {"first": 1, "last": told.products.count}
    with psycopg.connect(filled) as db:
        assert db.execute(sql.load("check")["drift"], everything).fetchall() == []


@pytest.mark.parametrize(("what", "usual"), [("mixed", False), ("mixed", True), ("mixed-products", False)])
def test_what_pgbench_reads_is_there(filled: str, what: str, usual: bool) -> None:
    products = facts.learn(filled).products
    scripts = {kind: (statements.reads(kind, products, "last", usual=usual), 1) for kind in MIXES[what]}
    measured = pgbench.run(filled, scripts, 1)
    assert measured.errors == 0
    assert measured.answers > 10


def test_an_answer_may_say_more_but_nothing_else() -> None:
    should = {"results": [{"rating": 3, "photos": []}]}
    assert expected.agrees({"results": [{"rating": 3, "photos": [], "verified": True}], "more": 1}, should)
    for other in (
        {"rating": 4, "photos": []},
        {"rating": "3", "photos": []},
        {"rating": 3, "photos": [1]},
        {"rating": 3},
    ):
        assert not expected.agrees({"results": [other]}, should)
    assert not expected.agrees({"results": []}, should)
    assert not expected.agrees(None, should)


@pytest.mark.parametrize("law", LAWS)
def test_each_law_asks_for_products_that_there_are(law: str) -> None:
    products, random = Products(1_000, 77), Random(5)
    drawn = Counter(products.draw(law, random) for _ in range(20_000))
    assert min(drawn) >= 1
    assert max(drawn) <= 1_000
    most = drawn.most_common(1)[0][1] / 20_000
    match law:
        case "random":
            assert len(drawn) == 1_000
        case "last":
            assert (min(drawn), len(drawn)) == (901, 100)
        case "zipf":
            assert most == pytest.approx(math.log(2) / math.log(1_000), rel=0.1)
            assert len(drawn) > 900
        case _:
            assert drawn.keys() == {77}


def test_a_kept_cluster_is_there_again(tmp_path: Path) -> None:
    with Server() as first:
        kept = first.folder / "kept"
        with psycopg.connect(first.url("postgres"), autocommit=True) as db:
            db.execute("create table there as select 7 as n")
        first.keep(kept)
        assert rows(first.url("postgres"), "select n from there") == [(7,)]
        with Server(data=kept) as second:
            assert rows(second.url("postgres"), "select n from there") == [(7,)]
