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

-- name: page
-- Jobs and import runs in one list, newest first. Each kind's own index gives its newest, so only two pages are put together.
-- Who asks for what runs is given the rollbacks that run, too.
select * from (
    (
        select 'job' as source, job.id, job.kind, job.state, job.asked_at, job.started_at, job.finished_at, job.asked_by,
            job.total, job.done, job.done_before, job.counts, job.why as about, job.error, job.wish is not null as wished
        from job
        where not %(only_runs)s and (%(kind)s::text is null or job.kind = %(kind)s)
            and (%(state)s::text is null or job.state = %(state)s)
            and (%(at)s::timestamptz is null
                or job.asked_at <= %(at)s and (job.asked_at, 'job', job.id) < (%(at)s, %(source)s, %(id)s::int))
        order by job.asked_at desc, job.id desc
        limit %(size)s
    )
    union all
    (
        select 'import', run.id, 'import', case told.state when 'paused' then 'paused' else run.state::text end, run.requested_at, run.started_at, run.finished_at, run.user_id, run.merge_total, run.merged_rows, 0, '{}', run.source, run.error, run.cancel_asked
        from import_run as run
        cross join lateral (
            select case
                when run.state = 'running' and run.pause_asked then 'paused'
                when run.state = 'reversing' then 'running'
                when run.state = 'reversed' then 'finished'
                else run.state::text
            end as state
        ) as told
        where (%(kind)s::text is null or %(only_runs)s) and (%(state)s::text is null or told.state = %(state)s)
            and (%(at)s::timestamptz is null
                or run.requested_at <= %(at)s and (run.requested_at, 'import', run.id) < (%(at)s, %(source)s, %(id)s::int))
        order by run.requested_at desc, run.id desc
        limit %(size)s
    )
) as both_kinds
order by asked_at desc, source desc, id desc
limit %(size)s

-- name: authors
select id, name from user_account where id = any(%(ids)s)
