-- name: drift
-- Products' kept numbers (the sums over their slots) that differ from those counted anew from their visible reviews: of the
-- products from one id to another. A row a number: its column in product_rollup, of a characteristic (null for the others).
with seen as materialized (
    select product_id, rating, recommend, ratings from review where visible and product_id between %(first)s and %(last)s
), counted as (
    select product_id,
           count(*) filter (where rating = 1) as s1, count(*) filter (where rating = 2) as s2,
           count(*) filter (where rating = 3) as s3, count(*) filter (where rating = 4) as s4,
           count(*) filter (where rating = 5) as s5,
           count(*) filter (where recommend) as yes, count(*) filter (where not recommend) as no
    from seen group by product_id
), kept as (
    select product_id, sum(stars_1) as s1, sum(stars_2) as s2, sum(stars_3) as s3, sum(stars_4) as s4, sum(stars_5) as s5,
           sum(recommended) as yes, sum(not_recommended) as no
    from product_rollup where product_id between %(first)s and %(last)s group by product_id
), counted_ratings as (
    -- Unfolded in the list of columns, which costs half of a function called beside each row.
    select product_id, ratings[i + 1] as id, count(*) as n, sum(ratings[i + 2]) as s
    from (select product_id, ratings, generate_series(1, cardinality(ratings), 3) as i from seen) as unfolded group by 1, 2
), kept_ratings as (
    select p.product_id, p.characteristics[i] as id, sum(p.characteristics[i + 1]) as n, sum(p.characteristics[i + 2]) as s
    from product_rollup as p cross join lateral generate_series(1, cardinality(p.characteristics), 3) as i
    where p.product_id between %(first)s and %(last)s group by 1, 2
)
select product_id, part.field, null::int as characteristic, part.kept::bigint as kept, part.counted::bigint as counted
from counted as c full join kept as k using (product_id)
cross join lateral (values
    ('stars_1', coalesce(k.s1, 0), coalesce(c.s1, 0)), ('stars_2', coalesce(k.s2, 0), coalesce(c.s2, 0)),
    ('stars_3', coalesce(k.s3, 0), coalesce(c.s3, 0)), ('stars_4', coalesce(k.s4, 0), coalesce(c.s4, 0)),
    ('stars_5', coalesce(k.s5, 0), coalesce(c.s5, 0)), ('recommended', coalesce(k.yes, 0), coalesce(c.yes, 0)),
    ('not_recommended', coalesce(k.no, 0), coalesce(c.no, 0))
) as part (field, kept, counted)
where (coalesce(c.s1, 0), coalesce(c.s2, 0), coalesce(c.s3, 0), coalesce(c.s4, 0), coalesce(c.s5, 0), coalesce(c.yes, 0), coalesce(c.no, 0))
   is distinct from
      (coalesce(k.s1, 0), coalesce(k.s2, 0), coalesce(k.s3, 0), coalesce(k.s4, 0), coalesce(k.s5, 0), coalesce(k.yes, 0), coalesce(k.no, 0))
  and part.kept <> part.counted
union all
select product_id, part.field, id, part.kept::bigint, part.counted::bigint
from counted_ratings as c full join kept_ratings as k using (product_id, id)
cross join lateral (values
    ('ratings', coalesce(k.n, 0), coalesce(c.n, 0)), ('ratings_sum', coalesce(k.s, 0), coalesce(c.s, 0))
) as part (field, kept, counted)
where part.kept <> part.counted

-- name: search
-- Every review that was not erased can be found, under its product, or its words are due.
with ranges as (
    select range_agg(int4range(after, upto, '(]')) as due from search_due where ids is null
)
select count(*) as n, min(r.id) as example
from review as r left join review_search as s on s.review_id = r.id cross join ranges
where r.state <> 'removed' and s.product_id is distinct from r.product_id
    and not (
        s.review_id is null
        and (coalesce(r.id <@ due, false) or r.id in (select unnest(ids) from search_due))
    )

-- name: cases
-- What waits for a moderator is in the queue.
select count(*) as n, min(r.id) as example
from review as r left join moderation_case as c on c.review_id = r.id
where (r.state in ('held', 'reported') and c.review_id is null) or (r.state in ('hidden', 'removed') and c.review_id is not null)

-- name: products
select count(*) as n, min(r.product_id) as example
from (select product_id from review union select product_id from characteristic) as r
where not exists (select from product as p where p.id = r.product_id)

-- name: ratings
select count(*) as n, min(r.id) as example
from review as r cross join lateral generate_series(1, cardinality(r.ratings), 3) as i
left join characteristic as c on c.id = r.ratings[i + 1]
where c.product_id is distinct from r.product_id

-- name: shelves
-- What is said of a product or a style needs it.
select count(*) as n, min(r.id) as example
from (
    select id from feature as each where not exists (select from product as p where p.id = each.product_id)
    union all
    select id from style as each where not exists (select from product as p where p.id = each.product_id)
    union all
    select id from sku as each where not exists (select from style as s where s.id = each.style_id)
    union all
    select id from style_photo as each where not exists (select from style as s where s.id = each.style_id)
    union all
    select id from related as each where not exists (select from product as p where p.id = each.product_id)
        or not exists (select from product as p where p.id = each.related_id)
) as r
