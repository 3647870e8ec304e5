-- The merge of a run's staged rows into the live tables, a range of ids and a transaction at a time.
-- {names} in braces are the run's staging tables; `batch` and `batch_before` live for one transaction.
-- What judges is apart from what writes: a dry run only judges and counts.

-- name: lock_reviews
-- Everything below reads what it changes: lock it first, reviews in the order of their ids.
select review.id from review
where review.id in (
    select id from {reviews} where reasons is null and id > %(after)s and id <= %(upto)s
    union select review_id from {photos} where reasons is null and review_id > %(after)s and review_id <= %(upto)s
    union select review_id from {ratings} where reasons is null and review_id > %(after)s and review_id <= %(upto)s
)
order by review.id for update

-- name: make_batch
-- Each review of the range as it will stand, beside what it was, and what is to be done with it.
create temp table batch on commit drop as
with photos as (
    select review_id as id, array_agg(photo.id order by photo.id) as ids, array_agg(photo.url order by photo.id) as urls,
        min(file.event_id) as event_id
    from {photos} as photo join import_file as file on file.id = photo.file_id
    where reasons is null and review_id > %(after)s and review_id <= %(upto)s
    group by review_id
),
ratings as (
    select review_id as id, array_agg(x order by rating.id, k) as flat, array_agg(distinct rating.id) as ids,
        min(file.event_id) as event_id
    from {ratings} as rating join import_file as file on file.id = rating.file_id
    cross join lateral (values (1, rating.id), (2, characteristic_id), (3, value::int)) as triple (k, x)
    where reasons is null and review_id > %(after)s and review_id <= %(upto)s
    group by review_id
),
delivered as (
    select staged.*, file.event_id
    from {reviews} as staged join import_file as file on file.id = staged.file_id
    where reasons is null and staged.id > %(after)s and staged.id <= %(upto)s
),
finished as (
    select id, delivered.file_id, coalesce(delivered.event_id, photos.event_id, ratings.event_id) as event_id,
        stored.id is not null as is_stored,
        delivered.id is not null as is_delivered,
        coalesce(delivered.reported, false) as reported,
        coalesce(delivered.product_id, stored.product_id) as product_id,
        coalesce(delivered.rating, stored.rating) as rating,
        coalesce(delivered.recommend, stored.recommend) as recommend,
        stored.product_id as old_product_id, stored.rating as old_rating, stored.recommend as old_recommend,
        stored.visible as old_visible, stored.photo_ids as old_photo_ids, stored.photo_urls as old_photo_urls,
        stored.ratings as old_ratings,
        coalesce(more_photos.ids, photos.ids, stored.photo_ids, array[]::int[]) as photo_ids,
        coalesce(more_photos.urls, photos.urls, stored.photo_urls, array[]::text[]) as photo_urls,
        -- Ratings of another product's characteristics do not follow a review that moves.
        case
            when stored.product_id <> delivered.product_id then coalesce(ratings.flat, array[]::int[])
            else coalesce(more_ratings.flat, ratings.flat, stored.ratings, array[]::int[])
        end as ratings,
        delivered.id is not null and stored.delivered_hash is distinct from delivered.delivered_hash as differs,
        stored.delivered_hash is null
            or stored.state = any (%(decided)s::review_state[])
            or exists (select from review_edited where review_edited.review_id = stored.id) as is_kept
    from delivered
    full join photos using (id)
    full join ratings using (id)
    left join review as stored using (id)
    -- What was stored besides stays: a delivery that does not name a photo does not take it away.
    left join lateral (
        select array_agg(photo_id order by photo_id) as ids, array_agg(url order by photo_id) as urls
        from (
            select photo_id, url from unnest(photos.ids, photos.urls) as new (photo_id, url)
            union all
            select photo_id, url from unnest(stored.photo_ids, stored.photo_urls) as old (photo_id, url)
            where photo_id <> all (photos.ids)
        ) as together
    ) as more_photos on stored.id is not null and photos.id is not null
    left join lateral (
        select array_agg(x order by rating_id, k) as flat
        from (
            select ratings.flat[i] as rating_id, ratings.flat[i + 1] as characteristic_id, ratings.flat[i + 2] as value
            from generate_series(1, cardinality(ratings.flat), 3) as i
            union all
            select stored.ratings[i], stored.ratings[i + 1], stored.ratings[i + 2]
            from generate_series(1, cardinality(stored.ratings), 3) as i
            where stored.ratings[i] <> all (ratings.ids)
        ) as together
        cross join lateral (values (1, rating_id), (2, characteristic_id), (3, value)) as triple (k, x)
    ) as more_ratings on stored.id is not null and ratings.id is not null
)
select finished.*, case
    when not is_stored then case when is_delivered then 'inserted' else 'gone' end
    when not differs and photo_ids = old_photo_ids and photo_urls = old_photo_urls and ratings = old_ratings then 'unchanged'
    when is_kept then 'kept'
    else 'updated'
