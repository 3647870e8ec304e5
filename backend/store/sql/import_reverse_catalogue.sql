-- Rolling back products and characteristics, a range of ids and a transaction at a time; what stands on the shelves went before
-- (import_unshelve.sql). {reverse} is the list of what the run has changed, `reversal` lives for one transaction.

-- name: lock_characteristics
select c.id from characteristic as c
where c.id in (select id from {reverse} where kind = 'characteristics' and id > %(after)s and id <= %(upto)s)
order by c.id for update

-- name: judge_characteristics
create temp table reversal on commit drop as
with listed as (
    select id, file_id from {reverse} where kind = 'characteristics' and id > %(after)s and id <= %(upto)s
),
rated as (
    select distinct review.ratings[i + 1] as id
    from review cross join lateral generate_series(1, cardinality(review.ratings), 3) as i
    where review.product_id in (select c.product_id from characteristic as c join listed using (id))
)
select listed.id, listed.file_id, before.columns, current.source_run, null::text as needed_by, case
        when current.id is null then 'failed'
        when before.id is not null then case
            when current.version <> before.version then 'kept'
            when exists (
                select from characteristic as other
                where other.product_id = current.product_id and other.id <> current.id
                    and other.name = (before.columns ->> 'name')::characteristic_name
            ) then 'failed'
            else 'restored'
        end
        when current.source_run = %(run_id)s and current.version = 1 and rated.id is null then 'deleted'
        else 'kept'
    end as outcome
from listed
left join characteristic as current using (id)
left join rated using (id)
left join lateral (
    select image.* from catalogue_before as image join import_file as file on file.event_id = image.event_id
    where image.kind = 'characteristic' and image.id = listed.id and file.run_id = %(run_id)s
) as before on true

-- name: restore_characteristics
-- The whole row, its version too: nobody edits the catalogue here, and the import before this one can then be rolled back.
update characteristic as c set name = old.name, version = old.version, delivered_hash = old.delivered_hash,
    source_run = old.source_run, source_file = old.source_file, source_offset = old.source_offset,
    source_line = old.source_line, source_length = old.source_length, source_repairs = old.source_repairs
from reversal cross join lateral jsonb_populate_record(null::characteristic, reversal.columns) as old
where c.id = reversal.id and outcome = 'restored'

-- name: delete_characteristics
delete from characteristic using reversal where characteristic.id = reversal.id and outcome = 'deleted'

-- name: lock_products
select product.id from product
where product.id in (select id from {reverse} where kind = 'products' and id > %(after)s and id <= %(upto)s)
order by product.id for update

-- name: judge_products
-- A product goes when neither a review nor a characteristic is of it; so does one that is known from the run's rows alone. It
-- stays in the catalogue while a later run's features, styles or related products are about it.
create temp table reversal on commit drop as
with listed as (
    select id, file_id from {reverse} where kind = 'products' and id > %(after)s and id <= %(upto)s
),
named as (
    select product_id as id from review where product_id in (select id from listed)
    union select product_id from characteristic where product_id in (select id from listed)
),
shelved as (
    select id, min(source_run) filter (where source_run <> %(run_id)s) as run from (
        select product_id as id, source_run from feature where product_id in (select id from listed)
        union all select product_id, source_run from style where product_id in (select id from listed)
        union all select product_id, source_run from related where product_id in (select id from listed)
        union all select related_id, source_run from related where related_id in (select id from listed)
        union all select style.product_id, sku.source_run
        from style join sku on sku.style_id = style.id where style.product_id in (select id from listed)
        union all select style.product_id, photo.source_run
        from style join style_photo as photo on photo.style_id = style.id where style.product_id in (select id from listed)
    ) as others group by id
)
select listed.id, listed.file_id, before.columns, current.source_run,
    case
        when current.version > coalesce(before.version, 1) and product_edited.product_id is not null then (
            select 'user ' || actor_id from event
            where subject_kind = 'product' and subject_id = listed.id and actor_kind = 'user' order by event.id desc limit 1
        )
        else 'run ' || shelved.run
    end as needed_by,
    case
        when current.id is null then 'failed'
        when before.id is not null then case
            when current.version = before.version
                and (shelved.id is null or coalesce(before.columns ->> 'delivered_hash', before.columns ->> 'name') is not null)
                then 'restored'
            else 'kept'
        end
        when current.source_run = %(run_id)s and current.version = 1 and named.id is null and shelved.id is null then 'deleted'
        else 'kept'
    end as outcome
from listed
left join product as current using (id)
left join named using (id)
left join shelved using (id)
left join product_edited on product_edited.product_id = listed.id
left join lateral (
    select image.* from catalogue_before as image join import_file as file on file.event_id = image.event_id
    where image.kind = 'product' and image.id = listed.id and file.run_id = %(run_id)s
) as before on true

-- name: restore_products
update product as p set default_price = old.default_price, name = old.name, slogan = old.slogan,
    description = old.description, category = old.category, version = old.version, delivered_hash = old.delivered_hash,
    source_run = old.source_run, source_file = old.source_file, source_offset = old.source_offset,
    source_line = old.source_line, source_length = old.source_length, source_repairs = old.source_repairs
from reversal cross join lateral jsonb_populate_record(null::product, reversal.columns) as old
where p.id = reversal.id and outcome = 'restored'

-- name: delete_products
with gone as (
    delete from product using reversal where product.id = reversal.id and outcome = 'deleted' returning product.id
)
delete from product_rollup using gone where product_rollup.product_id = gone.id

-- name: changed_products
select id from reversal where outcome in ('restored', 'deleted')

-- name: mend_products
-- A review may have been written while its product went: it comes back, known from that review alone.
insert into product (id)
select listed.id from {reverse} as listed
where kind = 'products' and exists (select from review where review.product_id = listed.id)
order by listed.id
on conflict (id) do nothing

-- name: count_catalogue
select file_id, count(*) filter (where outcome in ('restored', 'deleted')) as reversed,
    count(*) filter (where outcome = 'failed') as failed
from reversal where file_id is not null group by file_id order by file_id

-- name: kept_catalogue_by
select file_id, count(*) as rows, coalesce('run ' || nullif(source_run, %(run_id)s), needed_by, 'reviews') as who
from reversal where outcome = 'kept' and file_id is not null group by file_id, who order by file_id, who
