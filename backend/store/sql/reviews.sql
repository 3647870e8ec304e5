-- name: list_relevant
-- One page of a product's visible reviews. Each order has a partial index of its own, which ends in the id. Dates are written
-- here, in the connection's UTC: in Python that took as long as all the rest of a review. Their colons are quoted because
-- pgbench, which measures these statements, takes `:MI` for a variable.
select id, rating, summary, recommend, nullif(response, 'null') as response, body,
       to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where product_id = %(product_id)s::bigint and visible
order by relevance desc, id desc limit %(limit)s::bigint offset %(offset)s::bigint

-- name: list_newest
select id, rating, summary, recommend, nullif(response, 'null') as response, body,
       to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where product_id = %(product_id)s::bigint and visible
order by written_at desc, id desc limit %(limit)s::bigint offset %(offset)s::bigint

-- name: list_helpful
select id, rating, summary, recommend, nullif(response, 'null') as response, body,
       to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where product_id = %(product_id)s::bigint and visible
order by helpfulness desc, id desc limit %(limit)s::bigint offset %(offset)s::bigint

-- name: one_review
select id, rating, summary, recommend, nullif(response, 'null') as response, body,
       to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where id = %(review_id)s::bigint and visible

-- name: first_relevant
-- The first page of each of several products: see backend/store/coalesced.py. A limit inside `lateral` leaves Postgres nothing
-- but to walk each product's index in turn, so that a product's rows come in its order.
select asked.key, page.*
from unnest(%(keys)s::bigint[]) as asked (key)
cross join lateral (
    select id, rating, summary, recommend, nullif(response, 'null') as response, body,
           to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
           helpfulness, photo_ids, photo_urls
    from review where product_id = asked.key and visible
    order by relevance desc, id desc limit %(limit)s::bigint
) as page

-- name: first_newest
select asked.key, page.*
from unnest(%(keys)s::bigint[]) as asked (key)
cross join lateral (
    select id, rating, summary, recommend, nullif(response, 'null') as response, body,
           to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
           helpfulness, photo_ids, photo_urls
    from review where product_id = asked.key and visible
    order by written_at desc, id desc limit %(limit)s::bigint
) as page

-- name: first_helpful
select asked.key, page.*
from unnest(%(keys)s::bigint[]) as asked (key)
cross join lateral (
    select id, rating, summary, recommend, nullif(response, 'null') as response, body,
           to_char(written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date, reviewer_name,
           helpfulness, photo_ids, photo_urls
    from review where product_id = asked.key and visible
    order by helpfulness desc, id desc limit %(limit)s::bigint
) as page

-- name: numbers
-- The slots of each of several products, a row each, every one with the product's characteristics. A product without any has
-- a row of nulls. What is summed and divided is done by whoever asks: here it took three times as long.
select asked.key, slot.stars_1, slot.stars_2, slot.stars_3, slot.stars_4, slot.stars_5, slot.recommended,
       slot.not_recommended, slot.characteristics as rated, asks.ids, asks.names
from unnest(%(keys)s::bigint[]) as asked (key)
left join lateral (
    select array_agg(id) as ids, array_agg(name::text) as names from characteristic
    where product_id = asked.key
) as asks on true
left join product_rollup as slot on slot.product_id = asked.key
