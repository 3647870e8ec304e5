-- Import runs and their files: asked for, shown, kept alive, ended.

-- name: request
-- A run that waits for a worker.
insert into import_run (source, user_id, options) values (%(source)s, %(user_id)s, %(options)s) returning id

-- name: ask_cancel
-- Only a run that has not ended can be cancelled; the worker sees it within a second.
update import_run set cancel_asked = true
where id = %(run_id)s and state in ('waiting', 'running', 'reversing')
returning state

-- name: ask_pause
-- Only a run that goes on can be paused; a paused one goes on in the same worker, or in the one that takes it up.
update import_run set pause_asked = %(pause)s
where id = %(run_id)s and state = 'running' and not cancel_asked and pause_asked <> %(pause)s
returning id

-- name: cancel_waiting
-- A run no worker has begun is cancelled on the spot.
update import_run set state = 'cancelled', finished_at = now()
where id = %(run_id)s and state = 'waiting' and not exists (select from import_file where run_id = %(run_id)s)
returning id

-- name: list_runs
-- Newest first, with the sums of their files; `before` is the id of the last one seen. Runs are thousands at most: filters walk them.
select run.id, run.source, run.state, run.stage, run.user_id, account.name as user_name, run.requested_at, run.started_at,
    run.finished_at, run.seen_at, run.cancel_asked, run.pause_asked, run.error, run.merged_rows, run.merge_total, run.stages,
    run.options ? 'dry_run' as dry_run, run.options -> 'most_rejects' as most_rejects,
    coalesce(course.shares, '{}') as shares, coalesce(files.files, 0) as files, coalesce(files.bytes, 0) as bytes, coalesce(files.bytes_read, 0) as bytes_read,
    coalesce(files.records, 0) as records, coalesce(files.inserted, 0) as inserted,
    coalesce(files.updated, 0) as updated, coalesce(files.unchanged, 0) as unchanged,
    coalesce(files.duplicates, 0) as duplicates, coalesce(files.rejected, 0) as rejected,
    coalesce(files.repaired, 0) as repaired, coalesce(files.kept, 0) as kept, coalesce(files.blank, 0) as blank, run.reversal, coalesce(files.reversed, 0) as reversed
from (
    select * from import_run
    where (%(before)s::int is null or id < %(before)s)
        and (%(states)s::run_state[] is null or state = any (%(states)s))
        and (%(source)s = '' or strpos(lower(source), lower(%(source)s)) > 0)
        and (not %(shell)s or user_id is null)
        and (%(user_id)s::int is null or user_id = %(user_id)s)
        and (%(since)s::date is null or requested_at >= %(since)s::date::timestamp at time zone %(zone)s)
        and (%(until)s::date is null or requested_at < (%(until)s::date + 1)::timestamp at time zone %(zone)s)
    order by id desc
    limit %(count)s
) as run
left join user_account as account on account.id = run.user_id
left join lateral (
    select count(*) as files, sum(bytes)::bigint as bytes, sum(bytes_read)::bigint as bytes_read,
        sum(records)::bigint as records, sum(inserted)::bigint as inserted, sum(updated)::bigint as updated,
        sum(unchanged)::bigint as unchanged, sum(duplicates)::bigint as duplicates, sum(rejected)::bigint as rejected,
        sum(repaired)::bigint as repaired, sum(kept)::bigint as kept, sum(blank)::bigint as blank, sum(reversed)::bigint as reversed
    from import_file where run_id = run.id
) as files on true
left join lateral (
    -- Of many files, several together: what is drawn has so much room.
    select array_agg(array[part.records, part.rejected] order by part.n) as shares
    from (
        select n, sum(records)::bigint as records, sum(rejected)::bigint as rejected
        from (
            select records, rejected, ntile(24) over (order by id) as n
            from import_file where run_id = run.id and records > 0
        ) as each
        group by n
    ) as part
) as course on true
order by run.id desc

-- name: starters
-- By name; each is looked up by the index over who asked.
select id, name from user_account as account
where exists (select from import_run where user_id = account.id)
order by lower(name), id
limit 500

-- name: one_run
select run.*, run.options ? 'dry_run' as dry_run, account.name as user_name,
    (select coalesce(sum(reviews), 0)::bigint from search_due where run_id = run.id) as index_left
from import_run as run
left join user_account as account on account.id = run.user_id
where run.id = %(run_id)s

-- name: files
select * from import_file where run_id = %(run_id)s order by id

