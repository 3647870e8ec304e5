-- Changing reviews as a set, one or thousands of them, in the transaction that asks. Parts in braces: the columns that change.

-- name: plan_anew
-- What follows is planned for as many as there are: a plan for any number would loop over all pairs.
select set_config('plan_cache_mode', 'force_custom_plan', true)

-- name: change
-- Rows are locked in the order of their ids. Those at another version than expected stay, as do those that are so already and
-- wait for nobody to say so. The others are written, with what they were and with the difference to the numbers of their products.
with given as materialized (
    select r.id, r.version, given.expected, given.restores, r.product_id, r.visible, r.rating, r.recommend, r.ratings,
        {olds}, {news}
    from {rows}
    order by r.id for update of r
),
judged as materialized (
    select *, case
            when version <> expected then 'skipped'
            when restores is null and ({old}) is not distinct from ({new}){waiting} then 'unchanged'
            else 'changed'
        end as outcome
    from given
),
written as (
    update review set {sets}, version = review.version + 1
    from judged where review.id = judged.id and judged.outcome = 'changed'
    returning review.id, review.version, review.product_id, review.visible, review.rating, review.recommend, review.ratings
),
kept as (
    insert into review_before (event_id, review_id, version, columns, restores)
    select %(event_id)s, written.id, written.version, {images}, judged.restores
    from written join judged using (id)
){counted}
select outcome, array_agg(id order by id) as ids, array_agg(version order by id) as versions
from judged group by outcome

-- name: waiting
 and (new_state in ('held', 'reported') or not exists (select from moderation_case where review_id = id))

-- name: counted
-- What is counted out (-1) and in (1), added up by product and by what is counted: stars below zero, recommended -6, not -7,
-- characteristics by their id. It goes to the first slot that nobody holds, or to a new one, product by product in their
-- order.
, moves as (
    select product_id, -1 as sign, rating, recommend, ratings from judged where outcome = 'changed' and visible
    union all
    select product_id, 1, rating, recommend, ratings from written where visible
),
parts as (
    select product_id, key, sum(given)::int as given, sum(total)::int as total
    from (
        select product_id, key, sign as given, 0 as total
        from moves cross join lateral (values (-rating::int), (case when recommend then -6 else -7 end)) as told (key)
        union all
        select product_id, ratings[i + 1], sign, sign * ratings[i + 2]
        from moves cross join lateral generate_series(1, cardinality(ratings), 3) as i
    ) as told
    group by product_id, key
    having sum(given) <> 0 or sum(total) <> 0
),
sums as (
    select product_id,
        coalesce(sum(given) filter (where key = -1), 0) as stars_1,
        coalesce(sum(given) filter (where key = -2), 0) as stars_2,
        coalesce(sum(given) filter (where key = -3), 0) as stars_3,
        coalesce(sum(given) filter (where key = -4), 0) as stars_4,
        coalesce(sum(given) filter (where key = -5), 0) as stars_5,
        coalesce(sum(given) filter (where key = -6), 0) as recommended,
        coalesce(sum(given) filter (where key = -7), 0) as not_recommended,
        array(select unnest(array_agg(array[key, given, total] order by key) filter (where key > 0))) as characteristics
    from parts group by product_id order by product_id
),
added as (
    insert into product_rollup as kept (product_id, slot, stars_1, stars_2, stars_3, stars_4, stars_5,
        recommended, not_recommended, characteristics)
    select product_id, coalesce(free.slot, unused.slot, 0), stars_1, stars_2, stars_3, stars_4, stars_5, recommended, not_recommended, characteristics
    from sums left join lateral (
        select slot from product_rollup as free
        where free.product_id = sums.product_id order by slot limit 1 for update skip locked
    ) as free on true
    left join lateral (
        select slot from generate_series(0, 7) as each (slot)
        where free.slot is null
            and not exists (select from product_rollup as used where used.product_id = sums.product_id and used.slot = each.slot)
        order by slot <> mod(pg_backend_pid(), 8), slot limit 1
    ) as unused on true
    on conflict (product_id, slot) do update set
        stars_1 = kept.stars_1 + excluded.stars_1,
        stars_2 = kept.stars_2 + excluded.stars_2,
        stars_3 = kept.stars_3 + excluded.stars_3,
        stars_4 = kept.stars_4 + excluded.stars_4,
        stars_5 = kept.stars_5 + excluded.stars_5,
        recommended = kept.recommended + excluded.recommended,
        not_recommended = kept.not_recommended + excluded.not_recommended,
        characteristics = rollup_add(kept.characteristics, excluded.characteristics)
)

-- name: alike
-- Every row gets the same values.
unnest(%(ids)s::int[], %(versions)s::int[], %(restores)s::int[]) as given (id, expected, restores)
join review as r on r.id = given.id

-- name: each
-- Every row gets values of its own, by the names of their columns.
unnest(%(ids)s::int[], %(versions)s::int[], %(columns)s::jsonb[], %(restores)s::int[]) as given (id, expected, columns, restores)
join review as r on r.id = given.id
cross join lateral jsonb_populate_record(r, given.columns) as n

-- name: keep_cases
-- What waited for a moderator, as it stood: an undo opens it again. No join: nothing is known of images that were written
-- a moment ago, and a plan made for one of them walks all of a large change's for each case.
update review_before as image set columns = columns || jsonb_build_object('case', (
    select jsonb_build_object(
        'kind', kind, 'opened_at', opened_at, 'last_report_at', last_report_at, 'reports', reports, 'urgent', urgent,
        'reach', reach, 'held_by', held_by)
    from moderation_case as waiting where waiting.review_id = image.review_id
))
where image.at = now() and image.event_id = %(event_id)s
    and image.review_id = any (array(select review_id from moderation_case where review_id = any (%(ids)s::int[])))
