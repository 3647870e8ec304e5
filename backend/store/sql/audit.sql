-- The trace as people read it: newest first, a page at a time, narrowed by what an index knows.

-- name: page
-- The page is cut before names are looked up.
select e.id, e.at, e.actor_kind, e.actor_id, e.action, e.subject_kind, e.subject_id, e.reason, e.cause, e.undoes, e.fields, e.counts,
    who.name as actor_name, coalesce(whom.name, rule.name, template.title) as subject_name, y.title as reason_title
from (
    select * from event as e
    where {where}
    order by e.id desc
    limit %(size)s
) as e
left join user_account as who on e.actor_kind = 'user' and who.id = e.actor_id
left join user_account as whom on e.subject_kind = 'user' and whom.id = e.subject_id
left join screening_rule as rule on e.subject_kind = 'rule' and rule.id = e.subject_id
left join reply_template as template on e.subject_kind = 'template' and template.code = e.cause
left join reason as y on y.code = e.reason
order by e.id desc

-- name: of_user
e.actor_kind = 'user' and e.actor_id = %(user_id)s

-- name: of_kind
-- Those that are nobody in particular: the public, rules, imports, the system.
e.actor_kind = %(actor_kind)s and e.actor_id is null

-- name: of_action
e.action = %(action)s

-- name: about_kind
e.subject_kind = %(subject_kind)s

-- name: about
e.subject_id = %(subject_id)s

-- name: not_of_people
e.subject_kind not in ('user', 'key')

-- name: on_day
-- Between the ids that day began and ended with, so that no index on time has to be kept in order.
e.id between %(first)s and %(last)s and e.at >= %(since)s and e.at < %(until)s

-- name: before
e.id < %(before)s

-- name: day
-- The ids of a day's first and last event. Sums, because the planner would else walk the ids until it finds one of that day.
select min(id + 0) as first, max(id + 0) as last from event where at >= %(since)s and at < %(until)s

-- name: people
select id, name from user_account order by lower(name), id
