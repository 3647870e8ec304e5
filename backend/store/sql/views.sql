-- name: tabs
-- One's own views and those that are shared with everybody, by name.
select v.id, v.name, v.query, v.shared, v.user_id = %(user_id)s as mine, u.name as owner
from saved_view as v join user_account as u on u.id = v.user_id
where v.user_id = %(user_id)s or v.shared
order by v.user_id <> %(user_id)s, lower(v.name), v.id
limit %(most)s

-- name: count_own
select count(*) as views from saved_view where user_id = %(user_id)s and name <> %(name)s

-- name: save
-- Under a name that is one's own already, in its place.
insert into saved_view (user_id, name, query, shared)
values (%(user_id)s, %(name)s, %(query)s, %(shared)s)
on conflict (user_id, name) do update set query = excluded.query, shared = excluded.shared
returning id

-- name: lock
select id, user_id, name, query, shared from saved_view where id = %(view_id)s for update

-- name: has_other
select exists (
    select from saved_view where user_id = %(user_id)s and name = %(name)s and id <> %(view_id)s
) as has_other

-- name: change
update saved_view set name = %(name)s, shared = %(shared)s where id = %(view_id)s

-- name: delete
delete from saved_view where id = %(view_id)s