-- name: begin
-- A run that starts, or goes on where a worker left it. None when it has ended.
update import_run set state = 'running', started_at = coalesce(started_at, now()), seen_at = now(), error = null
where id = %(run_id)s and state in ('waiting', 'running')
returning *

-- name: is_dry
select options ? 'dry_run' as dry from import_run where id = %(run_id)s

-- name: state
select state from import_run where id = %(run_id)s

-- name: beat
-- A sign of life; says whether somebody asked to cancel or to pause.
update import_run set seen_at = now() where id = %(run_id)s returning cancel_asked, pause_asked

-- name: goes_on
select state = 'running' and not (cancel_asked or pause_asked) as goes_on from import_run where id = %(run_id)s

-- name: enter_stage
-- Close the stage the run was in and open the next; `ahead` are those that come after it, where that is known by now.
update import_run set
    stage = %(stage)s,
    seen_at = now(),
    stages = (
        select coalesce(jsonb_agg(case when each ? 'ended' then each else each || jsonb_build_object('ended', now()) end order by n), '[]')
        from jsonb_array_elements(stages) with ordinality as old (each, n)
    ) || case when %(stage)s::text is null then '[]' else jsonb_build_array(
        jsonb_build_object('name', %(stage)s::text, 'began', now(), 'ahead', %(ahead)s::text[])
    ) end
where id = %(run_id)s

-- name: advance_stage
-- How far the stage is that the run is in, where nothing else in its row tells.
update import_run set seen_at = now(),
    stages = jsonb_set(stages, '{-1}', stages -> -1 || jsonb_build_object('done', %(done)s::int, 'total', %(total)s::int))
where id = %(run_id)s

-- name: reach
-- What is done of a run: by this, it goes on after a crash.
update import_run set checkpoint = checkpoint || jsonb_build_object(%(stage)s::text, 1), seen_at = now()
where id = %(run_id)s

-- name: has_reached
select checkpoint ? %(stage)s as has from import_run where id = %(run_id)s

-- name: count_merged
update import_run set merged_rows = merged_rows + %(rows)s, seen_at = now() where id = %(run_id)s returning merged_rows

-- name: fill
-- All is on the shelves, in this transaction.
update import_run set merged_rows = merge_total, checkpoint = checkpoint || '{"filled": 1}', seen_at = now()
where id = %(run_id)s

-- name: forget_ranges
delete from import_range where run_id = %(run_id)s

-- name: help_wanted
-- How many further workers may help: those that are alive but one (none but the shell is one), fewer those already asked.
select least(
        %(most)s,
        (select count(*) from procrastinate_workers where last_heartbeat > now() - interval '30 seconds')
            - (not coalesce((run.options ->> 'shell')::boolean, false))::int,
        (select count(*) from import_range where run_id = run.id) - 1
    ) - (
        select count(*) from procrastinate_jobs
        where task_name = 'help_import' and status in ('todo', 'doing') and (args ->> 'run_id')::int = run.id
    ) as helpers
from import_run as run where run.id = %(run_id)s

-- name: forget_reading
-- What was staged was never whole: reading begins again. Nothing was merged yet; what was loaded is there.
update import_run set checkpoint = case when checkpoint ? 'live' then '{"live": 1}'::jsonb else '{}' end where id = %(run_id)s

-- name: set_total
update import_run set merge_total = %(total)s where id = %(run_id)s

-- name: add_file
insert into import_file (run_id, name, url, etag, bytes, format, state, error, understood)
values (%(run_id)s, %(name)s, %(url)s, %(etag)s, %(bytes)s, %(format)s, %(state)s, %(error)s, %(understood)s)
returning id

-- name: loaded_before
-- The run that has loaded the very same object last, where nothing of its kind was loaded since and all of it still stands.
select run.id
from import_file as file
join import_run as run on run.id = file.run_id
where file.url = %(url)s and file.etag = %(etag)s and file.bytes = %(bytes)s and file.format = %(format)s
    and file.state = 'merged' and file.again_of is null and run.state = 'finished' and not run.options ? 'dry_run'
    and run.options -> 'mapping' is not distinct from (select options -> 'mapping' from import_run where id = %(run_id)s)
    and not exists (
        select from import_file as other
        join import_run as later on later.id = other.run_id
        where later.id > run.id and later.id <> %(run_id)s and later.state <> 'reversed' and not later.options ? 'dry_run'
            and other.format = file.format and other.inserted + other.updated > 0
    )
