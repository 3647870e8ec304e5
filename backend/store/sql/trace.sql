-- name: record
-- One event. The table is append-only: the application may not change or delete what stands there.
insert into event (actor_kind, actor_id, action, subject_kind, subject_id, reason, cause, undoes, fields, counts, request_id)
values (%(actor_kind)s, %(actor_id)s, %(action)s, %(subject_kind)s, %(subject_id)s, %(reason)s, %(cause)s, %(undoes)s,
        %(fields)s, %(counts)s, %(request_id)s)
returning id

-- name: keep_before
insert into review_before (event_id, review_id, version, columns, restores)
values (%(event_id)s, %(review_id)s, %(version)s, %(columns)s, %(restores)s)

-- name: undoable
-- What an event changed, and whether it has been undone already.
select e.action, e.subject_id, b.review_id, b.version, b.columns,
       exists (select from event as u where u.undoes = e.id) as undone
from event as e left join review_before as b on b.event_id = e.id
where e.id = %(event_id)s
order by b.review_id

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
