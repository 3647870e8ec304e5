-- What is stored, a page of ids at a time, as arrays in binary form (backend/store/stored.py).

-- name: products
select max(id) as last, array_send(array_agg(id)) as id, array_send(array_agg(hash)) as hash
from (
    select id, coalesce(delivered_hash, 0) as hash from product where id > %(after)s order by id limit %(count)s
) as page

-- name: characteristics
select max(id) as last, array_send(array_agg(id)) as id, array_send(array_agg(hash)) as hash,
    array_send(array_agg(product_id)) as product
from (
    select id, coalesce(delivered_hash, 0) as hash, product_id
    from characteristic where id > %(after)s order by id limit %(count)s
) as page

-- name: reviews
-- The arrays' hashes are those that `etl.compiled.postgres_hash` computes.
select max(id) as last, array_send(array_agg(id)) as id, array_send(array_agg(hash)) as hash,
    array_send(array_agg(photos)) as photos, array_send(array_agg(rated)) as ratings
from (
    select id, coalesce(delivered_hash, 0) as hash,
        hash_array_extended(photo_ids, 0) # hash_array_extended(photo_urls, 0) as photos,
        hash_array_extended(ratings, 0) as rated
    from review where id > %(after)s order by id limit %(count)s
) as page

-- name: shelves
select max(id) as last, array_send(array_agg(id)) as id, array_send(array_agg(hash)) as hash
from (
    select id, coalesce(delivered_hash, 0) as hash from {table} where id > %(after)s order by id limit %(count)s
) as page
