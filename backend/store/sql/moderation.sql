-- name: lock_review
-- The row as the rules need it, locked until the transaction ends. Reviews are locked before rollups, always.
select
    id, product_id, state, version, visible, rating, recommend, ratings, response,
    exists (select from moderation_case as c where c.review_id = review.id) as waits
from review where id = %(review_id)s for update

-- name: set_state
update review set state = %(state)s, version = version + 1 where id = %(review_id)s returning version

-- name: set_response
update review set response = %(response)s, version = version + 1 where id = %(review_id)s returning version

-- name: last_change
-- What somebody did to a review last, for whoever comes too late.
select e.action, e.at, e.actor_kind, u.name as actor_name, y.title as reason_title
from event as e
left join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
left join reason as y on y.code = e.reason
where e.subject_kind = 'review' and e.subject_id = %(review_id)s and e.fields <> '{}'
order by e.id desc
limit 1

-- name: take_case
-- A judged review leaves the queue; its case is given back so that undoing the judgement can reopen it.
delete from moderation_case where review_id = %(review_id)s
returning kind, opened_at, last_report_at, reports, urgent, reach, held_by

-- name: put_case
-- A case as it was, or what became of it.
insert into moderation_case (review_id, product_id, kind, opened_at, last_report_at, reports, urgent, reach, held_by)
values (%(review_id)s, %(product_id)s, %(kind)s, %(opened_at)s, %(last_report_at)s, %(reports)s, %(urgent)s, %(reach)s,
        %(held_by)s)

-- name: open_held_case
-- A review that nobody reported, put on hold.
insert into moderation_case (review_id, product_id, kind, reach, held_by)
values (%(review_id)s, %(product_id)s, 'held', reach_of(%(product_id)s), %(held_by)s)

-- name: file_report
-- A known voter's second report of the same review adds nothing.
insert into report (review_id, product_id, user_id, voter, caller, reason, note)
values (%(review_id)s, %(product_id)s, %(user_id)s, %(voter)s, %(caller)s, %(reason)s, %(note)s)
on conflict (review_id, voter) where voter is not null do nothing
returning id

-- name: queue_report
-- One case a review, however often it is reported.
insert into moderation_case (review_id, product_id, kind, last_report_at, reports, urgent, reach)
values (%(review_id)s, %(product_id)s, 'reported', now(), 1, %(urgent)s, reach_of(%(product_id)s))
on conflict (review_id) do update set
    reports = moderation_case.reports + 1, last_report_at = now(),
    urgent = greatest(moderation_case.urgent, excluded.urgent)
returning reports, opened_at

-- name: known_voters
-- How many different known voters reported a review since its case was opened.
select count(distinct voter) as n from report
where review_id = %(review_id)s and at >= %(since)s and voter is not null

-- name: hides_of_last_hour
-- What the circuit breaker looks at: reviews hidden by reports within the hour, by one caller and of one product.
select count(*) filter (where caller = %(caller)s) as by_caller, count(*) filter (where product_id = %(product_id)s) as of_product
from report where hid and at > now() - interval '1 hour'

-- name: mark_hid
update report set hid = true where id = %(report_id)s

-- name: breaker_said
-- Whether the breaker has raised its alert for this product within the hour.
select exists (
    select from event where subject_kind = 'product' and subject_id = %(product_id)s and action = 'breaker'
    and at > now() - interval '1 hour'
) as said

-- name: active_reason
select code from reason where code = %(code)s and active

-- name: reasons
-- The reasons a review may be hidden for, in the order moderators read them.
select code, title, explanation from reason where active order by position
