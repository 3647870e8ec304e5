-- What the service tells of itself, and what is asked for its page.

-- name: note
-- An instance notes itself, and what it served since the last time: what it could not tell then comes with its own minute.
-- Of two processes of one name the younger speaks.
with noted as (
    insert into instance as i (name, role, version, revision, started_at, seen_at, memory, disk_used, disk_size)
    values (%(name)s, %(role)s, %(version)s, %(revision)s, %(started_at)s, now(), %(memory)s, %(disk_used)s, %(disk_size)s)
    on conflict (name) do update set
        role = excluded.role, version = excluded.version, revision = excluded.revision, started_at = excluded.started_at,
        seen_at = now(), memory = excluded.memory, disk_used = excluded.disk_used, disk_size = excluded.disk_size
    where i.started_at <= excluded.started_at
)
insert into metric_request as m (span, at, route, instance, requests, refused, errors, buckets)
select 1, r.at, r.route, %(name)s, r.requests, r.refused, r.errors, r.buckets
from jsonb_to_recordset(%(rows)s) as r (at timestamptz, route text, requests int, refused int, errors int, buckets int[])
on conflict (span, at, route, instance) do update set
    requests = m.requests + excluded.requests, refused = m.refused + excluded.refused, errors = m.errors + excluded.errors,
    buckets = array(
        select had + more from unnest(m.buckets, excluded.buckets) with ordinality as u (had, more, place) order by place
    )
returning 1

-- name: leave
-- An instance that ends in order.
delete from instance where name = %(name)s and started_at = %(started_at)s returning 1

-- name: forget_instances
delete from instance where seen_at < now() - interval '1 hour'

-- name: roll_requests
-- Rows of `of` minutes added up to rows of `span`: anew from half an hour before the last one, since an instance may tell late.
-- Counts only grow, so a row that has as many requests is the same.
with these as (
    select date_bin(make_interval(mins => %(span)s), at, timestamptz 'epoch') as bin, route, requests, refused, errors, buckets
    from metric_request
    where span = %(of)s and at >= coalesce((
        select date_bin(make_interval(mins => %(span)s), max(at) - interval '30 minutes', timestamptz 'epoch')
        from metric_request where span = %(span)s
    ), '-infinity')
), sums as (
    select bin, route, sum(requests) as requests, sum(refused) as refused, sum(errors) as errors from these group by 1, 2
), each as (
    select bin, route, u.place, sum(u.n)::int as n
    from these, unnest(buckets) with ordinality as u (n, place)
    group by 1, 2, 3
), histograms as (
    select bin, route, array_agg(n order by place) as buckets from each group by 1, 2
)
insert into metric_request as m (span, at, route, requests, refused, errors, buckets)
select %(span)s, bin, route, requests, refused, errors, buckets from sums join histograms using (bin, route)
on conflict (span, at, route, instance) do update set
    requests = excluded.requests, refused = excluded.refused, errors = excluded.errors, buckets = excluded.buckets
where m.requests <> excluded.requests

-- name: roll_gauges
insert into metric_gauge as g (span, at, code, subject, value)
select %(span)s, date_bin(make_interval(mins => %(span)s), at, timestamptz 'epoch'), code, subject, max(value)
from metric_gauge
where span = %(of)s and at >= coalesce((
    select date_bin(make_interval(mins => %(span)s), max(at) - interval '30 minutes', timestamptz 'epoch')
    from metric_gauge where span = %(span)s
), '-infinity')
group by 2, 3, 4
on conflict (span, at, code, subject) do update set value = excluded.value
where g.value <> excluded.value

-- name: forget_requests
delete from metric_request where span = %(span)s and at < now() - make_interval(hours => %(hours)s)

-- name: forget_gauges
delete from metric_gauge where span = %(span)s and at < now() - make_interval(hours => %(hours)s)

-- name: gauge
insert into metric_gauge as g (span, at, code, subject, value)
select 1, date_trunc('minute', now()), r.code, r.subject, r.value
from jsonb_to_recordset(%(rows)s) as r (code text, subject text, value float8)
on conflict (span, at, code, subject) do update set value = greatest(g.value, excluded.value)

-- name: requests
select at, route, instance, requests, refused, errors, buckets
from metric_request where span = %(span)s and at >= %(since)s
order by at

-- name: gauges
select at, code, max(value) as value
from metric_gauge where span = %(span)s and at >= %(since)s
group by 1, 2
order by 1

-- name: latest
-- What a worker last read of each figure.
select distinct on (code, subject) code, subject, value
from metric_gauge where span = 1 and at >= now() - interval '3 minutes'
order by code, subject, at desc

-- name: latest_storage
-- What the worker last read of each place that is imported from.
select distinct on (subject) subject, at, value
from metric_gauge where span = 1 and at >= now() - interval '10 minutes' and code = 'storage'
order by subject, at desc

-- name: instances
select name, role, version, revision, started_at, seen_at, memory, disk_used, disk_size,
       extract(epoch from now() - seen_at)::float8 as silent
from instance
order by array_position(array['api', 'all', 'console', 'worker'], role), name

-- name: standing
-- The primary by itself. Ages come from its own clock.
select now() as at, (select version_num from alembic_version) as revision,
       (select count(*) from pg_stat_activity where datname is not null)::int as connections,
       current_setting('max_connections')::int as most_connections,
       current_setting('server_version') as version,
       extract(epoch from now() - pg_postmaster_start_time())::float8 as up,
       (select extract(epoch from now() - min(opened_at))::float8 from (
           (select opened_at from moderation_case where kind = 'reported' order by opened_at limit 1)
           union all
           (select opened_at from moderation_case where kind = 'held' order by opened_at limit 1)
       ) as cases) as oldest

-- name: connections
-- Asked of a replica.
select count(*)::int as connections, current_setting('max_connections')::int as most_connections
from pg_stat_activity where datname is not null

-- name: queues
-- Jobs that wait and run. One stalls when its worker has gone, or when it waits and is due while nobody takes it; what waits
-- for another of its kind (an import behind an import) does not.
select j.queue_name as queue,
       count(*) filter (where j.status = 'todo')::int as waiting,
       count(*) filter (where j.status = 'doing')::int as running,
       count(*) filter (where
           j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(silent)s))
           or j.status = 'todo' and coalesce(j.scheduled_at, due.at) < now() - make_interval(secs => %(patience)s)
              and not exists (select from procrastinate_jobs as b where b.lock = j.lock and b.status = 'doing')
       )::int as stalled,
       extract(epoch from now() - min(due.at) filter (where j.status = 'todo'))::float8 as oldest
from procrastinate_jobs as j
left join procrastinate_workers as w on w.id = j.worker_id
left join lateral (
    select max(e.at) as at from procrastinate_events as e where e.job_id = j.id and j.status = 'todo'
) as due on true
where j.status in ('todo', 'doing')
group by 1
order by 1

-- name: tables
-- The largest tables with their indexes, partitions with what they are parts of. Rows are what the last ANALYZE thought.
select coalesce(parent.relname, c.relname) as name, sum(pg_total_relation_size(c.oid))::bigint as bytes,
       sum(greatest(c.reltuples, 0))::bigint as rows
from pg_class as c
left join pg_inherits as h on h.inhrelid = c.oid
left join pg_class as parent on parent.oid = h.inhparent
where c.relkind in ('r', 'm') and c.relnamespace = 'public'::regnamespace
group by 1
order by 2 desc
limit %(most)s

-- name: size
select pg_database_size(current_database()) as bytes
