-- name: lock
-- A review whole, locked until the transaction ends. Reviews are locked before rollups, always.
select * from review where id = %(review_id)s for update

-- name: characteristics_of
-- What a product asks of its reviewers.
select id, name::text as name from characteristic where product_id = %(product_id)s order by id

-- name: product_exists
select exists (select from product where id = %(product_id)s) as is_there

-- name: next_rating_id
select nextval('rating_id_seq')::int as id

-- name: index_words
-- Words that are due stand here from now on: whoever indexes later leaves them.
insert into review_search (review_id, product_id, document)
select id, product_id, search_document(summary, body, reviewer_name) from review where id = %(review_id)s
on conflict (review_id) do update set product_id = excluded.product_id, document = excluded.document

-- name: move_case
update moderation_case set product_id = %(product_id)s where review_id = %(review_id)s

-- name: last_writer
-- Who changed a review last, and when.
select coalesce(u.name, '') as name, e.actor_kind, e.at
from review_before as b
join event as e on e.id = b.event_id
left join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
where b.review_id = %(review_id)s
order by b.version desc
limit 1
