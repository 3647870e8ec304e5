-- The pages of products: what is sent of each, made of all that is known of it. Whoever changes that holds the product's row
-- (`lock`), writes, and makes the page anew (`write`), in one transaction: so a page never tells of something else.
-- `made` stands in braces in the others: both who writes pages and who checks them go by it.

-- name: lock
-- Products in the order of their ids, before anything that their pages are made of is read or written.
select id from product where id = any (%(ids)s::int[]) order by id for update

-- name: made
-- The pages of the products that are `asked`. One that nobody delivered or named is not in the catalogue and has none.
-- Texts that nobody gave are empty: storefronts slice them. Rows and arrays are made, because they come without spaces.
-- Of what a product has nothing of, nothing is gathered and put in order: where only reviews are delivered, that is all of it. Whether
-- there is one is asked product by product: `exists` may be answered by reading the whole table first, for each part of the products.
select product.id as product_id, row_to_json(facts)::text as facts,
    case when (select true from style where style.product_id = product.id limit 1) then (
        select array_to_json(array_agg(row_to_json(one) order by each.id))::text
        from style as each
        cross join lateral (
            select coalesce(array_to_json(array_agg(row_to_json(picture) order by photo.id)), '[]') as list
            from style_photo as photo cross join lateral (select photo.thumbnail_url, photo.url) as picture
            where photo.style_id = each.id
        ) as photos
        cross join lateral (
            select ('{{' || coalesce(string_agg('"' || sku.id || '":' || row_to_json(stock)::text, ',' order by sku.id), '') || '}}')::json as list
            from sku cross join lateral (select sku.quantity, sku.size) as stock
            where sku.style_id = each.id
        ) as skus
        cross join lateral (
            select each.id as style_id, each.name, coalesce(each.original_price::text, '') as original_price,
                each.sale_price::text as sale_price, each.default_style as "default?", photos.list as photos, skus.list as skus
        ) as one
        where each.product_id = product.id
    ) else '[]' end as styles,
    case when (select true from related where related.product_id = product.id limit 1) then (
        select array_to_json(array_agg(related_id order by first))::text
        from (
            select each.related_id, min(each.id) as first from related as each where each.product_id = product.id group by each.related_id
        ) as once
    ) else '[]' end as related
from asked join product on product.id = asked.id
cross join lateral (
    select product.id, coalesce(product.name, '') as name, coalesce(product.slogan, '') as slogan,
        coalesce(product.description, '') as description, coalesce(product.category, '') as category,
        coalesce(product.default_price::text, '') as default_price,
        case when (select true from feature where feature.product_id = product.id limit 1) then (
            select array_to_json(array_agg(row_to_json(one) order by each.id))
            from feature as each cross join lateral (select each.feature, each.value) as one
            where each.product_id = product.id
        ) else '[]' end as features
) as facts
where product.delivered_hash is not null or product.name is not null

-- name: write
with asked as materialized (
    {asked}
),
made as materialized (
    {made}
),
gone as (
    delete from product_page using asked
    where product_page.product_id = asked.id and not exists (select from made where made.product_id = asked.id)
)
insert into product_page as page (product_id, facts, styles, related)
select product_id, facts, styles, related from made order by product_id
on conflict (product_id) do update set facts = excluded.facts, styles = excluded.styles, related = excluded.related
where (page.facts, page.styles, page.related) is distinct from (excluded.facts, excluded.styles, excluded.related)

-- name: fill
with asked as (
    select id from product where id between {first} and {last}
)
insert into product_page (product_id, facts, styles, related)
{made}
order by product.id

-- name: drift
-- Pages that are not what they are made of, from one product to another: how many, and one of them.
with asked as (
    select id from product where id between %(first)s and %(last)s
),
made as (
    {made}
)
select count(*) as n, min(product_id) as example
from made full join (select * from product_page where product_id between %(first)s and %(last)s) as page using (product_id)
where (made.facts, made.styles, made.related) is distinct from (page.facts, page.styles, page.related)
