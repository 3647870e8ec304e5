-- name: count_vote
-- One more, up to what the column holds.
update review set helpfulness_votes = helpfulness_votes + (helpfulness < 2147483647)::int
where id = %(review_id)s::bigint and state <> 'removed'

-- name: count_votes
-- The same for several reviews at once, each so many times. Their locks are taken by id, as everybody takes them.
with voted as materialized (
    select review.id, asked.times
    from unnest(%(keys)s::bigint[], %(times)s::int[]) as asked (key, times)
    join review on review.id = asked.key
    where review.state <> 'removed'
    order by review.id for no key update of review
)
update review set helpfulness_votes = helpfulness_votes + least(voted.times, 2147483647 - helpfulness)
from voted where review.id = voted.id
returning review.id as key

-- name: lock_votable
-- The lock that the counting needs, taken first: then no two votes wait for each other.
select id from review where id = %(review_id)s::bigint and state <> 'removed' for no key update

-- name: cast_vote
-- A known voter votes once.
insert into vote (review_id, voter) values (%(review_id)s, %(voter)s) on conflict do nothing
