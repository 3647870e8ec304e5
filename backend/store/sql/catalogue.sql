-- Products as the public reads them. Parts of several at once, all in one statement: see backend/store/coalesced.py.

-- name: facts
select 'facts' as part, product_id as key, facts as text from product_page where product_id = any(%(facts)s::bigint[])

-- name: styles
select 'styles' as part, product_id as key, styles as text from product_page where product_id = any(%(styles)s::bigint[])

-- name: related
select 'related' as part, product_id as key, related as text from product_page where product_id = any(%(related)s::bigint[])

-- name: list
-- Some products by id. The parts in braces are those below.
select p.id, 0 as key, coalesce(p.name, '') as name, coalesce(p.slogan, '') as slogan,
       coalesce(p.description, '') as description, coalesce(p.category, '') as category,
       coalesce(p.default_price::text, '') as default_price
from product as p where {conditions}
order by p.id {onward} limit %(limit)s::bigint offset %(offset)s::bigint

-- name: in_catalogue
exists (select from product_page as page where page.product_id = p.id)

-- name: of_category
p.category = %(category)s::text

-- name: behind
p.id > %(id)s::bigint

-- name: before
p.id < %(id)s::bigint
