-- name: ask
insert into export (job_id, query, time_zone, emails) values (%(job_id)s, %(query)s, %(time_zone)s, %(emails)s)

-- name: one
select e.job_id, e.query, e.time_zone, e.emails, e.parts, e.slow, e.written_at, e.review_id, e.expires_at, j.asked_by, j.state, j.done
from export as e join job as j on j.id = e.job_id
where e.job_id = %(job_id)s and e.expires_at > now()

-- name: keep_part
insert into export_part (job_id, part, body) values (%(job_id)s, %(part)s, %(body)s)

-- name: reach
-- How far the file is, in the transaction that wrote its last part.
update export set parts = %(parts)s, written_at = %(written_at)s, review_id = %(review_id)s, slow = %(slow)s
where job_id = %(job_id)s

-- name: part
select body from export_part where job_id = %(job_id)s and part = %(part)s

-- name: forget
delete from export where expires_at <= now()
