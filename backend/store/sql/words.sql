-- The search words of what imports have written: due in the transaction that writes, indexed afterwards.

-- name: note_due
-- What stands in `stale` (ids, for one transaction) can be found no more by what it was, and not yet by what it is.
with gone as (
    delete from review_search using stale where review_search.review_id = stale.id
),
noted as (
    insert into search_due (run_id, ids, reviews)
    select %(run_id)s::int, array_agg(id order by id), count(*)
    from (select id, (row_number() over (order by id) - 1) / %(words)s as part from stale) as parts
    group by part order by part
    returning reviews
)
update import_run set index_total = index_total + noted.reviews
from (select sum(reviews) as reviews from noted) as noted
where import_run.id = %(run_id)s and noted.reviews is not null

-- name: all_due
-- Every review there is, in ranges of ids: a count of them would take as long as the search for the first and last is short.
with ends as (
    select min(id)::bigint as low, max(id)::bigint as high from review
),
ranges as (
    select at as after, least(at + step, high) as upto
    from ends
    cross join lateral (select greatest(%(words)s::bigint, (high - low) / 10000 + 1) as step) as steps
    cross join lateral generate_series(low - 1, high - 1, step) as at
),
noted as (
    insert into search_due (run_id, after, upto, reviews)
    select %(run_id)s::int, after, upto,
        (%(reviews)s::bigint * place / count(*) over () - %(reviews)s::bigint * (place - 1) / count(*) over ())::int
    from (select *, row_number() over (order by after) as place from ranges) as ranges
    order by after
)
update import_run set index_total = index_total + %(reviews)s where id = %(run_id)s

-- name: is_due
-- While a run goes on its words can wait, and so can indexes.
select (exists (select from search_due) or exists (select from index_due))
    and not exists (select from import_run where state in ('running', 'reversing')) as due

-- name: begin_anew
-- A run that makes words due a second time (its rollback does) counts from there.
update import_run set index_began_at = null,
    index_total = (select coalesce(sum(reviews), 0) from search_due where run_id = %(run_id)s)
where id = %(run_id)s

-- name: claim
-- Whoever claims it holds it until the words are in. A run whose first words these are has begun.
with claimed as (
    delete from search_due
    where id = (select id from search_due order by id limit 1 for update skip locked)
    returning run_id, ids, after, upto, reviews
),
began as (
    update import_run set index_began_at = now()
    from claimed where import_run.id = claimed.run_id and import_run.index_began_at is null
)
select * from claimed

-- name: ids_between
select id from review where id > %(after)s and id <= %(upto)s

-- name: index
-- The lock keeps imports and moderators, not votes, from changing them meanwhile. Who wrote words since knows better.
with batch as materialized (
    select id, product_id, summary, body, reviewer_name from review
    where id = any (%(ids)s::int[]) and state <> 'removed'
        and not exists (select from review_search where review_search.review_id = review.id)
    order by id for key share of review
)
insert into review_search (review_id, product_id, document)
select id, product_id, search_document(summary, body, reviewer_name) from batch order by id
on conflict (review_id) do nothing

-- name: left
-- How many reviews still wait; of one run where it is given.
select coalesce(sum(reviews), 0)::bigint as reviews from search_due where %(run_id)s::int is null or run_id = %(run_id)s
