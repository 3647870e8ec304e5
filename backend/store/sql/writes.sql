-- What goes with the public's writes beside the review itself: repeats, limits, screening.

-- name: claim_key
-- Whoever comes second with a key waits here for the first. An answer older than a day is forgotten.
insert into idempotency_key as known (caller, key, request) values (%(caller)s, %(key)s, %(request)s)
on conflict (caller, key) do update set request = excluded.request, review_id = null, held = false, at = now()
where known.at <= now() - interval '24 hours'
returning key

-- name: answered
select request, review_id, held from idempotency_key where caller = %(caller)s and key = %(key)s

-- name: keep_answer
update idempotency_key set review_id = %(review_id)s, held = %(held)s where caller = %(caller)s and key = %(key)s

-- name: count_write
-- One more within this minute; no row where that would be one too many.
insert into write_rate as rate (caller, what, minute) values (%(caller)s, %(what)s, date_trunc('minute', now()))
on conflict (caller, what, minute) do update set hits = rate.hits + 1 where rate.hits < %(limit)s
returning hits

-- name: seconds_left
-- Of this minute: 1 to 60.
select 60 - floor(extract(second from now()))::int as seconds

-- name: similarity
-- How near a body comes to one of the product's newest reviews.
select coalesce(max(similarity(body, %(body)s::text)), 0)::float8 as nearest
from (
    select body from review where product_id = %(product_id)s::bigint and visible
    order by written_at desc, id desc limit %(among)s
) as newest

-- name: lock_voter
-- What one voter sends at the same moment is counted one after the other.
select pg_advisory_xact_lock(hashtextextended(encode(%(voter)s::bytea, 'hex'), 0))

-- name: sent_by_voter
select count(*) as sent from submission where voter = %(voter)s and at > now() - make_interval(hours => %(hours)s)

-- name: list_rules
select id, name, kind, action, settings, active from screening_rule order by name

-- name: set_rule
insert into screening_rule (name, kind, action, settings, active)
values (%(name)s, %(kind)s, %(action)s, %(settings)s, %(active)s)
on conflict (name) do update set kind = excluded.kind, action = excluded.action, settings = excluded.settings,
    active = excluded.active
returning id

-- name: remove_rule
delete from screening_rule where name = %(name)s returning id
