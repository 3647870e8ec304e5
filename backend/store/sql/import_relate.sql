-- Staged rows whose relations fail are marked with their reasons. {names} in braces are the run's staging tables.

-- name: characteristics
-- A characteristic keeps its product, and a product has a name once: stored ones first, then in the order of delivery.
-- Stored is what the run found, not what it has merged already: where what was staged is lost, it is judged once more.
with stored as not materialized (
    select id, product_id, name from characteristic where source_run is distinct from %(run_id)s
    union all
    select before.id, (before.columns ->> 'product_id')::int, (before.columns ->> 'name')::characteristic_name
    from catalogue_before as before join import_file as file on file.event_id = before.event_id
    where file.run_id = %(run_id)s and before.kind = 'characteristic'
)
update {characteristics} as row set reasons = failed.reasons, columns = failed.columns
from (
    select at,
        array_remove(array[case when moved then 'other_product' end, case when taken then 'duplicate_name' end], null) as reasons,
        array_remove(array[case when moved then 'product_id' end, case when taken then 'name' end], null) as columns
    from (
        select c.ctid as at,
            same.product_id <> c.product_id as moved,
            coalesce(other.id <> c.id, false) or c.id <> first_value(c.id) over (
                partition by c.product_id, c.name
                order by other.id is distinct from c.id, c.file_id, c.source_offset
            ) as taken
        from {characteristics} as c
        left join stored as same on same.id = c.id
        left join stored as other on other.product_id = c.product_id and other.name = c.name
    ) as checked
    where moved or taken
) as failed
where row.ctid = failed.at

-- name: photos
update {photos} as photo set reasons = array['orphan'], columns = array['review_id']
where not exists (select from {reviews} as staged where staged.id = photo.review_id)
    and not exists (select from review where review.id = photo.review_id)

-- name: ratings
-- A rating needs its review, its characteristic, and that both are of one product.
update {ratings} as row set
    reasons = case
        when review_product is null and characteristic_product is null then array['orphan', 'orphan']
        when review_product is null or characteristic_product is null then array['orphan']
        else array['other_product']
    end,
    columns = case
        when review_product is null and characteristic_product is null then array['review_id', 'characteristic_id']
        when review_product is null then array['review_id']
        else array['characteristic_id']
    end
from (
    select rating.ctid as at,
        coalesce(staged_review.product_id, review.product_id) as review_product,
        coalesce(staged_characteristic.product_id, characteristic.product_id) as characteristic_product
    from {ratings} as rating
    left join {reviews} as staged_review on staged_review.id = rating.review_id
    left join review on review.id = rating.review_id
    left join {characteristics} as staged_characteristic
        on staged_characteristic.id = rating.characteristic_id and staged_characteristic.reasons is null
    left join characteristic on characteristic.id = rating.characteristic_id
) as related
where row.ctid = related.at and review_product is distinct from characteristic_product
    or row.ctid = related.at and review_product is null

-- name: to_merge
-- How many rows each file brings to the merge.
select
    (select count(*) from {products} where reasons is null)
    + (select count(*) from {characteristics} where reasons is null)
    + (select count(*) from {reviews} where reasons is null)
    + (select count(*) from {photos} where reasons is null)
    + (select count(*) from {ratings} where reasons is null)
    + (select count(*) from {features} where reasons is null)
    + (select count(*) from {styles} where reasons is null)
    + (select count(*) from {skus} where reasons is null)
    + (select count(*) from {style_photos} where reasons is null)
    + (select count(*) from {related} where reasons is null) as rows
