-- The pages of all products, as an import leaves them. A product's number decides how much it has.

create function pg_temp.draw(of int, what text) returns int language sql immutable
return (hashint4extended(of, hashtext(what)) & 1023)::int;

create function pg_temp.photo(of int, wide int) returns text language sql immutable
return 'https://images.example.org/photo-' || md5(of::text) || '?ixlib=rb-1.2.1&ixid=eyJhcHBfaWQiOjEyMDd9&auto=format&fit=crop&w='
    || wide || '&q=80';

insert into product_page as page (product_id, facts, styles, related)
select product.id, row_to_json(facts)::text, styles.list, related.list
from (select max(id) as id from product) as last cross join product
cross join lateral (
    select coalesce(array_to_json(array_agg(row_to_json(one) order by n)), '[]') as list
    from generate_series(1, pg_temp.draw(product.id, 'features') % 5) as n
    cross join lateral (
        select (array['Fabric', 'Buttons', 'Sole', 'Lifetime Guarantee'])[n] as feature, left(md5(n::text), 4 + n) as value
    ) as one
) as features
cross join lateral (
    select product.id, coalesce(product.name, '') as name, coalesce(product.slogan, '') as slogan,
        coalesce(product.description, '') as description, coalesce(product.category, '') as category,
        coalesce(product.default_price::text, '') as default_price, features.list as features
) as facts
cross join lateral (
    select coalesce(array_to_json(array_agg(row_to_json(one) order by n))::text, '[]') as list
    from generate_series(1, pg_temp.draw(product.id, 'styles') % 5) as n
    cross join lateral (select 4 * product.id + n as style_id) as style
    cross join lateral (
        select coalesce(array_to_json(array_agg(row_to_json(picture) order by m)), '[]') as list
        from generate_series(1, pg_temp.draw(style_id, 'photos') % 7) as m
        cross join lateral (
            select pg_temp.photo(8 * style_id + m, 300) as thumbnail_url, pg_temp.photo(8 * style_id + m, 668) as url
        ) as picture
    ) as photos
    cross join lateral (
        select ('{' || string_agg('"' || (8 * style_id + m) || '":' || row_to_json(stock), ',' order by m) || '}')::json as list
        from generate_series(1, 5 + pg_temp.draw(style_id, 'skus') % 3) as m
        cross join lateral (
            select pg_temp.draw(style_id + m, 'stock') % 60 as quantity,
                (array['XS', 'S', 'M', 'L', 'XL', 'XXL', '3XL'])[m] as size
        ) as stock
    ) as skus
    cross join lateral (
        select style_id, 'Style ' || n as name, '140.00' as original_price,
            case when n = 2 then '100.00' end as sale_price, n = 1 as "default?", photos.list as photos, skus.list as skus
    ) as one
) as styles
cross join lateral (
    select coalesce(array_to_json(array_agg(1 + (product.id::bigint * n * 7919) % last.id order by n))::text, '[]') as list
    from generate_series(1, pg_temp.draw(product.id, 'related') % 10) as n
) as related
order by product.id
on conflict (product_id) do update set facts = excluded.facts, styles = excluded.styles, related = excluded.related;

drop function pg_temp.draw(int, text), pg_temp.photo(int, int);