end as outcome
from finished

-- name: make_before
-- The columns that change, as they were. A hash of other rules over the same content changes none.
create temp table batch_before on commit drop as
select batch.id, jsonb_object_agg(part.name, part.old) as columns,
    jsonb_build_object('delivered_hash', review.delivered_hash, 'source_run', review.source_run,
        'source_file', review.source_file, 'source_offset', review.source_offset,
        'source_line', review.source_line, 'source_length', review.source_length,
        'source_repairs', review.source_repairs) as lineage
from batch
join review on review.id = batch.id
left join {reviews} as delivered on delivered.id = batch.id
cross join lateral (values
    ('product_id', to_jsonb(review.product_id), to_jsonb(batch.product_id)),
    ('rating', to_jsonb(review.rating), to_jsonb(batch.rating)),
    ('recommend', to_jsonb(review.recommend), to_jsonb(batch.recommend)),
    ('photo_ids', to_jsonb(review.photo_ids), to_jsonb(batch.photo_ids)),
    ('photo_urls', to_jsonb(review.photo_urls), to_jsonb(batch.photo_urls)),
    ('ratings', to_jsonb(review.ratings), to_jsonb(batch.ratings)),
    ('written_at', to_jsonb(review.written_at), to_jsonb(coalesce(delivered.written_at, review.written_at))),
    ('summary', to_jsonb(review.summary), to_jsonb(coalesce(delivered.summary, review.summary))),
    ('body', to_jsonb(review.body), to_jsonb(coalesce(delivered.body, review.body))),
    ('reviewer_name', to_jsonb(review.reviewer_name), to_jsonb(coalesce(delivered.reviewer_name, review.reviewer_name))),
    ('reviewer_email', to_jsonb(review.reviewer_email), to_jsonb(coalesce(delivered.reviewer_email, review.reviewer_email))),
    ('helpfulness_base', to_jsonb(review.helpfulness_base), to_jsonb(coalesce(delivered.helpfulness, review.helpfulness_base))),
    ('response', to_jsonb(review.response), to_jsonb(case when batch.is_delivered then delivered.response else review.response end))
) as part (name, old, new)
where batch.outcome = 'updated' and part.old is distinct from part.new
group by batch.id, review.id

-- name: settle_unchanged
-- What came out the same is unchanged after all.
update batch set outcome = 'unchanged'
where outcome = 'updated' and not exists (select from batch_before where batch_before.id = batch.id)

-- name: stub_products_of_reviews
insert into product (id, source_run)
select distinct product_id, %(run_id)s::int from batch where outcome in ('inserted', 'updated') order by product_id
on conflict (id) do nothing

-- name: insert_reviews
-- Whole, in the order of their ids. A delivered report hides it from the start, until a moderator judges it.
insert into review (id, product_id, written_at, helpfulness_base, state, rating, recommend, summary, body, response,
    reviewer_name, reviewer_email, photo_ids, photo_urls, ratings,
    delivered_hash, source_run, source_file, source_offset, source_line, source_length, source_repairs)
select id, batch.product_id, written_at, helpfulness,
    case when batch.reported then 'reported' else 'published' end::review_state,
    batch.rating, batch.recommend, summary, body, response, reviewer_name, reviewer_email,
    photo_ids, photo_urls, ratings, delivered_hash, %(run_id)s, staged.file_id, source_offset, source_line, source_length, source_repairs
