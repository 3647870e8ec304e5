-- The usual design's reads, as everybody writes them: joins and aggregates when somebody asks. pgbench alone runs them.

-- name: list
select r.id as review_id, r.rating, r.summary, r.recommend, nullif(r.response, 'null') as response, r.body,
       to_timestamp(r.date / 1000.0) as date, r.reviewer_name, r.helpfulness,
       (select coalesce(json_agg(json_build_object('id', p.id, 'url', p.url)), '[]')
        from usual.photos as p where p.review_id = r.id) as photos
from usual.reviews as r where r.product_id = %(product_id)s and not r.reported
order by r.helpfulness desc, r.date desc limit 5

-- name: meta
select (select json_object_agg(rating, n) from (
            select rating, count(*) as n from usual.reviews
            where product_id = %(product_id)s and not reported group by rating
        ) as stars) as ratings,
       (select json_object_agg(recommend, n) from (
            select recommend, count(*) as n from usual.reviews
            where product_id = %(product_id)s and not reported group by recommend
        ) as words) as recommended,
       (select json_object_agg(name, json_build_object('id', id, 'value', value)) from (
            select c.id, c.name, avg(g.value)::text as value
            from usual.characteristics as c
            left join usual.ratings as g on g.characteristic_id = c.id
            where c.product_id = %(product_id)s group by c.id, c.name
        ) as rated) as characteristics
