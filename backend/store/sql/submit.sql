-- name: product
-- A product that may be reviewed, with those of the given characteristics that are its own, and the rules that hold.
select p.id, array(
    select c.id from characteristic as c
    where c.product_id = p.id and c.id = any(%(characteristics)s::bigint[])
) as characteristics, (
    select jsonb_agg(jsonb_build_object('name', name, 'kind', kind, 'action', action, 'settings', settings) order by name)
    from screening_rule where active
) as rules
from product as p where p.id = %(product_id)s::bigint

-- name: is_repeated
select exists (
    select from submission where fingerprint = %(fingerprint)s and at > now() - interval '24 hours'
) as repeated

-- name: insert_review
-- Where nobody examined it, it does so itself, as far as that takes no rule: there is such a product, these are
-- characteristics of it, and no rule is active. Else there is no row.
-- The fingerprint comes first: where the same was sent within a day there is no row. Who sends it at the same moment waits
-- for the other. Ids of photos and ratings come from their sequences. Time is kept to the millisecond, as it is shown, so
-- that the order of the list agrees with the dates in it. Its words are stored, and it is
-- counted, by the same statement: each of its own would cost a way to the server.
with fresh as (
    insert into submission as known (fingerprint, voter)
    select %(fingerprint)s::uuid, %(voter)s::bytea
    where %(examined)s or (
        exists (select from product where id = %(product_id)s::int)
        and not exists (select from screening_rule where active)
        and %(characteristics)s::int[] <@ array(
            select id from characteristic where product_id = %(product_id)s::int and id = any(%(characteristics)s::int[])
        )
    )
    on conflict (fingerprint) do update set at = now(), voter = excluded.voter
    where known.at <= now() - interval '24 hours'
    returning 1
), stored as (
    insert into review (product_id, written_at, state, rating, recommend, summary, body, reviewer_name, reviewer_email,
                        photo_urls, photo_ids, ratings, verified, incentivized)
    select
        %(product_id)s::int, date_trunc('milliseconds', clock_timestamp()), %(state)s::review_state, %(rating)s::smallint,
        %(recommend)s, %(summary)s, %(body)s, %(name)s, %(email)s, %(photos)s::text[],
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
        ),
        %(verified)s, %(incentivized)s
    from fresh
    returning id, product_id, state, rating, recommend, ratings, summary, body, reviewer_name
), searched as (
    insert into review_search (review_id, product_id, document)
    select id, product_id, search_document(summary, body, reviewer_name) from stored
)
select id, product_id,
       case when state = 'published' then count_review(product_id, rating, recommend, ratings, 1) end as counted
from stored

-- name: open_case
-- A review that a rule holds waits for a moderator.
insert into moderation_case (review_id, product_id, kind, reach)
values (%(id)s, %(product_id)s, 'held', reach_of(%(product_id)s))
