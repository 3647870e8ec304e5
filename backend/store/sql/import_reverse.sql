-- Rolling a run back, a range of ids and a transaction at a time. {reverse} is the list of what the run has changed;
-- `reversal` and `moves` live for one transaction.

-- name: ask
-- Only a run that has ended, and whose before-images are still there.
update import_run set state = 'reversing', stage = null, cancel_asked = false, error = null, seen_at = now(),
    reversal = coalesce(reversal, '{}') || jsonb_build_object('user_id', %(user_id)s::int, 'asked_at', now(),
        'was', state, 'shell', %(shell)s::boolean)
where id = %(run_id)s and state = any (%(reversible)s::run_state[])
returning id

-- name: too_old
select started_at < now() - interval '30 days' as too_old from import_run where id = %(run_id)s

-- name: run
select * from import_run where id = %(run_id)s and state = 'reversing'

-- name: reserve_events
update import_file set reverse_event_id = nextval(pg_get_serial_sequence('event', 'id'))
where run_id = %(run_id)s and event_id is not null and reverse_event_id is null

-- name: drop_list
drop table if exists {reverse}

-- name: make_list
-- What the run has changed, behind what a rollback that was broken off has done already. Made anew each time.
create unlogged table {reverse} as
select 'reviews' as kind, changed.id, (array_agg(file_id order by format = 'reviews' desc, file_id))[1] as file_id
from (
    select id, source_file as file_id from review where source_run = %(run_id)s
    union
    select before.review_id, file.id
    from review_before as before join import_file as file on file.event_id = before.event_id
    where file.run_id = %(run_id)s
    union
    -- What a later import has written over.
    select review_id, (lineage ->> 'source_file')::int from review_before
    where (lineage ->> 'source_run')::int = %(run_id)s
) as changed join import_file on import_file.id = changed.file_id
where changed.id > (%(after)s::jsonb ->> 'reviews')::int
group by changed.id
union all
select kind, id, max(file_id) from (
    select 'characteristics' as kind, id, source_file as file_id from characteristic where source_run = %(run_id)s
    union
    select 'products', id, source_file from product where source_run = %(run_id)s
    union
    select 'features', id, source_file from feature where source_run = %(run_id)s
    union
    select 'styles', id, source_file from style where source_run = %(run_id)s
    union
    select 'skus', id, source_file from sku where source_run = %(run_id)s
    union
    select 'style_photos', id, source_file from style_photo where source_run = %(run_id)s
    union
    select 'related', id, source_file from related where source_run = %(run_id)s
    union
    select case before.kind when 'related' then 'related' else before.kind || 's' end, before.id, file.id
    from catalogue_before as before join import_file as file on file.event_id = before.event_id
    where file.run_id = %(run_id)s
    union
    select case kind when 'related' then 'related' else kind || 's' end, id, (columns ->> 'source_file')::int
    from catalogue_before
    where (columns ->> 'source_run')::int = %(run_id)s
) as changed
where id > (%(after)s::jsonb ->> kind)::int
group by kind, id

-- name: index_list
create index on {reverse} (kind, id)

-- name: analyze_list
analyze {reverse}

-- name: count_list
select count(*) as rows from {reverse}

-- name: ranges
select max(id) as upto, count(*) as rows from (
    select id, (row_number() over (order by id) - 1) / %(size)s as part from {reverse} where kind = %(kind)s
) as parts group by part order by part

-- name: advance
update import_run set
    checkpoint = checkpoint || jsonb_build_object('reverse_' || %(kind)s::text, %(upto)s::int),
    reversal = reversal || jsonb_build_object('done', (reversal ->> 'done')::bigint + %(rows)s::bigint),
    seen_at = now()
where id = %(run_id)s

-- name: set_total
update import_run set reversal = reversal || jsonb_build_object(
    'done', coalesce((reversal ->> 'done')::bigint, 0), 'total', coalesce((reversal ->> 'done')::bigint, 0) + %(rows)s::bigint
)
where id = %(run_id)s

-- name: lock_reviews
select review.id from review
where review.id in (select id from {reverse} where kind = 'reviews' and id > %(after)s and id <= %(upto)s)
order by review.id for update

