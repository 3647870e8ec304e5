-- name: stats
-- The numbers of several products, in the order asked. The average is a text made here, as in `meta`.
select t.product_id, t.stars_1, t.stars_2, t.stars_3, t.stars_4, t.stars_5, c.count,
       ((t.stars_1 + 2 * t.stars_2 + 3 * t.stars_3 + 4 * t.stars_4 + 5 * t.stars_5)::numeric / nullif(c.count, 0))::text
           as average
from (
    select asked.product_id, asked.place,
           coalesce(sum(r.stars_1), 0) as stars_1, coalesce(sum(r.stars_2), 0) as stars_2,
           coalesce(sum(r.stars_3), 0) as stars_3, coalesce(sum(r.stars_4), 0) as stars_4,
           coalesce(sum(r.stars_5), 0) as stars_5
    from unnest(%(product_ids)s::bigint[]) with ordinality as asked (product_id, place)
    left join product_rollup as r on r.product_id = asked.product_id
    group by asked.product_id, asked.place
) as t
cross join lateral (select t.stars_1 + t.stars_2 + t.stars_3 + t.stars_4 + t.stars_5 as count) as c
order by t.place

-- name: product
select name, description from product where id = %(product_id)s::bigint
