-- Targets that are missed: what is remembered of them, and what is to be sent.

-- name: lock
select pg_advisory_xact_lock(%(lock)s)

-- name: under_way
select id, code, subject, began_at, opened_at, held_since from alert where ended_at is null

-- name: begin
insert into alert (code, subject, began_at, worst, latest, target)
values (%(code)s, %(subject)s, %(began_at)s, %(value)s, %(value)s, %(target)s)

-- name: keep
-- A value comes as null where nothing could be read.
update alert set
    opened_at = %(opened_at)s, held_since = %(held_since)s, ended_at = %(ended_at)s, target = %(target)s,
    worst = greatest(worst, %(value)s::float8), latest = coalesce(%(value)s::float8, latest)
where id = %(id)s

-- name: drop
-- It held again before anybody was told.
delete from alert where id = %(id)s and opened_at is null

-- name: open
select id, code, subject, began_at, opened_at, held_since, worst, latest, target
from alert where opened_at is not null and ended_at is null
order by opened_at, id

-- name: ended
select id, code, subject, began_at, opened_at, ended_at, worst, target
from alert where ended_at is not null
order by id desc
limit %(most)s

-- name: claim
-- Tries come after a minute, then later each time, an hour at most. What ended a day ago is no news.
update alert set tries = tries + 1, try_at = now() + make_interval(secs => least(60 * power(2, tries), 3600))
where id = (
    select id from alert
    where opened_at is not null and code = any(%(codes)s) and sent < case when ended_at is null then 1 else 2 end and tries < %(most)s and try_at <= now()
        and coalesce(ended_at, now()) > now() - interval '1 day'
    order by try_at
    limit 1
    for update skip locked
)
returning id, code, subject, began_at, opened_at, ended_at, worst, latest, target, sent

-- name: sent
update alert set sent = %(stage)s, tries = 0, try_at = now() where id = %(id)s

-- name: forget
delete from alert where ended_at < now() - interval '400 days'