from batch join {reviews} as staged using (id)
where batch.outcome = 'inserted'
order by id

-- name: open_cases
insert into moderation_case (review_id, product_id, kind)
select id, product_id, 'reported' from batch where outcome = 'inserted' and reported order by id
on conflict (review_id) do nothing

-- name: update_reviews
-- Votes and the state stay as they are: a delivery changes what was delivered.
with changed as (
    update review set
        product_id = batch.product_id, rating = batch.rating, recommend = batch.recommend,
        photo_ids = batch.photo_ids, photo_urls = batch.photo_urls, ratings = batch.ratings,
        written_at = coalesce(delivered.written_at, review.written_at),
        helpfulness_base = coalesce(delivered.helpfulness, review.helpfulness_base),
        summary = coalesce(delivered.summary, review.summary),
        body = coalesce(delivered.body, review.body),
        response = case when batch.is_delivered then delivered.response else review.response end,
        reviewer_name = coalesce(delivered.reviewer_name, review.reviewer_name),
        reviewer_email = coalesce(delivered.reviewer_email, review.reviewer_email),
        delivered_hash = coalesce(delivered.delivered_hash, review.delivered_hash),
        source_run = case when batch.is_delivered then %(run_id)s else review.source_run end,
        source_file = coalesce(delivered.file_id, review.source_file),
        source_offset = coalesce(delivered.source_offset, review.source_offset),
        source_line = coalesce(delivered.source_line, review.source_line),
        source_length = coalesce(delivered.source_length, review.source_length),
        source_repairs = case when batch.is_delivered then delivered.source_repairs else review.source_repairs end,
        version = review.version + 1
    from batch left join {reviews} as delivered on delivered.id = batch.id
    where review.id = batch.id and batch.outcome = 'updated'
    returning review.id, review.version, batch.event_id
)
insert into review_before (event_id, review_id, version, columns, lineage)
select changed.event_id, changed.id, changed.version, batch_before.columns, batch_before.lineage
from changed join batch_before on batch_before.id = changed.id

-- name: move_cases
-- A case that waits follows its review to another product.
update moderation_case set product_id = batch.product_id
from batch
where moderation_case.review_id = batch.id and batch.outcome = 'updated' and batch.product_id <> batch.old_product_id

-- name: make_moves
-- What is counted in (1) and out (-1).
create temp table moves on commit drop as
select product_id, 1 as sign, rating, recommend, ratings from batch
where outcome = 'inserted' and not reported or outcome = 'updated' and old_visible
union all
select old_product_id, -1, old_rating, old_recommend, old_ratings from batch
where outcome = 'updated' and old_visible

-- name: count_rollups
-- The difference that `moves` make, product by product in their order, added to slot 0.
with counted as (
    select product_id,
        coalesce(sum(sign) filter (where rating = 1), 0) as stars_1,
        coalesce(sum(sign) filter (where rating = 2), 0) as stars_2,
        coalesce(sum(sign) filter (where rating = 3), 0) as stars_3,
        coalesce(sum(sign) filter (where rating = 4), 0) as stars_4,
        coalesce(sum(sign) filter (where rating = 5), 0) as stars_5,
        coalesce(sum(sign) filter (where recommend), 0) as recommended,
        coalesce(sum(sign) filter (where not recommend), 0) as not_recommended
    from moves group by product_id
),
rated as (
    select product_id, array_agg(x order by characteristic_id, k) as characteristics
    from (
        select product_id, ratings[i + 1] as characteristic_id, sum(sign)::int as given, sum(sign * ratings[i + 2])::int as total
        from moves cross join lateral generate_series(1, cardinality(ratings), 3) as i
        group by product_id, ratings[i + 1]
    ) as sums
    cross join lateral (values (1, characteristic_id), (2, given), (3, total)) as triple (k, x)
    where given <> 0 or total <> 0
    group by product_id
)
insert into product_rollup as kept (product_id, slot, stars_1, stars_2, stars_3, stars_4, stars_5,
    recommended, not_recommended, characteristics)
