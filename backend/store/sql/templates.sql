-- What a reply as the merchant may begin with, in the order in which moderators read them.

-- name: offered
select code, title, text from reply_template where active order by position, code

-- name: list
select code, position, title, text, active from reply_template order by position, code

-- name: lock
-- All of them: their order concerns them together.
select code from reply_template order by position, code for update

-- name: one
select code, position, title, text, active from reply_template where code = %(code)s

-- name: add
insert into reply_template (code, position, title, text, active)
select %(code)s, coalesce(max(position), 0) + 1, %(title)s, %(text)s, %(active)s from reply_template
on conflict (code) do nothing
returning code

-- name: change
update reply_template set title = %(title)s, text = %(text)s, active = %(active)s where code = %(code)s

-- name: put_in_order
update reply_template set position = placed.position
from unnest(%(codes)s::text[]) with ordinality as placed (code, position)
where reply_template.code = placed.code and reply_template.position <> placed.position
