-- Products' facts, changed by people.

-- name: product
select id, name, category, version from product where id = %(product_id)s

-- name: change
-- The row as it was is kept beside the change.
with kept as (
    insert into catalogue_before (event_id, kind, id, version, columns)
    select %(event_id)s, 'product', id, version + 1, to_jsonb(product) from product where id = %(id)s
)
update product set name = %(name)s, category = %(category)s, version = version + 1 where id = %(id)s

-- name: mark_edited
insert into product_edited (product_id) values (%(id)s) on conflict do nothing

-- name: images
-- What a product was before each change that people made, the oldest first. By its events: images have no index by product.
select b.version, b.columns
from event as e join catalogue_before as b on b.event_id = e.id and b.kind = 'product' and b.id = e.subject_id
where e.subject_kind = 'product' and e.subject_id = %(product_id)s and e.id >= %(event_id)s and b.version > %(version)s
order by b.version

-- name: last_writer
select u.name, e.at from event as e join user_account as u on e.actor_kind = 'user' and u.id = e.actor_id
where e.subject_kind = 'product' and e.subject_id = %(product_id)s and e.action in ('edit', 'undo')
order by e.id desc limit 1

-- name: edits
-- Which of these events edited a product.
select id from event where id = any(%(ids)s) and subject_kind = 'product' and action = 'edit'
