-- Redacting personal data and erasing a reviewer: what is looked for, what is still to do, and what is done to a review.

-- ---- looking for a reviewer

-- name: begin_search
insert into reviewer_search (job_id, address, address_hash) values (%(job_id)s, %(address)s, %(address_hash)s)

-- name: search
select search.*, job.state, job.counts
from reviewer_search as search
join job on job.id = search.job_id
where search.job_id = %(job_id)s

-- name: estimate
-- About how many rows there are to look through, by the planner's own numbers.
select coalesce(sum(greatest(reltuples, 0)), 0)::bigint as rows
from pg_class where oid in ('review'::regclass, 'import_reject'::regclass)

-- name: look_at_reviews
-- The next rows by id. No index knows addresses: each would cost every vote, for something that is asked a few times a month.
with batch as materialized (
    select id, reviewer_email, state from review where id > %(after)s order by id limit %(size)s
),
found as (
    insert into personal_row (job_id, kind, id)
    select %(job_id)s, 'review', id from batch where lower(reviewer_email) = lower(%(address)s) and state <> 'removed'
    on conflict do nothing
    returning id
),
looked as (
    update reviewer_search set review_at = (select max(id) from batch)
    where job_id = %(job_id)s and exists (select from batch)
)
select (select max(id) from batch) as upto, (select count(*) from batch) as rows, (select count(*) from found) as found

-- name: look_at_rejects
-- Records that an import refused are kept as they came. The address stands in one as a whole, not as the end of a longer one.
with batch as materialized (
    select id, raw from import_reject where id > %(after)s order by id limit %(size)s
),
told as (
    select id, encode(raw, 'escape') as line from batch
    where position(lower(%(escaped)s) in lower(encode(raw, 'escape'))) > 0
),
found as (
    insert into personal_row (job_id, kind, id)
    select %(job_id)s, 'reject', id from told where line ~* %(pattern)s
    on conflict do nothing
    returning id
),
looked as (
    update reviewer_search set reject_at = (select max(id) from batch)
    where job_id = %(job_id)s and exists (select from batch)
)
select (select max(id) from batch) as upto, (select count(*) from batch) as rows, (select count(*) from found) as found

-- name: escaped
select encode(convert_to(%(address)s, 'UTF8'), 'escape') as address

-- name: found
-- What a search has found that nobody has erased yet.
select count(*) filter (where kind = 'review') as reviews, count(*) filter (where kind = 'reject') as rejects
from personal_row where job_id = %(job_id)s

-- name: samples
select r.id, r.written_at, r.rating, r.state, r.summary, r.reviewer_name, r.product_id, p.name as product_name
from personal_row as found
join review as r on r.id = found.id
left join product as p on p.id = r.product_id
where found.job_id = %(job_id)s and found.kind = 'review'
order by found.id desc
limit 10

-- name: erased_before
-- Whether what was found of this address was erased once, and when the last time.
select max(job.finished_at) as at
from reviewer_search as search
join job on job.id = search.erased_by
where search.address_hash = %(address_hash)s and job.state = 'finished'

-- name: hand_over
-- What was found becomes what is to be erased.
update personal_row set job_id = %(job_id)s where job_id = %(search_id)s

-- name: mark_erased
update reviewer_search set address = null, erased_by = %(job_id)s where job_id = %(search_id)s

-- name: lock_search
select job.state, search.erased_by
from reviewer_search as search
join job on job.id = search.job_id
where search.job_id = %(job_id)s
for update of search

-- name: forget_searches
-- An address that was looked for and not erased is kept for a week, and so is what was found.
with old as (
    update reviewer_search set address = null
    from job
    where job.id = reviewer_search.job_id and reviewer_search.address is not null
        and coalesce(job.finished_at, job.asked_at) < now() - interval '7 days'
    returning job.id
)
delete from personal_row using old where personal_row.job_id = old.id

-- ---- what is to be done

-- name: choose
insert into personal_row (job_id, kind, id)
select %(job_id)s, 'review', id from unnest(%(ids)s::int[]) as id

-- name: claim
-- The next rows. They are gone with the transaction that does them, so whoever goes on after a crash finds the others.
delete from personal_row
where job_id = %(job_id)s and kind = %(kind)s and id in (
    select id from personal_row where job_id = %(job_id)s and kind = %(kind)s order by id limit %(size)s
)
returning id

-- ---- what is done to a review

-- name: lock
-- Those that are not gone already, in the order in which everybody locks them.
select id, product_id, summary, body, response, reviewer_name, reviewer_email
from review where id = any(%(ids)s::int[]) and state <> 'removed'
order by id for update

-- name: count_out
select count_review(product_id, rating, recommend, ratings, -1)
from (select * from review where id = any(%(ids)s::int[]) and visible order by product_id, id) as gone

-- name: erase
-- What is left says that there was a review of this product, with so many stars. Where in its file it stood is forgotten, too.
update review set state = 'removed', summary = '', body = '', response = null, reviewer_name = '', reviewer_email = '',
    photo_ids = '{}', photo_urls = '{}', delivered_hash = null,
    source_offset = null, source_line = null, source_length = null, source_repairs = null, version = version + 1
where id = any(%(ids)s::int[])

-- name: redact
update review set
    summary = coalesce(given.summary, review.summary), body = coalesce(given.body, review.body),
    response = coalesce(given.response, review.response),
    reviewer_name = coalesce(given.reviewer_name, review.reviewer_name),
    reviewer_email = coalesce(given.reviewer_email, review.reviewer_email),
    source_offset = null, source_line = null, source_length = null, version = review.version + 1
from unnest(%(ids)s::int[], %(summary)s::text[], %(body)s::text[], %(response)s::text[], %(reviewer_name)s::text[],
    %(reviewer_email)s::text[]) as given (id, summary, body, response, reviewer_name, reviewer_email)
where review.id = given.id

-- name: forget_words
delete from review_search where review_id = any(%(ids)s::int[])

-- name: index_again
-- Where the words of one are still due, whoever indexes them finds what it is now.
update review_search set document = search_document(review.summary, review.body, review.reviewer_name)
from review where review.id = review_search.review_id and review.id = any(%(ids)s::int[])

-- name: forget_case
delete from moderation_case where review_id = any(%(ids)s::int[])

-- name: forget_notes
update report set note = null where review_id = any(%(ids)s::int[]) and note is not null

-- name: forget_remarks
delete from review_note where review_id = any(%(ids)s::int[])

-- name: forget_before
-- What it was before holds what is to be forgotten. Nothing that was done to it earlier can be undone any more.
delete from review_before where review_id = any(%(ids)s::int[])

-- name: record
-- An event a review, so that its history tells. `fields` are joined by commas.
insert into event (actor_kind, actor_id, action, subject_kind, subject_id, cause, fields)
select %(actor_kind)s, %(actor_id)s, %(action)s, 'review', done.id, %(cause)s, string_to_array(done.fields, ',')
from unnest(%(ids)s::int[], %(fields)s::text[]) as done (id, fields)

-- name: blank_rejects
-- As long as it was, so that whoever tries it again does not look for the rest in the delivery.
update import_reject set raw = convert_to(repeat('*', octet_length(raw)), 'UTF8') where id = any(%(ids)s::bigint[])

-- name: preview
select id, summary, body, response, reviewer_name, reviewer_email, state
from review where id = any(%(ids)s::int[]) order by id

-- name: address_of
select reviewer_email from review where id = %(review_id)s and state <> 'removed'
