-- name: lock_mark
-- How far a tally has come, since 1970 at first; nobody else counts until the transaction ends.
insert into tally_mark as mark (name, upto) values (%(name)s, timestamptz 'epoch')
on conflict (name) do update set name = mark.name
returning upto, seconds

-- name: put_mark
update tally_mark set upto = %(upto)s, seconds = %(seconds)s where name = %(name)s

-- name: marks
select name, upto from tally_mark

-- name: horizon
-- The moment before which all is certain: what began earlier has ended. Rows of the trace carry the time at which their
-- transaction began, and some of it may be committed long after. A moment is left for those that begin while this is asked.
select least(clock_timestamp(), min(xact_start)) - make_interval(secs => %(grace)s) as upto
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()

-- name: tally_decisions
-- Each change of a review's state by somebody or by a rule. What the state became is what the next change found, or what it
-- is now. A review that a rule held when it was sent has no before-image: its event alone tells of it.
with changed as (
    select b.at, b.review_id, e.actor_kind, e.actor_id, e.undoes is not null as undoes, e.reason,
           b.columns ->> 'state' as was, (b.columns -> 'case' ->> 'opened_at')::timestamptz as opened_at, r.rating,
           case when r.version = b.version then r.state::text else coalesce((
               select later.columns ->> 'state' from review_before as later
               where later.review_id = b.review_id and later.at >= b.at and later.version > b.version and later.columns ? 'state'
               order by later.version limit 1
           ), r.state::text, 'removed') end as became
    from review_before as b join event as e on e.id = b.event_id left join review as r on r.id = b.review_id
    where b.at >= %(since)s and b.at < %(upto)s and b.columns ? 'state' and e.actor_kind <> 'import'
    union all
    select e.at, e.subject_id, e.actor_kind, e.actor_id, false, e.reason, null, null, r.rating, 'held'
    from event as e left join review as r on r.id = e.subject_id
    where e.at >= %(since)s and e.at < %(upto)s and e.action = 'hold' and e.subject_kind = 'review'
        and not exists (select from review_before as b where b.event_id = e.id)
)
insert into tally_decision (quarter, actor_kind, actor_id, outcome, was, reason, rating, waited, decisions)
select date_bin('15 minutes', at, timestamptz 'epoch'), actor_kind, actor_id,
       case
           when undoes then 'undone' when became in ('hidden', 'removed') then 'refused' when became = 'held' then 'held'
           when became = 'reported' then 'withheld' else 'stood'
       end,
       was, reason, rating,
       floor(ln(greatest(extract(epoch from at - opened_at), 1)) / ln(%(step)s::float8))::smallint, count(*)
from changed
group by 1, 2, 3, 4, 5, 6, 7, 8

-- name: tally_cases
-- A case stands in the queue, or in the before-image of what closed it or made another kind of it, which may have happened
-- since. It is of the kind that it was opened as.
insert into tally_case (quarter, kind, opened)
select date_bin('15 minutes', opened_at, timestamptz 'epoch'), kind, count(*)
from (
    select distinct on (review_id, opened_at) opened_at, kind
    from (
        select review_id, opened_at, kind, timestamptz 'infinity' as seen
        from moderation_case where kind in ('reported', 'held')
        union all
        select review_id, (columns -> 'case' ->> 'opened_at')::timestamptz, columns -> 'case' ->> 'kind', at
        from review_before where at >= %(since)s and columns ? 'case'
    ) as found
    where opened_at >= %(since)s and opened_at < %(upto)s
    order by review_id, opened_at, seen
) as cases
group by 1, 2

-- name: tally_reviews
-- By the index over the time alone, which has the ids: those born here are told by them. Only what differs is written.
with counted as (
    select date_bin('15 minutes', written_at, timestamptz 'epoch') as quarter,
           count(*) filter (where id < %(born)s) as delivered, count(*) filter (where id >= %(born)s) as born
    from review where written_at >= %(since)s
    group by 1
), forgotten as (
    delete from tally_review as t where not exists (select from counted as c where c.quarter = t.quarter)
)
insert into tally_review as t (quarter, delivered, born)
select quarter, delivered, born from counted
on conflict (quarter) do update set delivered = excluded.delivered, born = excluded.born
where (t.delivered, t.born) is distinct from (excluded.delivered, excluded.born)
