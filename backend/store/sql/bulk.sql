-- Receipts of bulk changes.

-- name: make
insert into bulk (made_by, query, zone) values (%(made_by)s, %(query)s, %(zone)s) returning id

-- name: one
select bulk.*, coalesce(maker.name, '') as author, reverting.at as revert_began_at, coalesce(reverter.name, '') as reverter,
    ran.at as began_at
from bulk
left join user_account as maker on maker.id = bulk.made_by
left join event as ran on ran.id = bulk.event_id
left join event as reverting on reverting.id = bulk.revert_event_id
left join user_account as reverter on reverting.actor_kind = 'user' and reverter.id = reverting.actor_id
where bulk.id = %(bulk_id)s

-- name: lock
select * from bulk where id = %(bulk_id)s for update

-- name: forget_draft
-- A receipt that nobody ran within a week, with the ids that it froze; its id, or no row where there is none (left).
delete from bulk where id = (
    select id from bulk where event_id is null and made_at < now() - interval '7 days' limit 1 for update skip locked
)
returning id

-- name: put_changes
update bulk set changes = %(changes)s where id = %(bulk_id)s

-- name: put_job
update bulk set job_id = %(job_id)s where id = %(bulk_id)s

-- name: freeze_chosen
insert into bulk_part (bulk_id, last, ids, versions)
select %(bulk_id)s, max(id), array_agg(id order by id), array_agg(version order by id)
from review where id = any (%(ids)s::int[]) and state <> 'removed' having count(*) > 0

-- name: window
-- Up to which id the next so many reviews reach.
select max(id) as upto, count(*) as rows
from (select id from review where id > %(after)s order by id limit %(size)s) as window_

-- name: about_all
select greatest(reltuples, 0)::bigint as rows from pg_class where oid = 'review'::regclass

-- name: add_facts
-- How many of each state and rating are in the parts behind an id.
with counted as (
    select review.state::text || ' ' || review.rating as fact, count(*) as rows
    from bulk_part as part cross join unnest(part.ids) as member (id) join review using (id)
    where part.bulk_id = %(bulk_id)s and part.last > %(after)s
    group by 1
)
update bulk set upto = %(upto)s, facts = facts || coalesce((
    select jsonb_object_agg(fact, coalesce((facts ->> fact)::bigint, 0) + rows) from counted
), '{}')
where id = %(bulk_id)s

-- name: settle
-- Frozen: what it holds is what will run.
update bulk set frozen_at = clock_timestamp(), upto = 0,
    total = (select coalesce(sum(cardinality(ids)), 0) from bulk_part where bulk_id = %(bulk_id)s)
where id = %(bulk_id)s

-- name: take
-- Whoever takes parts holds them until their reviews are changed: then they are gone. Materialized: inside a loop the limit
-- would hold for each round, and the first who came would take them all.
with next as materialized (
    select last from bulk_part where bulk_id = %(bulk_id)s order by last limit %(parts)s for update skip locked
)
delete from bulk_part using next
where bulk_id = %(bulk_id)s and bulk_part.last = next.last
returning ids, versions

-- name: is_left
select exists (select from bulk_part where bulk_id = %(bulk_id)s) as is_left

-- name: places
select last from bulk_part where bulk_id = %(bulk_id)s order by last

-- name: parts_at
select ids, versions from bulk_part where bulk_id = %(bulk_id)s and last = any (%(lasts)s::int[]) order by last

-- name: rows
-- What changes look at.
select r.id, r.version, r.product_id, r.state::text as state, r.rating, r.recommend, r.summary, r.body, r.response,
    r.reviewer_name, r.photo_ids, r.photo_urls, r.ratings, p.name as product_name
from review as r left join product as p on p.id = r.product_id
where r.id = any (%(ids)s::int[]) order by r.id

-- name: lock_rows
select id from review where id = any (%(ids)s::int[]) order by id for update

-- name: characteristics
select id, product_id, name::text as name from characteristic
where id = any (%(ids)s::int[]) or product_id = any (%(products)s::int[])

-- name: product
select id from product where id = %(product_id)s

-- name: begin
update bulk set event_id = %(event_id)s, job_id = %(job_id)s, why = %(why)s where id = %(bulk_id)s

-- name: advance
update bulk set counts = counts || coalesce((
    select jsonb_object_agg(more.key, coalesce((bulk.counts ->> more.key)::bigint, 0) + more.value::bigint)
    from jsonb_each_text(%(counts)s) as more
), '{}')
where id = %(bulk_id)s

