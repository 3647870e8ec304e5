"""What is sold of each product, at the scale of its products: its page, as an import leaves it, and nothing beside.

Reads ask for pages alone. A product's number decides how much it has: as the real catalogue, two styles on average, six
pictures and twelve sizes of these, two features and four or five related products.
"""

import psycopg

# Numbers that have nothing to do with each other, of one number and what they are for.
_DRAW = "(hashint4extended({of}, {what}) & 1023)::int"
_FEATURES, _STYLES, _PICTURES, _SIZES, _STOCK, _RELATED = range(1, 7)
_PHOTO = (
    "'https://images.example.org/photo-' || md5({of}::text) || '?ixlib=rb-1.2.1&ixid=eyJhcHBfaWQiOjEyMDd9"
    "&auto=format&fit=crop&w={wide}&q=80'"
)


def _draw(of: str, what: int) -> str:
    return _DRAW.format(of=of, what=what)


_PAGES = f"""
insert into product_page as page (product_id, facts, styles, related)
select product.id, row_to_json(facts)::text, styles.list, related.list
from (select max(id) as id from product) as last cross join product
cross join lateral (
    select coalesce(array_to_json(array_agg(row_to_json(one) order by n)), '[]') as list
    from generate_series(1, {_draw("product.id", _FEATURES)} % 5) as n
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
    from generate_series(1, {_draw("product.id", _STYLES)} % 5) as n
    cross join lateral (select 4 * product.id + n as style_id) as style
    cross join lateral (
        select coalesce(array_to_json(array_agg(row_to_json(picture) order by m)), '[]') as list
        from generate_series(1, {_draw("style_id", _PICTURES)} % 7) as m
        cross join lateral (
            select {_PHOTO.format(of="(8 * style_id + m)", wide=300)} as thumbnail_url,
                {_PHOTO.format(of="(8 * style_id + m)", wide=668)} as url
        ) as picture
    ) as photos
    cross join lateral (
        select ('{{' || coalesce(string_agg(
            '"' || 8::bigint * style_id + m || '":{{"quantity":' || {_draw("style_id + m", _STOCK)} % 60
                || ',"size":"' || (array['XS', 'S', 'M', 'L', 'XL', 'XXL', '3XL'])[m] || '"}}', ',' order by m
        ), '') || '}}')::json as list
        from generate_series(1, 5 + {_draw("style_id", _SIZES)} % 3) as m
    ) as skus
    cross join lateral (
        select style_id, 'Style ' || n as name, '140.00' as original_price, case when n = 2 then '100.00' end as sale_price,
            n = 1 as "default?", photos.list as photos, skus.list as skus
    ) as one
) as styles
cross join lateral (
    select coalesce(array_to_json(array_agg(1 + (product.id::bigint * n * 7919) % last.id order by n))::text, '[]') as list
    from generate_series(1, {_draw("product.id", _RELATED)} % 10) as n
) as related
order by product.id
on conflict (product_id) do update set facts = excluded.facts, styles = excluded.styles, related = excluded.related
"""


def fill(url: str) -> None:
    """Write the pages of all products there are; the same for the same products."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("set synchronous_commit = off; set work_mem = '256MB'")
        db.execute(_PAGES.encode())
        db.execute("vacuum (freeze, analyze) product_page")
