-- name: add_user
-- Nothing comes back when the address is taken, in whatever case.
insert into user_account (email, name, role, password_hash)
values (%(email)s, %(name)s, %(role)s, %(password_hash)s)
on conflict (lower(email)) do nothing
returning id

-- name: list_users
select id, email, name, role, time_zone, created_at, disabled_at
from user_account
order by disabled_at is not null, lower(name), id

-- name: user_by_email
select id, email, name, role, time_zone, disabled_at, password_hash
from user_account
where lower(email) = lower(%(email)s)

-- name: user_by_id
select id, email, name, role, time_zone, disabled_at, password_hash
from user_account
where id = %(id)s

-- name: set_password
update user_account set password_hash = %(password_hash)s where id = %(id)s

-- name: set_role
update user_account set role = %(role)s where id = %(id)s

-- name: set_time_zone
update user_account set time_zone = %(time_zone)s where id = %(id)s

-- name: disable_user
update user_account set disabled_at = now() where id = %(id)s and disabled_at is null

-- name: active_administrators
select count(*) from user_account where role = 'administrator' and disabled_at is null and id <> %(except_id)s

-- name: start_session
insert into session (token_hash, user_id, expires_at)
values (%(token_hash)s, %(user_id)s, now() + %(lifetime)s)

-- name: find_session
-- The person behind a session that is neither over nor idle for too long; `stale` says that its last use wants writing down.
select
    u.id, u.email, u.name, u.role, u.time_zone,
    s.seen_at < now() - interval '1 minute' as stale
from session as s
join user_account as u on u.id = s.user_id
where s.token_hash = %(token_hash)s
  and s.expires_at > now()
  and s.seen_at > now() - %(idle)s::interval
  and u.disabled_at is null

-- name: touch_session
update session set seen_at = now() where token_hash = %(token_hash)s

-- name: end_session
delete from session where token_hash = %(token_hash)s

-- name: end_sessions
-- All of a person's sessions, but for the one that asks (null: all).
delete from session where user_id = %(user_id)s and token_hash is distinct from %(except_hash)s

-- name: count_sessions
select count(*) from session
where user_id = %(user_id)s and expires_at > now() and seen_at > now() - %(idle)s::interval

-- name: forget_old_sessions
delete from session
where expires_at < now() or seen_at < now() - %(idle)s::interval

-- name: count_attempt
-- Count a try before its password is looked at, so that tries side by side cannot slip through. `failures` above the
-- limit means: not now. Tries during the pause neither count nor lengthen it.
insert into login_throttle as t (subject, failures) values (%(subject)s, 1)
on conflict (subject) do update set
    failures = case
        when t.last_at < now() - %(pause)s::interval then 1
        else least(t.failures + 1, %(limit)s + 1)
    end,
    last_at = case
        when t.last_at >= now() - %(pause)s::interval and t.failures >= %(limit)s then t.last_at
        else now()
    end
returning failures, ceil(extract(epoch from last_at + %(pause)s::interval - now()))::int as seconds_left

-- name: forgive
-- The account's tries are forgotten once the right password came; the address's loses the one that was right.
delete from login_throttle where subject = %(subject)s

-- name: forgive_one
update login_throttle set failures = greatest(failures - 1, 0) where subject = %(subject)s

-- name: forget_old_attempts
delete from login_throttle where last_at < now() - interval '1 day'
