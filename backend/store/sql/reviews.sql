-- name: list_relevant
-- One page of a product's visible reviews. Each order has a partial index of its own, which ends in the id.
select id, rating, summary, recommend, nullif(response, 'null') as response, body, written_at, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where product_id = %(product_id)s::bigint and visible
order by relevance desc, id desc limit %(limit)s::bigint offset %(offset)s::bigint

-- name: list_newest
select id, rating, summary, recommend, nullif(response, 'null') as response, body, written_at, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where product_id = %(product_id)s::bigint and visible
order by written_at desc, id desc limit %(limit)s::bigint offset %(offset)s::bigint

-- name: list_helpful
select id, rating, summary, recommend, nullif(response, 'null') as response, body, written_at, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where product_id = %(product_id)s::bigint and visible
order by helpfulness desc, id desc limit %(limit)s::bigint offset %(offset)s::bigint

-- name: one_review
select id, rating, summary, recommend, nullif(response, 'null') as response, body, written_at, reviewer_name,
       helpfulness, photo_ids, photo_urls
from review where id = %(review_id)s::bigint and visible

-- name: meta
-- A product's slots summed, and its characteristics by id. The averages are texts made here, because the contract wants
-- them byte for byte as Postgres prints a numeric.
select t.stars_1, t.stars_2, t.stars_3, t.stars_4, t.stars_5, t.recommended, t.not_recommended,
       c.ids, c.names, c.averages
from (
    select coalesce(sum(stars_1), 0) as stars_1, coalesce(sum(stars_2), 0) as stars_2,
           coalesce(sum(stars_3), 0) as stars_3, coalesce(sum(stars_4), 0) as stars_4,
           coalesce(sum(stars_5), 0) as stars_5, coalesce(sum(recommended), 0) as recommended,
           coalesce(sum(not_recommended), 0) as not_recommended, rollup_sum(characteristics) as rated
    from product_rollup where product_id = %(product_id)s::bigint
) as t
cross join lateral (
    select coalesce(array_agg(k.id order by k.id), '{}') as ids,
           coalesce(array_agg(k.name::text order by k.id), '{}') as names,
           coalesce(array_agg((r.sum::numeric / r.count)::text order by k.id), '{}') as averages
    from characteristic as k
    left join (
        select t.rated[i] as id, t.rated[i + 1] as count, t.rated[i + 2] as sum
        from generate_series(1, cardinality(t.rated), 3) as i
        where t.rated[i + 1] > 0
    ) as r on r.id = k.id
    where k.product_id = %(product_id)s::bigint
) as c
