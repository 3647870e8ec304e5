-- The merge of a run's staged products and characteristics, a range of ids and a transaction at a time: locked, judged, written.
-- {names} in braces are the run's staging tables; `judged` lives for one transaction. A dry run only judges and counts.

-- name: lock_products
select product.id from product
where product.id in (select id from {products} where reasons is null and id > %(after)s and id <= %(upto)s)
order by product.id for update

-- name: judge_products
-- A product known from reviews alone has neither hash nor name: its first delivery inserts it. What was born or edited here
-- is kept.
create temp table judged on commit drop as
select incoming.*, to_jsonb(stored) as was, stored.version as old_version, case
    when stored.id is null or stored.delivered_hash is null and stored.name is null then 'inserted'
    when stored.delivered_hash is null then 'kept'
    when stored.delivered_hash = incoming.delivered_hash then 'unchanged'
    when exists (select from product_edited where product_id = stored.id) then 'kept'
    else 'updated'
end as outcome
from {products} as incoming left join product as stored on stored.id = incoming.id
where incoming.reasons is null and incoming.id > %(after)s and incoming.id <= %(upto)s

-- name: write_products
with written as (
    insert into product as p (id, default_price, name, slogan, description, category,
        delivered_hash, source_run, source_file, source_offset, source_line, source_length, source_repairs)
    select id, default_price, name, slogan, description, category,
        delivered_hash, %(run_id)s, file_id, source_offset, source_line, source_length, source_repairs
    from judged where outcome in ('inserted', 'updated') order by id
    on conflict (id) do update set
        default_price = excluded.default_price, name = excluded.name, slogan = excluded.slogan,
        description = excluded.description, category = excluded.category, delivered_hash = excluded.delivered_hash,
        source_run = excluded.source_run, source_file = excluded.source_file, source_offset = excluded.source_offset,
        source_line = excluded.source_line, source_length = excluded.source_length, source_repairs = excluded.source_repairs,
        version = p.version + case when p.delivered_hash is null then 0 else 1 end
)
insert into catalogue_before (event_id, kind, id, version, columns)
select file.event_id, 'product', judged.id, judged.old_version + (judged.outcome = 'updated')::int, judged.was
from judged join import_file as file on file.id = judged.file_id
where judged.outcome in ('inserted', 'updated') and judged.was is not null

-- name: changed_products
select id from judged where outcome in ('inserted', 'updated')

-- name: stub_products
-- Products that nobody delivered, only spoke of, get a row without a name.
insert into product (id, source_run)
select distinct product_id, %(run_id)s::int from judged order by product_id
on conflict (id) do nothing

-- name: lock_characteristics
select c.id from characteristic as c
where c.id in (select id from {characteristics} where reasons is null and id > %(after)s and id <= %(upto)s)
order by c.id for update

-- name: judge_characteristics
create temp table judged on commit drop as
select incoming.*, to_jsonb(stored) as was, stored.version as old_version, case
    when stored.id is null then 'inserted'
    when stored.name = incoming.name then 'unchanged'
    when stored.delivered_hash is null then 'kept'
    else 'updated'
end as outcome
from {characteristics} as incoming left join characteristic as stored on stored.id = incoming.id
where incoming.reasons is null and incoming.id > %(after)s and incoming.id <= %(upto)s

-- name: write_characteristics
with written as (
    insert into characteristic as c (id, product_id, name,
        delivered_hash, source_run, source_file, source_offset, source_line, source_length, source_repairs)
    select id, product_id, name, delivered_hash, %(run_id)s, file_id, source_offset, source_line, source_length, source_repairs
    from judged where outcome in ('inserted', 'updated') order by id
    on conflict (id) do update set
        name = excluded.name, delivered_hash = excluded.delivered_hash, source_run = excluded.source_run,
        source_file = excluded.source_file, source_offset = excluded.source_offset, source_line = excluded.source_line,
        source_length = excluded.source_length, source_repairs = excluded.source_repairs, version = c.version + 1
)
insert into catalogue_before (event_id, kind, id, version, columns)
select file.event_id, 'characteristic', judged.id, judged.old_version + 1, judged.was
from judged join import_file as file on file.id = judged.file_id
where judged.outcome = 'updated'

-- name: count_judged
select file_id, count(*) as rows,
    count(*) filter (where outcome = 'inserted') as inserted,
    count(*) filter (where outcome = 'updated') as updated,
    count(*) filter (where outcome in ('unchanged', 'kept')) as unchanged,
    count(*) filter (where outcome = 'kept') as kept
from judged group by file_id order by file_id
