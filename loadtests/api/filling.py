"""The data set in two designs: the usual one by plain COPY, and ours made from that by a few statements.

In the schema `usual` stand ten normalised tables with the keys and indexes everybody gives them, and no numbers kept
beside. What words a review has is not indexed; it is marked as due. Products have their pages, and nothing that these
are made of.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from backend.store import pages
from loadtests.imports.yardstick import FILES, TABLES, copy_file, indexes, primary_keys

SESSION = "set work_mem = '1GB'; set maintenance_work_mem = '1GB'; set synchronous_commit = off"
INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = 'review'"
OURS = (
    """
    insert into product (id, name, slogan, description, category, default_price)
    select id, name, slogan, description, category, default_price from usual.products order by id
    """,
    """
    insert into characteristic (id, product_id, name)
    select id, product_id, name::characteristic_name from usual.characteristics order by id
    """,
    # No review rates more than four characteristics.
    """
    insert into review (id, product_id, written_at, helpfulness_base, state, rating, recommend, summary, body, response,
        reviewer_name, reviewer_email, photo_ids, photo_urls, ratings)
    select r.id, r.product_id, to_timestamp(r.date / 1000.0), r.helpfulness,
        (case when r.reported then 'reported' else 'published' end)::review_state, r.rating, r.recommend,
        coalesce(r.summary, ''), r.body, r.response, r.reviewer_name, r.reviewer_email,
        coalesce(p.ids, '{}'), coalesce(p.urls, '{}'),
        coalesce((array[c.ids[1], c.of[1], c.given[1], c.ids[2], c.of[2], c.given[2],
                        c.ids[3], c.of[3], c.given[3], c.ids[4], c.of[4], c.given[4]])[1:3 * cardinality(c.ids)], '{}')
    from usual.reviews as r
    left join (
        select review_id, array_agg(id order by id) as ids, array_agg(url order by id) as urls
        from usual.photos group by review_id
    ) as p on p.review_id = r.id
    left join (
        select review_id, array_agg(id order by id) as ids, array_agg(characteristic_id order by id) as of,
            array_agg(value order by id) as given
        from usual.ratings group by review_id
    ) as c on c.review_id = r.id
    order by r.id
    """,
    """
    insert into product_rollup (product_id, slot, stars_1, stars_2, stars_3, stars_4, stars_5, recommended,
        not_recommended, characteristics)
    select s.*, coalesce(c.flat, '{}')
    from (
        select product_id, 0 as slot, count(*) filter (where rating = 1), count(*) filter (where rating = 2),
            count(*) filter (where rating = 3), count(*) filter (where rating = 4), count(*) filter (where rating = 5),
            count(*) filter (where recommend), count(*) filter (where not recommend)
        from usual.reviews where not reported group by product_id
    ) as s
    left join (
        select product_id, array_agg(part order by characteristic_id, place) as flat
        from (
            select r.product_id, g.characteristic_id, count(*)::int as n, sum(g.value)::int as total
            from usual.ratings as g join usual.reviews as r on r.id = g.review_id
            where not r.reported group by 1, 2
        ) as counted
        cross join lateral (values (1, characteristic_id), (2, n), (3, total)) as parts (place, part)
        group by product_id
    ) as c using (product_id)
    """,
    """
    insert into moderation_case (review_id, product_id, kind)
    select id, product_id, 'reported' from usual.reviews where reported order by id
    """,
    "insert into search_due (after, upto, reviews) select 0, max(id), count(*) from usual.reviews",
)
# What pages are made of, under the names that the statement of an import knows: such views go before tables.
SHELVES = """
create temp view feature as select id, product_id, feature, coalesce(value, '') as value from usual.features;
create temp view style as select * from usual.styles;
create temp view sku as select * from usual.skus;
create temp view style_photo as
    select id, style_id, coalesce(url, '') as url, coalesce(thumbnail_url, '') as thumbnail_url from usual.style_photos;
create temp view related as
    select id, current_product_id as product_id, related_product_id as related_id from usual.related
"""


def fill(url: str, folder: Path) -> None:
    """Load a delivery into an empty database of this code's revision, as its administrator."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(SESSION)
        db.execute("create schema usual; set search_path = usual")
        for table in TABLES:
            db.execute(table)
        for table in FILES:
            copy_file(db, table, folder)
        for key in primary_keys(tuple(FILES)):
            db.execute(key)
        db.execute("analyze")
        db.execute("set search_path = public")
        with ThreadPoolExecutor(1) as beside:
            indexed = beside.submit(_usual_indexes, url)
            _ours(db)
            indexed.result()
        db.execute(SHELVES)
        db.execute(pages.fill())
    settle(url)


def settle(url: str) -> None:
    """Leave nothing for later: what is written is frozen, and its statistics are known."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("vacuum (freeze, analyze)")


def _usual_indexes(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(SESSION)
        db.execute("set search_path = usual")
        for index in indexes(tuple(FILES)):
            db.execute(index)


def _ours(db: "psycopg.Connection[tuple[str, str]]") -> None:
    """What the indexes of `review` say is kept, and told them again when all rows are there."""
    ours = [each for each in db.execute(INDEXES).fetchall() if not each[0].endswith("_pkey")]
    for name, _ in ours:
        db.execute(f"drop index {name}".encode())
    for statement in OURS:
        db.execute(statement.encode())
    for _, definition in ours:
        db.execute(definition.encode())
