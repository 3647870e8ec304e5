-- Rolling back features, styles, skus, photos and related products, a range of ids and a transaction at a time. What all have
-- in common stands here once: {live} is the table of one format, {reverse} the list of what the run has changed.

-- name: product_of_product
current.product_id

-- name: product_of_style
(select style.product_id from style where style.id = current.style_id)

-- name: lock
-- The products whose pages change with these rows: where they stand, and where they come back to.
select id from product
where id in (
    select {product} from {live} as current
    where current.id in (select id from {reverse} where kind = %(kind)s and id > %(after)s and id <= %(upto)s)
    union
    select {product} from (
        select old.* from catalogue_before as image
        join import_file as file on file.event_id = image.event_id and file.run_id = %(run_id)s
        cross join lateral jsonb_populate_record(null::{live}, image.columns) as old
        where image.kind = %(table)s and image.id > %(after)s and image.id <= %(upto)s
    ) as current
)
order by id for update

-- name: judge
-- A row comes back where it is as the run left it, and has its parents still; a style that later skus or photos are of stays.
create temp table reversal on commit drop as
with listed as (
    select id, file_id from {reverse} where kind = %(kind)s and id > %(after)s and id <= %(upto)s
)
select listed.id, listed.file_id, before.columns, current.source_run, needed.by as needed_by, {product} as product_id, case
        when current.id is null then 'failed'
        when before.id is not null then case
            when current.version <> before.version then 'kept'
            when exists (
                select from unnest(array[{parents}]) as parent (id)
                where not exists (select from {above} as above where above.id = parent.id)
            ) then 'failed'
            else 'restored'
        end
        when current.source_run = %(run_id)s and current.version = 1 and needed.by is null then 'deleted'
        else 'kept'
    end as outcome
from listed
left join {live} as current using (id)
left join lateral (
    select image.* from catalogue_before as image join import_file as file on file.event_id = image.event_id
    where image.kind = %(table)s and image.id = listed.id and file.run_id = %(run_id)s
) as before on true
left join lateral ({needed}) as needed on true

-- name: needed_by_nothing
select null::text as by

-- name: needed_by_others
-- Its own skus and photos went before it: what is left is of somebody else.
select 'run ' || min(source_run) as by from (
    select source_run from sku where sku.style_id = current.id
    union all
    select source_run from style_photo where style_photo.style_id = current.id
) as others
having count(*) > 0

-- name: restore
-- The whole row, its version too: nobody edits these here, and the import before this one can then be rolled back.
update {live} as kept set ({columns}) = row ({old})
from reversal cross join lateral jsonb_populate_record(null::{live}, reversal.columns) as old
where kept.id = reversal.id and reversal.outcome = 'restored'

-- name: delete
delete from {live} as gone using reversal where gone.id = reversal.id and reversal.outcome = 'deleted'

-- name: changed
select product_id from reversal where outcome in ('restored', 'deleted')
union
select {product} from reversal join {live} as current on current.id = reversal.id where outcome = 'restored'
