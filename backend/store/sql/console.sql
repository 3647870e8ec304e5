-- name: one_review
-- One review with its product, the file that delivered it, and its open case.
select
    r.*,
    p.name as product_name,
    f.name as file_name,
    c.kind as case_kind,
    c.opened_at as case_opened_at,
    coalesce(c.reports, 0) as reports,
    h.name as case_held_by
from review as r
left join product as p on p.id = r.product_id
left join import_file as f on f.id = r.source_file
left join moderation_case as c on c.review_id = r.id
left join user_account as h on h.id = c.held_by
where r.id = %(id)s

-- name: characteristic_names
select id, name::text as name from characteristic where id = any(%(ids)s)

-- name: file_names
select id, name from import_file where id = any(%(ids)s)

-- name: stars_of_product
-- A product's visible reviews by rating, from its rollups.
select coalesce(array[sum(stars_1), sum(stars_2), sum(stars_3), sum(stars_4), sum(stars_5)]::int[], '{0,0,0,0,0}') as stars
from product_rollup
where product_id = %(product_id)s

-- name: reports_of_review
select t.id, t.at, t.reason, t.note, t.hid, u.name as user_name
from report as t
left join user_account as u on u.id = t.user_id
where t.review_id = %(id)s
order by t.id desc
limit 50

-- name: events_of_review
-- What was done to a review, newest first, by people, runs and jobs, with what its columns were before, where it came from
-- before an import changed that, and whether it was undone since.
with done as (
    select id from event where subject_kind = 'review' and subject_id = %(id)s
    union
    select event_id from review_before where review_id = %(id)s
)
select
    e.id, e.at, e.actor_kind, e.action, e.subject_kind, e.subject_id, e.reason, e.cause, e.undoes,
    u.name as actor_name,
    y.title as reason_title,
    b.columns as before,
    b.lineage,
    b.version,
    exists (select from event as later where later.undoes = e.id) as undone
from done
join event as e on e.id = done.id
left join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
left join reason as y on y.code = e.reason
left join review_before as b on b.review_id = %(id)s and b.event_id = e.id
order by coalesce(b.at, e.at) desc, e.id desc
limit 100

-- name: count_cases
select kind, count(*) as waiting
from (
    (select kind from moderation_case where kind = 'reported' limit 1001)
    union all
    (select kind from moderation_case where kind = 'held' limit 1001)
) as cases
group by kind

-- name: reviews_of_events
-- What a toast says of decisions just made: the event, its review and whose it is.
select
    e.id, e.action, e.undoes, e.subject_id as review_id, e.reason, y.title as reason_title,
    r.reviewer_name, p.name as product_name, r.product_id,
    exists (select from event as later where later.undoes = e.id) as undone
from event as e
join review as r on r.id = e.subject_id
left join product as p on p.id = r.product_id
left join reason as y on y.code = e.reason
where e.id = any(%(ids)s) and e.subject_kind = 'review'
order by e.id

-- name: colleagues
-- Who may have decided something, by name.
select id, name from user_account
where role in ('moderator', 'lead', 'administrator') order by lower(name), id limit 500

-- name: names_of_filters
-- What stands in an address by its number or code, as people know it.
select
    (select name from product where id = %(product_id)s) as product_id,
    (select title from reason where code = %(reason)s) as reason,
    (select name from user_account where id = %(moderator_id)s) as moderator_id