order by run.id desc
limit 1

-- name: loaded_by
-- Of what the picker shows, what was loaded last: objects by address and ETag, folders by the run asked for with them.
with newest as materialized (
    select id, source, state, finished_at from import_run
    where id > (select max(id) - 1000 from import_run) and not options ? 'dry_run' and state in ('finished', 'running', 'waiting')
)
(
    select distinct on (source) source as url, id, state, finished_at
    from newest where source = any (%(folders)s)
    order by source, id desc
)
union all
(
    select distinct on (file.url) file.url, run.id, run.state, run.finished_at
    from newest as run
    join import_file as file on file.run_id = run.id and file.state = 'merged' and file.again_of is null
    join unnest(%(urls)s::text[], %(etags)s::text[]) as shown (url, etag) on shown.url = file.url and shown.etag = file.etag
    where run.state = 'finished'
    order by file.url, run.id desc
)

-- name: set_file_state
update import_file set state = %(state)s, error = %(error)s where id = %(file_id)s

-- name: set_files_merged
update import_file set state = 'merged' where run_id = %(run_id)s and state = 'read'

-- name: empty_file
-- Nothing of this reading counts any more.
update import_file set bytes_read = 0, records = 0, duplicates = 0, rejected = 0, repaired = 0, repairs = '{}', forms = '{}', headers = 0,
    blank = 0, record_bytes = 0, blank_bytes = 0, header_bytes = 0, inserted = 0, updated = 0, unchanged = 0, kept = 0
where id = %(file_id)s

-- name: drop_rejects
with gone as (delete from import_reject where file_id = %(file_id)s)
delete from import_signature where file_id = %(file_id)s

-- name: reserve_events
-- The number of the event each file's changes stand under, before the first of them is made. A dry run makes none.
update import_file set event_id = nextval(pg_get_serial_sequence('event', 'id'))
where run_id = %(run_id)s and state = 'read' and event_id is null
    and not exists (select from import_run where id = %(run_id)s and options ? 'dry_run')

-- name: record_events
-- One event a file, with the counts, under the number reserved for it.
insert into event (id, actor_kind, actor_id, action, subject_kind, subject_id, cause, counts)
overriding system value
select file.event_id, case when run.user_id is null then 'import' else 'user' end, run.user_id, 'import', 'run', run.id,
    'file ' || file.id,
    jsonb_build_object('inserted', file.inserted, 'updated', file.updated, 'unchanged', file.unchanged,
        'duplicates', file.duplicates, 'rejected', file.rejected)
from import_file as file
join import_run as run on run.id = file.run_id
where file.run_id = %(run_id)s and file.event_id is not null
order by file.id
on conflict (id) do nothing

-- name: unbalanced
-- Files whose records do not all end in exactly one of: inserted, updated, unchanged, duplicate, rejected.
select name, records, inserted + updated + unchanged + duplicates + rejected as accounted
from import_file
where run_id = %(run_id)s and state = 'merged'
    and records <> inserted + updated + unchanged + duplicates + rejected
order by id

-- name: finish
update import_run set state = %(state)s, error = %(error)s, finished_at = now(), seen_at = now()
where id = %(run_id)s and state in ('waiting', 'running')

-- name: abandoned
-- Runs that say they run but show no life: their worker or their shell is gone.
select id, state, coalesce((case when state = 'reversing' then reversal else options end ->> 'shell')::boolean, false) as shell
from import_run
where state in ('running', 'reversing') and seen_at < now() - make_interval(secs => %(seconds)s)
order by id

-- name: ended_staging
-- Staging tables of runs that have ended, left by a crash between the end and the cleaning up.
select tables.relname as name
from pg_class as tables
join pg_namespace as spaces on spaces.oid = tables.relnamespace and spaces.nspname = 'staging'
where tables.relkind = 'r' and tables.relname ~ '_\d+$'
    and not exists (
        select from import_run as run
        where run.id = substring(tables.relname from '_(\d+)$')::int and run.state in ('waiting', 'running', 'reversing')
    )
order by 1

-- name: refresh_statistics
-- Where it brought a twentieth as many rows as there are reviews, or more: looking through all tables takes seconds, and what is
-- less changes hardly what the planner knows. Postgres by itself waits for a tenth.
select refresh_statistics()
where (select sum(inserted + updated) from import_file where run_id = %(run_id)s)
    > (select greatest(reltuples, 0) / 20 from pg_class where oid = 'review'::regclass)
