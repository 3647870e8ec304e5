-- name: add_user
-- Nothing comes back when the address is taken, in whatever case.
insert into user_account (email, name, role, password_hash)
values (%(email)s, %(name)s, %(role)s, %(password_hash)s)
on conflict (lower(email)) do nothing
returning id

-- name: list_users
-- Who may enter first. Sessions are those that are open; somebody's last one tells when they were seen, while it is kept.
select u.id, u.email, u.name, u.role, u.time_zone, u.created_at, u.disabled_at, s.seen_at, coalesce(s.sessions, 0) as sessions
from user_account as u
left join (
    select user_id, max(seen_at) as seen_at,
        count(*) filter (where expires_at > now() and seen_at > now() - %(idle)s::interval) as sessions
    from session
    group by user_id
) as s on s.user_id = u.id
where %(id)s::int is null or u.id = %(id)s
order by u.disabled_at is not null, lower(u.name), u.id

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

-- name: enable_user
update user_account set disabled_at = null where id = %(id)s and disabled_at is not null

-- name: active_administrators
-- Locked, so that two who take the role from each other at once do not both succeed.
select id from user_account where role = 'administrator' and disabled_at is null order by id for update

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

-- name: invite
-- Who is invited again gets a new link in place of the old one.
insert into invitation (email, role, token_hash, invited_by, expires_at)
values (%(email)s, %(role)s, %(token_hash)s, %(invited_by)s, now() + %(lifetime)s)
on conflict (lower(email)) do update set role = excluded.role, token_hash = excluded.token_hash,
    invited_by = excluded.invited_by, created_at = now(), expires_at = excluded.expires_at
returning id

-- name: list_invitations
select i.id, i.email, i.role, i.created_at, i.expires_at, i.expires_at <= now() as expired, u.name as invited_by
from invitation as i
left join user_account as u on u.id = i.invited_by
order by i.created_at desc, i.id desc

-- name: find_invitation
select i.id, i.email, i.role, u.name as invited_by
from invitation as i
left join user_account as u on u.id = i.invited_by
where i.token_hash = %(token_hash)s and i.expires_at > now()

-- name: take_invitation
-- Of two who come with the same link at once, one finds it gone.
delete from invitation where token_hash = %(token_hash)s and expires_at > now()
returning email, role

-- name: withdraw_invitation
delete from invitation where id = %(id)s