-- name: finish
update bulk set finished_at = clock_timestamp() where id = %(bulk_id)s

-- name: leave
insert into bulk_left (bulk_id, review_id, outcome, why)
select %(bulk_id)s, review_id, outcome, why
from unnest(%(ids)s::int[], %(outcomes)s::text[], %(whys)s::text[]) as gone (review_id, outcome, why)
on conflict do nothing

-- name: left
select review_id as id, outcome, why from bulk_left
where bulk_id = %(bulk_id)s and outcome = any (%(outcomes)s::text[]) order by outcome, review_id limit %(limit)s

-- name: changed
-- The first of what it changed, and whether each is still as it left it.
select before.review_id as id, before.version, review.version as now, review.rating, left(review.body, 160) as excerpt,
    review.state::text as state
from review_before as before left join review on review.id = before.review_id
where before.event_id = %(event_id)s and before.at >= (select at from event where id = %(event_id)s)
    and before.review_id > %(after)s
order by before.review_id limit %(limit)s

-- name: begin_revert
-- What it had not done yet when it was stopped, it will not do any more.
with stopped as (delete from bulk_part where bulk_id = %(bulk_id)s)
update bulk set revert_event_id = %(event_id)s, job_id = %(job_id)s where id = %(bulk_id)s

-- name: lay_out
-- The next of what it changed as parts, for whoever takes them back.
with image as (
    select review_id, before.version, (row_number() over (order by review_id) - 1) / %(part)s as part
    from review_before as before
    where event_id = %(event_id)s and at >= (select at from event where id = %(event_id)s) and review_id > %(after)s
    order by review_id limit %(size)s
),
parts as (
    insert into bulk_part (bulk_id, last, ids, versions)
    select %(bulk_id)s, max(review_id), array_agg(review_id order by review_id), array_agg(version order by review_id)
    from image group by part
)
update bulk set revert_upto = image.upto
from (select max(review_id) as upto from image having count(*) > 0) as image where bulk.id = %(bulk_id)s
returning bulk.revert_upto

-- name: advance_revert
update bulk set revert_counts = revert_counts || coalesce((
    select jsonb_object_agg(more.key, coalesce((bulk.revert_counts ->> more.key)::bigint, 0) + more.value::bigint)
    from jsonb_each_text(%(counts)s) as more
), '{}')
where id = %(bulk_id)s

-- name: finish_revert
update bulk set reverted_at = clock_timestamp() where id = %(bulk_id)s and reverted_at is null

-- name: averages
-- Products whose average moves: what goes out, what comes in, and what they have now.
with members as (
    select member.id
    from (select ids from bulk_part where bulk_id = %(bulk_id)s order by last limit %(parts)s) as part
    cross join unnest(part.ids) as member (id)
),
moves as (
    select r.product_id, -1 as sign, r.rating from members join review as r using (id) where r.visible
    union all
    select coalesce(%(product_id)s, r.product_id), 1, coalesce(%(rating)s, r.rating)
    from members join review as r using (id) where coalesce(%(visible)s, r.visible)
),
moved as (
    select product_id, sum(sign) as reviews, sum(sign * rating) as stars from moves group by product_id
    having sum(sign) <> 0 or sum(sign * rating) <> 0
),
sums as (
    select product_id, moved.reviews, moved.stars,
        coalesce(sum(stars_1 + stars_2 + stars_3 + stars_4 + stars_5), 0) as had,
        coalesce(sum(stars_1 + 2 * stars_2 + 3 * stars_3 + 4 * stars_4 + 5 * stars_5), 0)::numeric as had_stars
    from moved left join product_rollup using (product_id) group by product_id, moved.reviews, moved.stars
)
select sums.product_id as id, product.name, had::bigint, (had + reviews)::bigint as then_has,
    round(had_stars / nullif(had, 0), 2)::float as was, round((had_stars + stars) / nullif(had + reviews, 0), 2)::float as becomes,
    count(*) over () as products
from sums left join product on product.id = sums.product_id
order by abs(coalesce((had_stars + stars) / nullif(had + reviews, 0), 0) - coalesce(had_stars / nullif(had, 0), 0)) desc, id
limit 10

-- name: low_share
-- The share of one and two stars in all reviews, as the planner knows it.
select sum(freq)::float as share
from pg_stats, unnest(most_common_vals::text::int[], most_common_freqs) as common (val, freq)
where schemaname = 'public' and tablename = 'review' and attname = 'rating' and val <= 2
