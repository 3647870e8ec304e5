-- Features, styles with their skus and photos, and related products: rows that a run has staged, by the products that they
-- belong to. What all five have in common stands here once; what differs comes in braces: {staged}, {live} and {judged} are
-- tables of one format, {columns} its own columns. {products}, {styles}, {skus}, {style_photos}, {features}, {related} are
-- staging tables; {owners} has the products of all styles that the run speaks of.

-- name: mark_features
-- A product must be in the catalogue, of this delivery or of an earlier one: one that is known from reviews alone is not.
update {features} as row set reasons = array['orphan'], columns = array['product_id']
where not exists (select from {products} as staged where staged.id = row.product_id)
    and not exists (
        select from product where product.id = row.product_id and (delivered_hash is not null or name is not null)
    )

-- name: mark_styles
-- A style keeps its product, as a characteristic does: skus and photos find their product by it.
update {styles} as row set reasons = array[checked.reason], columns = array['product_id']
from (
    select style.ctid as at, case
            when stored.product_id <> style.product_id then 'other_product'
            when staged.id is null and product.id is null then 'orphan'
        end as reason
    from {styles} as style
    left join style as stored on stored.id = style.id
    left join {products} as staged on staged.id = style.product_id
    left join product on product.id = style.product_id and (product.delivered_hash is not null or product.name is not null)
) as checked
where row.ctid = checked.at and checked.reason is not null

-- name: mark_related
update {related} as row set reasons = failed.reasons, columns = failed.columns
from (
    select at,
        case when itself then array['itself'] else array_remove(array[case when lost then 'orphan' end, case when other_lost then 'orphan' end], null) end as reasons,
        case when itself then array['related_product_id'] else array_remove(array[case when lost then 'current_product_id' end, case when other_lost then 'related_product_id' end], null) end as columns
    from (
        select pair.ctid as at, pair.product_id = pair.related_id as itself,
            staged.id is null and product.id is null as lost, other_staged.id is null and other.id is null as other_lost
        from {related} as pair
        left join {products} as staged on staged.id = pair.product_id
        left join product on product.id = pair.product_id and (product.delivered_hash is not null or product.name is not null)
        left join {products} as other_staged on other_staged.id = pair.related_id
        left join product as other on other.id = pair.related_id and (other.delivered_hash is not null or other.name is not null)
    ) as checked
    where itself or lost or other_lost
) as failed
where row.ctid = failed.at

-- name: drop_owners
drop table if exists {owners}

-- name: make_owners
create table {owners} as
select id, product_id from {styles} where reasons is null
union
select id, product_id from style where id in (select style_id from {skus} union all select style_id from {style_photos})

-- name: index_owners
create index on {owners} (product_id)

-- name: analyze_owners
analyze {owners}

-- name: mark_of_style
update {staged} as row set reasons = array['orphan'], columns = array['style_id']
where not exists (select from {owners} as style where style.id = row.style_id)

-- name: of_product
-- The staged rows of a range of products, each with its product.
select staged.*, staged.product_id as owner from {staged} as staged
where staged.reasons is null and staged.product_id > %(after)s and staged.product_id <= %(upto)s

-- name: of_style
select staged.*, style.product_id as owner
from {owners} as style join {staged} as staged on staged.style_id = style.id
where staged.reasons is null and style.product_id > %(after)s and style.product_id <= %(upto)s

-- name: products_of_product
-- The products whose pages rows of a range may change: where they belong, and where they stood.
select owner from ({incoming}) as incoming
union
select stored.product_id from ({incoming}) as incoming join {live} as stored on stored.id = incoming.id

-- name: products_of_style
select owner from ({incoming}) as incoming
union
select style.product_id from ({incoming}) as incoming
join {live} as stored on stored.id = incoming.id
join style on style.id = stored.style_id

-- name: judge
create temp table {judged} on commit drop as
select incoming.*, case when stored.delivered_hash <> incoming.delivered_hash then to_jsonb(stored) end as was,
    stored.version as old_version, case
        when stored.id is null then 'inserted'
        when stored.delivered_hash is distinct from incoming.delivered_hash then 'updated'
        else 'unchanged'
    end as outcome
from ({incoming}) as incoming left join {live} as stored on stored.id = incoming.id

