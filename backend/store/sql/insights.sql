-- name: waiting
-- What waits now, by kind: how many, counted up to a limit, and since when the first.
select kind, count(*) as waiting, min(opened_at) as oldest
from (
    (select kind, opened_at from moderation_case where kind = 'reported' order by opened_at limit %(most)s)
    union all
    (select kind, opened_at from moderation_case where kind = 'held' order by opened_at limit %(most)s)
) as cases
group by kind

-- name: opened
-- Cases opened, by day: its number among the days that begin at these moments.
select width_bucket(quarter, %(midnights)s::timestamptz[]) as number,
       coalesce(sum(opened) filter (where kind = 'reported'), 0)::int as reported,
       coalesce(sum(opened) filter (where kind = 'held'), 0)::int as held
from tally_case where quarter >= %(since)s and quarter < %(until)s
group by 1

-- name: decided
-- What people decided, by day.
select width_bucket(quarter, %(midnights)s::timestamptz[]) as number,
       coalesce(sum(decisions) filter (where outcome = 'refused'), 0)::int as refused,
       coalesce(sum(decisions) filter (where outcome = 'stood'), 0)::int as stood
from tally_decision where quarter >= %(since)s and quarter < %(until)s and actor_kind = 'user'
group by 1

-- name: waits
-- How long cases were open until they were decided, by step.
select waited as step, sum(decisions)::int as decisions
from tally_decision where quarter >= %(since)s and quarter < %(until)s and outcome in ('refused', 'stood') and waited is not null
group by 1

-- name: reasons
-- Refusals by their reason, most first; those without one last.
select d.reason as code, y.title, y.explanation, d.refused
from (
    select reason, sum(decisions)::int as refused
    from tally_decision where quarter >= %(since)s and quarter < %(until)s and outcome = 'refused'
    group by reason
) as d left join reason as y on y.code = d.reason
order by d.reason is null, d.refused desc, d.reason

-- name: deciders
-- Who decided, and how: colleagues by those with most decisions, then the clients and the rules.
select d.*, u.name, u.disabled_at is not null as left_us
from (
    select actor_kind, case when actor_kind = 'user' then actor_id end as user_id,
           coalesce(sum(decisions) filter (where outcome = 'refused'), 0)::int as refused,
           coalesce(sum(decisions) filter (where outcome = 'stood'), 0)::int as stood,
           coalesce(sum(decisions) filter (where outcome = 'held'), 0)::int as held,
           coalesce(sum(decisions) filter (where outcome = 'withheld'), 0)::int as withheld,
           coalesce(sum(decisions) filter (where outcome = 'undone'), 0)::int as undone
    from tally_decision where quarter >= %(since)s and quarter < %(until)s
    group by 1, 2
) as d left join user_account as u on u.id = d.user_id
order by d.actor_kind <> 'user', d.refused + d.stood + d.held + d.withheld desc, d.actor_kind, d.user_id

-- name: stars
-- What people judged, by the stars of the reviews.
select rating, coalesce(refused, 0) as refused, coalesce(stood, 0) as stood
from generate_series(1, 5) as rating left join (
    select rating, sum(decisions) filter (where outcome = 'refused')::int as refused,
           sum(decisions) filter (where outcome = 'stood')::int as stood
    from tally_decision where quarter >= %(since)s and quarter < %(until)s and actor_kind = 'user'
    group by rating
) as judged using (rating)
order by rating

-- name: written
-- Reviews by the day on which they were written.
select width_bucket(quarter, %(midnights)s::timestamptz[]) as number, sum(delivered)::int as delivered, sum(born)::int as born
from tally_review where quarter >= %(since)s and quarter < %(until)s
group by 1

-- name: outcomes
-- What decisions came to, by whether a person, a rule or a client of the API made them, and what stood before.
select actor_kind, outcome, was, sum(decisions)::int as decisions
from tally_decision where quarter >= %(since)s and quarter < %(until)s
group by 1, 2, 3

-- name: notices
-- Reports received, by what they gave as the reason.
select reason, count(*) filter (where user_id is null)::int as public, count(*) filter (where user_id is not null)::int as colleagues
from report where at >= %(since)s and at < %(until)s
group by 1
order by count(*) desc, reason

-- name: at_once
-- Changes of many reviews at once, newest first: who, for which reason and why, and how many were gone through.
select e.at, e.subject_id as job, e.fields, u.name, y.title as reason, j.done, j.why
from event as e
join job as j on e.subject_kind = 'job' and j.id = e.subject_id
left join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
left join reason as y on y.code = e.reason
where e.at >= %(since)s and e.at < %(until)s and e.action = 'bulk'
order by e.at desc, e.id desc
limit %(most)s
