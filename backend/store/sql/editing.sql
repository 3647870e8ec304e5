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

-- name: image_of_one
-- What a change of a single review found there.
select b.review_id, b.version, b.columns
from event as e join review_before as b on b.event_id = e.id and b.review_id = e.subject_id
where e.id = %(event_id)s and e.subject_kind = 'review'

-- name: last_writer
-- Who changed a review last, and when.
select coalesce(u.name, '') as name, e.actor_kind, e.at
from review_before as b
join event as e on e.id = b.event_id
left join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
where b.review_id = %(review_id)s
order by b.version desc
limit 1
