-- Why a review is hidden: codes that are data, in the order in which moderators read them.

-- name: list
select code, position, title, explanation, active from reason order by position, code

-- name: lock
-- All of them: their order, and that one is in use, concern them together.
select code, active from reason order by position, code for update

-- name: one
select code, position, title, explanation, active from reason where code = %(code)s

-- name: add
insert into reason (code, position, title, explanation, active)
select %(code)s, coalesce(max(position), 0) + 1, %(title)s, %(explanation)s, %(active)s from reason
on conflict (code) do nothing
returning code

-- name: change
update reason set title = %(title)s, explanation = %(explanation)s, active = %(active)s where code = %(code)s

-- name: put_in_order
update reason set position = placed.position
from unnest(%(codes)s::text[]) with ordinality as placed (code, position)
where reason.code = placed.code and reason.position <> placed.position
