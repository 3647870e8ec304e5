-- name: stats
-- The stars of several products, in the order asked.
select asked.product_id,
       coalesce(sum(slot.stars_1), 0) as stars_1, coalesce(sum(slot.stars_2), 0) as stars_2,
       coalesce(sum(slot.stars_3), 0) as stars_3, coalesce(sum(slot.stars_4), 0) as stars_4,
       coalesce(sum(slot.stars_5), 0) as stars_5
from unnest(%(product_ids)s::bigint[]) with ordinality as asked (product_id, place)
left join product_rollup as slot on slot.product_id = asked.product_id
group by asked.product_id, asked.place
order by asked.place

-- name: product
select name, description from product where id = %(product_id)s::bigint
