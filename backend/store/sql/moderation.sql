-- name: lock_review
-- The row as the rules need it, locked until the transaction ends. Reviews are locked before rollups, always.
select id, product_id, state, version from review where id = %(review_id)s for update

-- name: file_report
-- A known voter's second report of the same review adds nothing.
insert into report (review_id, product_id, user_id, voter, caller, reason, note)
values (%(review_id)s, %(product_id)s, %(user_id)s, %(voter)s, %(caller)s, %(reason)s, %(note)s)
on conflict (review_id, voter) where voter is not null do nothing
returning id

-- name: queue_report
-- One case a review, however often it is reported.
insert into moderation_case (review_id, product_id, kind, last_report_at, reports)
values (%(review_id)s, %(product_id)s, 'reported', now(), 1)
on conflict (review_id) do update set reports = moderation_case.reports + 1, last_report_at = now()
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
