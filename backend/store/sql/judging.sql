-- name: lock_reviews
select id from review where id = any(%(ids)s) order by id for update

-- name: last_decisions
-- A person's last fifty decisions that still stand, the newest first: several reviews at once are one, made in one
-- transaction and so at one moment. `stands` says whether one of its reviews is as the decision left it.
with mine as (
    select id, at, dense_rank() over (order by at desc) as place
    from (
        select id, at from event
        where actor_kind = 'user' and actor_id = %(user_id)s and action = any(%(actions)s)
        order by id desc
        limit %(most)s
    ) as newest
)
select array_agg(mine.id order by mine.id) as events, bool_or(r.id is not null) as stands
from mine
left join review_before as b on b.event_id = mine.id and b.at = mine.at
left join review as r on r.id = b.review_id and r.version = b.version
where mine.place <= %(decisions)s and not exists (select from event as later where later.undoes = mine.id)
group by mine.place
order by mine.place