-- name: judge_reviews
-- A row is as the run left it while its version is the one that the run gave it, or one that another rollback brought back.
create temp table reversal on commit drop as
with recursive listed as (
    select id, file_id from {reverse} where kind = 'reviews' and id > %(after)s and id <= %(upto)s
),
same (id, version) as (
    select review.id, review.version from review join listed using (id)
    union
    select same.id, before.restores
    from same join review_before as before on before.review_id = same.id and before.version = same.version
    where before.restores is not null
),
image as (
    select before.review_id as id, before.version, before.columns, before.lineage
    from listed
    join review_before as before on before.review_id = listed.id
    join import_file as file on file.event_id = before.event_id and file.run_id = %(run_id)s
)
select listed.id, listed.file_id, image.version as given, image.columns, image.lineage, current.product_id, current.rating,
    current.recommend, current.ratings, current.photo_ids, current.photo_urls, current.visible, current.source_run,
    case
        when current.id is null then 'failed'
        when image.id is not null then
            case when exists (select from same where same.id = listed.id and same.version = image.version) then 'restored' else 'kept' end
        when current.source_run = %(run_id)s and exists (select from same where same.id = listed.id and same.version = 1) then
            case
                when helpfulness_votes > 0 or exists (select from vote where vote.review_id = listed.id)
                    or exists (select from report where report.review_id = listed.id) then 'wanted'
                else 'deleted'
            end
        else 'kept'
    end as outcome
from listed
left join image using (id)
left join review as current using (id)

-- name: keep_before
-- What is brought back can be told from what stood there: the rollback keeps its own before-images.
insert into review_before (event_id, review_id, version, columns, lineage, restores)
select file.reverse_event_id, reversal.id, review.version + 1, now.columns,
    jsonb_build_object('delivered_hash', review.delivered_hash, 'source_run', review.source_run,
        'source_file', review.source_file, 'source_offset', review.source_offset,
        'source_line', review.source_line, 'source_length', review.source_length,
        'source_repairs', review.source_repairs),
    reversal.given - 1
from reversal
join review using (id)
join import_file as file on file.id = reversal.file_id
cross join lateral (
    select jsonb_object_agg(key, to_jsonb(review) -> key) as columns from jsonb_object_keys(reversal.columns) as key
) as now
where outcome = 'restored'

-- name: restore_reviews
-- Votes and the state are nobody's delivery: they stay.
update review set
    product_id = old.product_id, rating = old.rating, recommend = old.recommend, written_at = old.written_at,
    summary = old.summary, body = old.body, response = old.response, reviewer_name = old.reviewer_name,
    reviewer_email = old.reviewer_email, helpfulness_base = old.helpfulness_base, photo_ids = old.photo_ids,
    photo_urls = old.photo_urls, ratings = old.ratings, delivered_hash = old.delivered_hash,
    source_run = old.source_run, source_file = old.source_file, source_offset = old.source_offset,
    source_line = old.source_line, source_length = old.source_length, source_repairs = old.source_repairs, version = review.version + 1
from (
    select old.* from reversal join review using (id)
    cross join lateral jsonb_populate_record(review, reversal.columns || coalesce(reversal.lineage, '{{}}')) as old
    where reversal.outcome = 'restored'
) as old
where review.id = old.id

-- name: delete_reviews
delete from review using reversal where review.id = reversal.id and reversal.outcome = 'deleted'

-- name: move_cases
update moderation_case set product_id = review.product_id
from reversal join review using (id)
where moderation_case.review_id = reversal.id and outcome = 'restored' and moderation_case.product_id <> review.product_id

-- name: make_moves
-- What is counted in (1) and out (-1).
create temp table moves on commit drop as
select product_id, -1 as sign, rating, recommend, ratings from reversal where outcome in ('deleted', 'restored') and visible
union all
select review.product_id, 1, review.rating, review.recommend, review.ratings
from reversal join review using (id) where outcome = 'restored' and reversal.visible

-- name: make_stale
-- Reviews whose words are other ones than before.
create temp table stale on commit drop as
select id from reversal
where outcome = 'restored' and columns ?| array['product_id', 'summary', 'body', 'reviewer_name']

-- name: count_reviews
select file_id, count(*) filter (where outcome in ('restored', 'deleted')) as reversed,
    count(*) filter (where outcome = 'failed') as failed
from reversal join import_file as file on file.id = file_id
where file.format = 'reviews'
group by file_id order by file_id

-- name: count_photos
-- Parts of one format count together, under the first: a photo's row does not say which part brought it. Materialized: beside
-- all the photos the planner would read every review there is.
with taken as materialized (
    select reversal.outcome, reversal.photo_ids, reversal.photo_urls, review.photo_ids as left_ids, review.photo_urls as left_urls
    from reversal left join review using (id)
    where outcome in ('deleted', 'restored')
)
select (select min(id) from import_file where run_id = %(run_id)s and format = 'photos' and event_id is not null) as file_id,
    count(*) as reversed, 0 as failed
