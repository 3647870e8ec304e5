-- name: announce
-- A replica is known from its first instance on. It starts in rotation: writers wait for it before anyone has a lease.
insert into replica (name) values (%(name)s) on conflict do nothing

-- name: forget
-- What processes left that did not end by themselves.
delete from replica_lease where expires_at < clock_timestamp() - interval '1 hour'

-- name: look
-- Where the primary's log stands, and whether this replica is out of rotation.
select (pg_current_wal_flush_lsn() - '0/0')::bigint as position,
       (select out_since is not null from replica where name = %(name)s) as out

-- name: mark
-- After a commit: where the log stands, and the replicas that must show it before the write is answered.
select (pg_current_wal_flush_lsn() - '0/0')::bigint as position,
       array(select name from replica where out_since is null order by name) as names

-- name: replayed
-- Asked of the replica: how far it has replayed the log.
select (pg_last_wal_replay_lsn() - '0/0')::bigint as position where pg_is_in_recovery()

-- name: lock_leases_shared
-- Leases are renewed side by side, but never while a writer takes the replica out. The lock comes in a statement of its
-- own, so that the next one sees what the writer committed.
select pg_advisory_xact_lock_shared(hashtextextended('replica ' || %(name)s, 0))

-- name: lock_leases
select pg_advisory_xact_lock(hashtextextended('replica ' || %(name)s, 0))

-- name: lease
insert into replica_lease (instance, replica, expires_at)
select %(instance)s, name, clock_timestamp() + make_interval(secs => %(seconds)s) from replica
where name = %(name)s and out_since is null
on conflict (instance, replica) do update set expires_at = excluded.expires_at
returning expires_at

-- name: take_out
update replica set out_since = now() where name = %(name)s and out_since is null returning name

-- name: take_back
update replica set out_since = null where name = %(name)s

-- name: leased_for
-- How long the last lease on this replica still lasts.
select coalesce(extract(epoch from max(expires_at) - clock_timestamp()), 0)::float8 as seconds
from replica_lease where replica = %(name)s

-- name: give_back
delete from replica_lease where instance = %(instance)s
