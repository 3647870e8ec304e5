-- name: record
-- One event. The table is append-only: the application may not change or delete what stands there.
insert into event (actor_kind, actor_id, action, subject_kind, subject_id, reason, cause, undoes, fields, counts, request_id)
values (%(actor_kind)s, %(actor_id)s, %(action)s, %(subject_kind)s, %(subject_id)s, %(reason)s, %(cause)s, %(undoes)s,
        %(fields)s, %(counts)s, %(request_id)s)
returning id

-- name: undoable
-- Whether an event has been undone already as a whole, and whether what was there before is kept.
select e.action, e.subject_kind, e.subject_id, e.fields,
    exists (
        select from event as u
        where u.undoes = e.id and u.subject_kind = e.subject_kind and u.subject_id is not distinct from e.subject_id
    ) as undone,
    exists (select from review_before as b where b.event_id = e.id and b.at >= e.at)
    or exists (select from catalogue_before as b where b.event_id = e.id) as kept
from event as e where e.id = %(event_id)s

-- name: touched_since
-- Which columns of a review changed after a version, and how many changes kept what was there before.
select count(distinct b.version) as changes, coalesce(array_agg(distinct name) filter (where name is not null), '{}') as columns
from review_before as b left join lateral jsonb_object_keys(b.columns) as name on true
where b.review_id = %(review_id)s and b.version > %(version)s

-- name: before_since
-- What a review's columns were before each change after a version, the last change first.
select columns from review_before where review_id = %(review_id)s and version > %(version)s order by version desc

-- name: standing
-- Reviews that are as one of these events left them: their version is the one that it gave them, or whatever was changed
-- since was brought back.
select distinct b.review_id
from review_before as b join review as r on r.id = b.review_id
where b.event_id = any(%(event_ids)s) and exists (
    with recursive same (version) as (
        select r.version
        union
        select later.restores
        from same join review_before as later on later.review_id = r.id and later.version = same.version
        where later.restores is not null
    )
    select from same where same.version = b.version
)
