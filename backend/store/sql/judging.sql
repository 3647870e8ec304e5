-- name: lock_reviews
select id from review where id = any(%(ids)s) order by id for update

-- name: last_decisions
-- A person's last fifty decisions that were not undone, the newest first: several reviews at once are one, made in one
-- transaction and so at one moment.
select array_agg(id order by id) as events
from (
    select id, dense_rank() over (order by at desc) as place
    from (
        select id, at from event
        where actor_kind = 'user' and actor_id = %(user_id)s and action = any(%(actions)s)
        order by id desc
        limit %(most)s
    ) as newest
) as mine
where place <= %(decisions)s and not exists (select from event as later where later.undoes = mine.id)
group by place
order by place
