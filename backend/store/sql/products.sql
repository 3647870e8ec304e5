-- name: by_number
-- `narrowed`, here and below, is one of the conditions that follow, or none.
select p.id from product as p where p.id > %(after)s and {narrowed} order by p.id limit %(size)s

-- name: by_name
-- Names in the order of bytes that begin with a text (all do with none), each with its number, behind a product's place.
with place as (
    select coalesce((select lower(name) from product where id = %(after)s), lower(%(text)s)) as name
)
select p.id
from product as p cross join place
where lower(p.name) ~>=~ place.name and lower(p.name) ~<~ (lower(%(text)s) || chr(1114111))
    and (p.id > %(after)s or lower(p.name) ~>~ place.name) and {narrowed}
order by lower(p.name) using ~<~, p.id
limit %(size)s

-- name: edge
-- The last of the next so many products, by the key alone; no row where there are fewer.
select id from product where id > %(after)s order by id offset %(window)s - 1 limit 1

-- name: holding
-- Names that hold a text anywhere, by number, up to an edge: no index helps, so each is looked at.
select p.id from product as p
where p.id > %(after)s and p.id <= %(edge)s and strpos(lower(p.name), lower(%(text)s)) > 0 and {narrowed}
order by p.id limit %(size)s

-- name: by_cases
-- Products for which somebody waits, most cases first.
select c.product_id as id, c.cases::int as cases
from (select product_id, count(*) as cases from moderation_case group by product_id) as c
where (-c.cases, c.product_id) > (-%(cases)s::bigint, %(after)s::int) and {narrowed}
order by c.cases desc, c.product_id
limit %(size)s

-- name: of_category
p.category = %(category)s

-- name: case_of_category
exists (select from product as p where p.id = c.product_id and p.category = %(category)s)

-- name: categories
-- Each by a look into the index behind the one before.
with recursive found (category) as (
    (select category from product where category > '' order by category limit 1)
    union all
    select (select p.category from product as p where p.category > found.category order by p.category limit 1)
    from found where found.category is not null
)
select category from found where category is not null limit %(most)s

-- name: page
select facts, styles, related from product_page where product_id = %(product_id)s

-- name: named
-- Some products in the order asked, with what each is called.
select p.id, p.name
from unnest(%(ids)s::int[]) with ordinality as asked (id, place) join product as p on p.id = asked.id
order by asked.place

-- name: listed
-- What the list shows of some products, in the order asked.
select p.id, p.name, p.category, stars.counts as stars, newest.written_at as last_review, waiting.cases
from unnest(%(ids)s::int[]) with ordinality as asked (id, place)
join product as p on p.id = asked.id
cross join lateral (
    select array[coalesce(sum(stars_1), 0), coalesce(sum(stars_2), 0), coalesce(sum(stars_3), 0), coalesce(sum(stars_4), 0),
                 coalesce(sum(stars_5), 0)]::int[] as counts
    from product_rollup where product_id = p.id
) as stars
left join lateral (
    select written_at from review where product_id = p.id and visible order by written_at desc, id desc limit 1
) as newest on true
cross join lateral (select count(*)::int as cases from moderation_case where product_id = p.id) as waiting
order by asked.place

-- name: one
-- A product with the file that delivered it, and the sums over its slots.
select p.*, f.name as file_name, kept.*, (select count(*)::int from moderation_case where product_id = p.id) as cases
from product as p
left join import_file as f on f.id = p.source_file
cross join lateral (
    select array[coalesce(sum(stars_1), 0), coalesce(sum(stars_2), 0), coalesce(sum(stars_3), 0), coalesce(sum(stars_4), 0),
                 coalesce(sum(stars_5), 0)]::int[] as stars,
           coalesce(sum(recommended), 0)::int as recommended, coalesce(sum(not_recommended), 0)::int as not_recommended,
           coalesce(rollup_sum(characteristics), '{}') as characteristics
    from product_rollup where product_id = p.id
) as kept
where p.id = %(product_id)s

-- name: characteristics
select id, name::text as name from characteristic where product_id = %(product_id)s order by name

-- name: months
-- Visible reviews by the month of a zone, and the sum of their stars: of the months before the newest one.
select date_trunc('month', written_at at time zone %(zone)s)::date as month, count(*)::int as reviews, sum(rating)::int as stars
from review
where product_id = %(product_id)s and visible and written_at >= (
    select date_trunc('month', max(written_at) at time zone %(zone)s) - make_interval(months => %(months)s - 1)
    from review where product_id = %(product_id)s and visible
) at time zone %(zone)s
group by 1

-- name: events
-- What was done to a product itself, newest first.
select e.id, e.at, e.actor_kind, e.action, e.cause, e.counts, e.fields, u.name as actor_name,
       e.action = 'edit' and exists (select from catalogue_before as b where b.event_id = e.id)
           and not exists (select from event as later where later.undoes = e.id) as undoable
from event as e left join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
where e.subject_kind = 'product' and e.subject_id = %(product_id)s
order by e.id desc
limit 10

-- name: lock
-- One recount of a product at a time: two that saw the same drift would both take it back.
select id from product where id = %(product_id)s for update

-- name: correct
-- Differences added to what a slot holds: it alone means nothing, and writers go on beside it.
insert into product_rollup as kept (product_id, slot, stars_1, stars_2, stars_3, stars_4, stars_5, recommended, not_recommended, characteristics)
values (%(product_id)s, 0, %(stars_1)s, %(stars_2)s, %(stars_3)s, %(stars_4)s, %(stars_5)s, %(recommended)s, %(not_recommended)s, %(characteristics)s::int[])
on conflict (product_id, slot) do update set
    stars_1 = kept.stars_1 + excluded.stars_1, stars_2 = kept.stars_2 + excluded.stars_2,
    stars_3 = kept.stars_3 + excluded.stars_3, stars_4 = kept.stars_4 + excluded.stars_4,
    stars_5 = kept.stars_5 + excluded.stars_5, recommended = kept.recommended + excluded.recommended,
    not_recommended = kept.not_recommended + excluded.not_recommended,
    characteristics = rollup_add(kept.characteristics, excluded.characteristics)
