-- How a merge is shared: ranges of ids that workers claim. {names} in braces are the run's staging tables.

-- name: make_ranges
-- A range of ids for each transaction. A step's ranges hold every id there can be: reading again changes nothing in them.
-- Reviews are all that are delivered or that get a photo or a rating; the products of step 4 those of which something else
-- is delivered than their facts.
with staged as (
    select 1 as step, id from {products} where reasons is null
    union all
    select 2, id from {characteristics} where reasons is null
    union all
    select 3, id from (
        select id from {reviews} where reasons is null
        union select review_id from {photos} where reasons is null
        union select review_id from {ratings} where reasons is null
    ) as ids
    union all
    select 4, id from (
        select product_id as id from {features} where reasons is null
        union select product_id from {related} where reasons is null
        union select product_id from {owners}
    ) as ids
),
ends as (
    select step, max(id) as upto
    from (
        select step, id, (row_number() over (partition by step order by id) - 1)
            / case step when 4 then %(shelved)s else %(size)s end as part
        from staged
    ) as parts
    group by step, part
)
insert into import_range (run_id, step, after, upto)
select %(run_id)s, step, coalesce(lag(upto) over way, 0), case when lead(upto) over way is null then 2147483647 else upto end
from ends
window way as (partition by step order by upto)

-- name: is_much
-- Whether the ranges of a step, of so many products each, are about more than a hundredth of all products.
select count(*) * %(shelved)s > (select greatest(reltuples, 0) / 100 from pg_class where oid = 'product'::regclass)
from import_range where run_id = %(run_id)s and step = %(step)s

-- name: forget_step
delete from import_range where run_id = %(run_id)s and step = %(step)s

-- name: make_ready
-- What is staged is whole and its relations are checked. It goes with what is staged.
create table if not exists {ready} as select true as whole

-- name: is_ready
select 1 from {ready}

-- name: claim
-- The next range that nobody holds, of the first step that is not through. It is gone when what is in it is merged,
-- or judged, where its run is a dry one.
delete from import_range
where (run_id, step, after) = (
    select run_id, step, after from import_range
    where run_id = %(run_id)s and step = (select min(step) from import_range where run_id = %(run_id)s)
    order by after limit 1 for update skip locked
)
returning step, after, upto, (select options ? 'dry_run' from import_run where id = %(run_id)s) as dry

-- name: far
-- How far the merge is, whoever did it, and whether others hold the rest.
select merged_rows, exists (select from import_range where run_id = %(run_id)s) as is_left
from import_run where id = %(run_id)s
