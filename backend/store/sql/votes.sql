-- name: count_vote
-- One more, up to what the column holds.
update review set helpfulness_votes = helpfulness_votes + (helpfulness < 2147483647)::int
where id = %(review_id)s::bigint and state <> 'removed'

-- name: lock_votable
-- The lock that the counting needs, taken first: then no two votes wait for each other.
select id from review where id = %(review_id)s::bigint and state <> 'removed' for no key update

-- name: cast_vote
-- A known voter votes once.
insert into vote (review_id, voter) values (%(review_id)s, %(voter)s) on conflict do nothing
