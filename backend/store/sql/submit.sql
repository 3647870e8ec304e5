-- name: product
-- A product that may be reviewed, with those of the given characteristics that are its own.
select p.id, array(
    select c.id from characteristic as c
    where c.product_id = p.id and c.id = any(%(characteristics)s::bigint[])
) as characteristics
from product as p where p.id = %(product_id)s::bigint

-- name: insert_review
-- Ids of photos and ratings come from their sequences. Time is kept to the millisecond, as it is shown, so that the order
-- of the list agrees with the dates in it.
insert into review (product_id, written_at, rating, recommend, summary, body, reviewer_name, reviewer_email,
                    photo_urls, photo_ids, ratings)
values (
    %(product_id)s, date_trunc('milliseconds', clock_timestamp()), %(rating)s, %(recommend)s, %(summary)s, %(body)s,
    %(name)s, %(email)s, %(photos)s::text[],
    array(select nextval('photo_id_seq')::int from generate_series(1, cardinality(%(photos)s::text[]))),
    array(
        select part.value
        from (
            select place, nextval('rating_id_seq')::int as rating_id, characteristic_id, value
            from unnest(%(characteristics)s::int[], %(values)s::int[]) with ordinality
                as given (characteristic_id, value, place)
        ) as rated
        cross join lateral (values (1, rating_id), (2, characteristic_id), (3, rated.value)) as part (nth, value)
        order by place, nth
    )
)
returning id, product_id, rating, recommend, ratings, summary, body, reviewer_name

-- name: insert_search
insert into review_search (review_id, product_id, document)
values (%(id)s, %(product_id)s, search_document(%(summary)s, %(body)s, %(reviewer_name)s))