returning image.review_id as id

-- name: close_cases
-- Who is judged waits no longer.
delete from moderation_case using review
where review_id = any (%(ids)s::int[]) and review.id = review_id and review.state not in ('held', 'reported')

-- name: open_cases
insert into moderation_case (review_id, product_id, kind, reach)
select id, product_id, state::text, reach_of(product_id) from review
where id = any (%(ids)s::int[]) and state in ('held', 'reported') order by id
on conflict (review_id) do update set kind = excluded.kind

-- name: move_cases
update moderation_case set product_id = review.product_id from review
where review_id = any (%(ids)s::int[]) and review.id = review_id and moderation_case.product_id <> review.product_id

-- name: index
-- The words they are found by now, whether the earlier ones were indexed yet or not.
insert into review_search (review_id, product_id, document)
select id, product_id, search_document(summary, body, reviewer_name) from review
where id = any (%(ids)s::int[]) and state <> 'removed' order by id
on conflict (review_id) do update set product_id = excluded.product_id, document = excluded.document

-- name: mark_edited
insert into review_edited (review_id) select unnest(%(ids)s::int[]) on conflict do nothing

-- name: changed_by
-- Who brought each review to the version it has.
select distinct on (before.review_id) before.review_id as id, before.version, event.actor_kind, event.at,
    coalesce(user_account.name, case
        when event.subject_kind = 'run' then 'import ' || event.subject_id
        else event.actor_kind
    end) as who
from review_before as before
join event on event.id = before.event_id
left join user_account on event.actor_kind = 'user' and user_account.id = event.actor_id
where before.review_id = any (%(ids)s::int[])
order by before.review_id, before.version desc

-- name: lock_images
select set_config('plan_cache_mode', 'force_custom_plan', true), count(id)
from (
    select review.id from review
    where review.id in (
        select before.review_id from review_before as before
        where before.event_id = %(event_id)s
            and before.at >= (select at from event where id = %(event_id)s)
            and (%(ids)s::int[] is null or before.review_id = any (%(ids)s::int[]))
        order by before.review_id limit %(limit)s
    )
    order by review.id for update
) as locked

-- name: images
-- What an event changed: what it was, its version now, and what keeps it from being brought back. Where
-- others changed it since and took that back, it is as the event left it (`restores` says so).
with recursive image as materialized (
    select before.review_id as id, before.version, before.columns
    from review_before as before
    where before.event_id = %(event_id)s
        and before.at >= (select at from event where id = %(event_id)s)
        and (%(ids)s::int[] is null or before.review_id = any (%(ids)s::int[]))
    order by before.review_id limit %(limit)s
),
same (id, version, given) as (
    select review.id, review.version, image.version from image join review using (id) where review.version > image.version
    union
    select same.id, before.restores, same.given
    from same join review_before as before on before.review_id = same.id and before.version = same.version
    where before.restores >= same.given
)
select image.id, image.version, image.columns, review.version as now, case
        when review.id is null then 'gone'
        when review.version <> image.version
            and not exists (select from same where same.id = image.id and same.version = image.version) then 'changed'
        when image.columns ? 'product_id'
            and not exists (select from product where product.id = (image.columns ->> 'product_id')::int) then 'product'
        when image.columns ?| array['product_id', 'ratings'] and exists (
            select from jsonb_populate_record(review, image.columns) as old
            cross join lateral generate_series(1, cardinality(old.ratings), 3) as i
            left join characteristic on characteristic.id = old.ratings[i + 1]
            where characteristic.product_id is distinct from old.product_id
        ) then 'characteristic'
    end as hindrance
from image left join review using (id)
order by image.id

-- name: close_undone
-- Back to hidden, it waits for nobody: who reported it while it stood has what they asked for. A case that only the change
-- opened goes with it.
delete from moderation_case as waiting using review, review_before as image
where waiting.review_id = any (%(ids)s::int[]) and review.id = waiting.review_id
    and image.event_id = %(event_id)s and image.review_id = review.id
    and image.at >= (select at from event where id = %(event_id)s)
    and (review.state in ('hidden', 'removed')
        or review.state not in ('held', 'reported') and not image.columns ? 'case' and waiting.reports = 0)

-- name: reopen_cases
-- The case that waited then, with the reports that came since.
insert into moderation_case (review_id, product_id, kind, opened_at, last_report_at, reports, urgent, reach, held_by)
select review.id, review.product_id, waited.kind, waited.opened_at, waited.last_report_at, waited.reports,
    coalesce(waited.urgent, 0), coalesce(waited.reach, 0), waited.held_by
from review_before as image
join review on review.id = image.review_id
cross join lateral jsonb_to_record(image.columns -> 'case')
    as waited (kind text, opened_at timestamptz, last_report_at timestamptz, reports int, urgent smallint, reach smallint,
        held_by int)
where image.event_id = %(event_id)s and image.review_id = any (%(ids)s::int[])
    and image.at >= (select at from event where id = %(event_id)s)
    and image.columns ? 'case' and review.state not in ('hidden', 'removed')
order by review.id
on conflict (review_id) do update set kind = excluded.kind, opened_at = excluded.opened_at, held_by = excluded.held_by,
    urgent = greatest(moderation_case.urgent, excluded.urgent),
    last_report_at = greatest(moderation_case.last_report_at, excluded.last_report_at),
    reports = moderation_case.reports
        + case when moderation_case.opened_at = excluded.opened_at then 0 else excluded.reports end

-- name: name_cases
-- A case that stays is of the kind that its review's state says.
update moderation_case set kind = case when review.state = 'held' then 'held' else 'reported' end
from review where review_id = any (%(ids)s::int[]) and review.id = review_id