from taken cross join lateral unnest(photo_ids, photo_urls) as photo (id, url)
where outcome = 'deleted' or not exists (
    select from unnest(left_ids, left_urls) as before (id, url) where before.id = photo.id and before.url = photo.url
)

-- name: count_ratings
with taken as materialized (
    select reversal.outcome, reversal.ratings, review.ratings as left_ratings
    from reversal left join review using (id)
    where outcome in ('deleted', 'restored')
)
select (
        select min(id) from import_file where run_id = %(run_id)s and format = 'characteristic_ratings' and event_id is not null
    ) as file_id, count(*) as reversed, 0 as failed
from taken cross join lateral generate_series(1, cardinality(ratings), 3) as i
where outcome = 'deleted' or not exists (
    select from generate_series(1, cardinality(left_ratings), 3) as k where left_ratings[k:k + 2] = ratings[i:i + 2]
)

-- name: kept_reviews_by
-- Who changed what is left as it is: a later import, a colleague, a rule, or the public with a vote or a report.
select file_id, count(*) as rows, case
        when outcome = 'wanted' then 'public'
        when changed.run is not null then 'run ' || changed.run
        when changed.actor_kind = 'user' then 'user ' || changed.actor_id
        else coalesce(changed.actor_kind, 'run ' || nullif(source_run, %(run_id)s), 'system')
    end as who
from reversal
left join lateral (
    select event.actor_kind, event.actor_id,
        coalesce(file.run_id, case when event.subject_kind = 'run' then event.subject_id end) as run
    from review_before as before
    left join event on event.id = before.event_id
    left join import_file as file on before.event_id in (file.event_id, file.reverse_event_id)
    where before.review_id = reversal.id and before.version > coalesce(given, 1)
    order by before.version desc limit 1
) as changed on true
where outcome in ('kept', 'wanted')
group by file_id, who order by file_id, who

-- name: add_counts
update import_file set reversed = reversed + %(reversed)s, reverse_failed = reverse_failed + %(failed)s where id = %(file_id)s

-- name: add_kept_by
update import_file set
    kept_by = kept_by || jsonb_build_object(%(who)s::text, coalesce((kept_by ->> %(who)s)::bigint, 0) + %(rows)s)
where id = %(file_id)s

-- name: settle_kept
-- Rows that are no longer there could not be reversed. Photos and ratings were kept with their reviews; parts of them are
-- settled together, under the first.
update import_file set reverse_kept = case when parts.stand_alone then parts.kept else greatest(parts.rest, 0) end,
    reverse_failed = case when parts.stand_alone then greatest(reverse_failed + parts.rest - parts.kept, 0) else 0 end
from (
    select min(id) as id, sum(inserted + updated - reversed - reverse_failed) as rest,
        bool_and(format not in ('photos', 'characteristic_ratings')) as stand_alone,
        sum((select coalesce(sum(value::bigint), 0) from jsonb_each_text(kept_by))) as kept
    from import_file where run_id = %(run_id)s and event_id is not null
    group by case when format in ('photos', 'characteristic_ratings') then format else id::text end
) as parts
where import_file.id = parts.id

-- name: record_events
-- One event a file, with the counts, under the number reserved for it; it says which event it takes back.
insert into event (id, actor_kind, actor_id, action, subject_kind, subject_id, cause, undoes, counts)
overriding system value
select file.reverse_event_id, case when run.reversal ->> 'user_id' is null then 'system' else 'user' end,
    (run.reversal ->> 'user_id')::int, 'rollback', 'run', run.id, 'file ' || file.id, file.event_id,
    jsonb_build_object('reversed', file.reversed, 'kept', file.reverse_kept, 'failed', file.reverse_failed)
from import_file as file
join import_run as run on run.id = file.run_id
where file.run_id = %(run_id)s and file.reverse_event_id is not null
order by file.id
on conflict (id) do nothing

-- name: finish
-- At its end the run is reversed; broken off, it is what it was before, and says so.
update import_run set seen_at = now(), stage = null, error = %(error)s, cancel_asked = false,
    state = case when %(done)s then 'reversed' else reversal ->> 'was' end::run_state,
    reversal = reversal || jsonb_build_object('ended_at', now())
where id = %(run_id)s and state = 'reversing'
returning state

-- name: forget_events
-- A rollback that was broken off has its event; what goes on afterwards stands under another.
update import_file set reverse_event_id = null where run_id = %(run_id)s