select product_id, 0, stars_1, stars_2, stars_3, stars_4, stars_5, recommended, not_recommended,
    coalesce(characteristics, array[]::int[])
from counted left join rated using (product_id)
where (stars_1, stars_2, stars_3, stars_4, stars_5, recommended, not_recommended) <> (0, 0, 0, 0, 0, 0, 0)
    or characteristics is not null
order by product_id
on conflict (product_id, slot) do update set
    stars_1 = kept.stars_1 + excluded.stars_1,
    stars_2 = kept.stars_2 + excluded.stars_2,
    stars_3 = kept.stars_3 + excluded.stars_3,
    stars_4 = kept.stars_4 + excluded.stars_4,
    stars_5 = kept.stars_5 + excluded.stars_5,
    recommended = kept.recommended + excluded.recommended,
    not_recommended = kept.not_recommended + excluded.not_recommended,
    characteristics = rollup_add(kept.characteristics, excluded.characteristics)

-- name: count_reviews
select file_id, count(*) as rows,
    count(*) filter (where outcome = 'inserted') as inserted,
    count(*) filter (where outcome = 'updated') as updated,
    count(*) filter (where outcome in ('unchanged', 'kept')) as unchanged,
    count(*) filter (where outcome = 'kept') as kept
from batch where is_delivered group by file_id order by file_id

-- name: count_photos
-- A photo of a review that is kept as it is was left aside with it.
select photo.file_id, count(*) as rows,
    count(*) filter (where outcome = 'inserted' or outcome = 'updated' and old.url is null) as inserted,
    count(*) filter (where outcome = 'updated' and old.url <> photo.url) as updated,
    count(*) filter (where outcome in ('unchanged', 'kept') or outcome = 'updated' and old.url = photo.url) as unchanged,
    count(*) filter (where outcome = 'kept' and old.url is distinct from photo.url) as kept
from {photos} as photo
join batch on batch.id = photo.review_id
left join lateral (
    select url from unnest(old_photo_ids, old_photo_urls) as old (id, url) where old.id = photo.id
) as old on true
where photo.reasons is null and outcome <> 'gone' and photo.review_id > %(after)s and photo.review_id <= %(upto)s
group by photo.file_id order by photo.file_id

-- name: count_ratings
select rating.file_id, count(*) as rows,
    count(*) filter (where outcome = 'inserted' or outcome = 'updated' and old.same is null) as inserted,
    count(*) filter (where outcome = 'updated' and not old.same) as updated,
    count(*) filter (where outcome in ('unchanged', 'kept') or outcome = 'updated' and old.same) as unchanged,
    count(*) filter (where outcome = 'kept' and old.same is not true) as kept
from {ratings} as rating
join batch on batch.id = rating.review_id
left join lateral (
    select old_ratings[i + 1] = rating.characteristic_id and old_ratings[i + 2] = rating.value as same
    from generate_series(1, cardinality(old_ratings), 3) as i where old_ratings[i] = rating.id
) as old on true
where rating.reasons is null and outcome <> 'gone' and rating.review_id > %(after)s and rating.review_id <= %(upto)s
group by rating.file_id order by rating.file_id

-- name: orphan_photos
-- Their review was erased between the check and the merge.
update {photos} as photo set reasons = array['orphan'], columns = array['review_id']
from batch where batch.id = photo.review_id and batch.outcome = 'gone' and photo.reasons is null

-- name: orphan_ratings
update {ratings} as rating set reasons = array['orphan'], columns = array['review_id']
from batch where batch.id = rating.review_id and batch.outcome = 'gone' and rating.reasons is null

-- name: add_counts
update import_file set inserted = inserted + %(inserted)s, updated = updated + %(updated)s,
    unchanged = unchanged + %(unchanged)s, kept = kept + %(kept)s
where id = %(file_id)s

-- name: make_stale
-- Reviews whose words are new, or other ones than before.
create temp table stale on commit drop as
select id from batch where outcome = 'inserted'
union all
select id from batch_before where columns ?| array['product_id', 'summary', 'body', 'reviewer_name']
