-- name: ask
insert into job (kind, asked_by, total, options, why)
values (%(kind)s, %(asked_by)s, %(total)s, %(options)s, %(why)s)
returning id

-- name: lock
select * from job where id = %(job_id)s for update

-- name: put
-- A state that somebody wished for, at once.
update job set state = %(state)s, wish = null,
    error = case when %(state)s = 'waiting' then null else error end,
    finished_at = case when %(state)s = 'cancelled' then clock_timestamp() end
where id = %(job_id)s

-- name: wish
update job set wish = %(wish)s where id = %(job_id)s

-- name: begin
-- Taken up, for the first time or again; no row where there is nothing to take up.
update job set state = 'running', started_at = clock_timestamp(), done_before = done
where id = %(job_id)s and state in ('waiting', 'running')
returning *

-- name: advance
-- Rows gone through, and each count raised by its share; what somebody wishes meanwhile.
update job set
    done = done + %(done)s,
    counts = counts || coalesce((
        select jsonb_object_agg(more.key, coalesce((job.counts ->> more.key)::bigint, 0) + more.value::bigint)
        from jsonb_each_text(%(counts)s) as more
    ), '{}')
where id = %(job_id)s
returning wish

-- name: set_total
update job set total = %(total)s where id = %(job_id)s

-- name: end
update job set state = %(state)s, wish = null, error = %(error)s,
    finished_at = case when %(state)s <> 'paused' then clock_timestamp() end
where id = %(job_id)s and state = 'running'

-- name: note
insert into job_line (job_id, text) values (%(job_id)s, %(text)s)

-- name: one
select job.*, coalesce(u.name, '') as author
from job left join user_account as u on u.id = job.asked_by
where job.id = %(job_id)s

-- name: lines
select at, text from job_line where job_id = %(job_id)s order by id desc limit %(limit)s