-- name: write
with written as (
    insert into {live} as kept ({columns}, delivered_hash, source_run, source_file, source_offset, source_line, source_length, source_repairs)
    select {columns}, delivered_hash, %(run_id)s, file_id, source_offset, source_line, source_length, source_repairs
    from {judged} where outcome in ('inserted', 'updated') order by id
    on conflict (id) do update set ({columns}) = row ({new}), delivered_hash = excluded.delivered_hash,
        source_run = excluded.source_run, source_file = excluded.source_file, source_offset = excluded.source_offset,
        source_line = excluded.source_line, source_length = excluded.source_length, source_repairs = excluded.source_repairs,
        version = kept.version + 1
)
insert into catalogue_before (event_id, kind, id, version, columns)
select file.event_id, %(kind)s, judged.id, judged.old_version + 1, judged.was
from {judged} as judged join import_file as file on file.id = judged.file_id
where judged.outcome = 'updated'

-- name: count
select file_id, count(*) as rows,
    count(*) filter (where outcome = 'inserted') as inserted,
    count(*) filter (where outcome = 'updated') as updated,
    count(*) filter (where outcome = 'unchanged') as unchanged,
    0 as kept
from {judged} group by file_id order by file_id

-- name: changed
-- Where rows of these were written.
select owner from {judged} where outcome in ('inserted', 'updated')
union
select coalesce((was ->> 'product_id')::int, (select product_id from style where style.id = (was ->> 'style_id')::int))
from {judged} where outcome = 'updated'

-- name: lock
select id from product where id in ({owners}) order by id for update

-- name: waiting
-- Orphans of runs that ended well whose parents are all there now; also those that this run had taken when it was broken off.
create temp table taken on commit drop as
select orphan.* from catalogue_orphan as orphan
join import_file as origin on origin.id = orphan.file_id
join import_run as owner on owner.id = origin.run_id
where orphan.format = %(format)s and (orphan.resolved_run is null or orphan.resolved_run = %(run_id)s)
    and owner.state in ('finished', 'failed') and owner.id <> %(run_id)s
    and not exists (select from unnest(orphan.parents) as parent (id) where not ({known}))

-- name: known_product
exists (select from {products} as staged where staged.id = parent.id)
or exists (select from product where product.id = parent.id and (delivered_hash is not null or name is not null))

-- name: known_style
exists (select from {styles} as staged where staged.id = parent.id and staged.reasons is null)
or exists (select from style where style.id = parent.id)

-- name: stage
insert into {staged} (file_id, source_offset, source_line, source_length, {columns}, delivered_hash, source_repairs)
select own.id, taken.byte_offset, taken.line, taken.byte_length, {values}, clean.delivered_hash, clean.source_repairs
from taken
join import_file as own on own.run_id = %(run_id)s and own.again_of = taken.file_id and own.understood ? 'orphans'
cross join lateral jsonb_populate_record(null::{staged}, taken.columns) as clean

-- name: keep
-- What waits from now on; what only says again what waits already goes on waiting as it does.
insert into catalogue_orphan as kept (format, id, parents, columns, file_id, byte_offset, byte_length, line)
select %(format)s, staged.id, array[{parents}], clean.columns, file_id, source_offset, source_length, source_line
from {staged} as staged
cross join lateral (
    select to_jsonb(staged) - array['file_id', 'source_offset', 'source_line', 'source_length', 'reasons', 'columns'] as columns
) as clean
where 'orphan' = any (reasons) and not exists (
    select from catalogue_orphan as same
    where same.format = %(format)s and same.id = staged.id and same.resolved_run is null
        and same.columns - 'source_repairs' = clean.columns - 'source_repairs'
)
on conflict (format, id) do update set parents = excluded.parents, columns = excluded.columns, file_id = excluded.file_id,
    byte_offset = excluded.byte_offset, byte_length = excluded.byte_length, line = excluded.line, resolved_run = null


-- name: copy
insert into {beside} ({columns}, delivered_hash, source_run, source_file, source_offset, source_line, source_length, source_repairs)
select {columns}, delivered_hash, {run_id}, file_id, source_offset, source_line, source_length, source_repairs
from {staged} where reasons is null;
insert into beside.outcome select file_id, count(*) from {staged} where reasons is null group by file_id
