-- name: list
-- Some reviews in the order of a key, each with it. The parts in braces are those below.
select r.id, r.rating, r.summary, r.recommend, nullif(r.response, 'null') as response, r.body, r.written_at,
       r.reviewer_name, r.helpfulness, r.photo_ids, r.photo_urls, {key} as key
from {source} where {conditions}
order by {key} {onward}, r.id {onward} limit %(limit)s::bigint offset %(offset)s::bigint

-- name: stars
select count(*) filter (where r.rating = 1) as stars_1, count(*) filter (where r.rating = 2) as stars_2,
       count(*) filter (where r.rating = 3) as stars_3, count(*) filter (where r.rating = 4) as stars_4,
       count(*) filter (where r.rating = 5) as stars_5
from {source} where {conditions}

-- name: all_reviews
review as r

-- name: found_reviews
review as r join review_search as s on s.review_id = r.id

-- name: of_product
r.product_id = %(product_id)s::bigint and r.visible

-- name: ratings
r.rating = any(%(ratings)s::smallint[])

-- name: recommended
r.recommend = %(recommended)s::boolean

-- name: with_photos
(r.photo_ids <> '{}') = %(with_photos)s::boolean

-- name: with_response
(coalesce(r.response, '') not in ('', 'null')) = %(with_response)s::boolean

-- name: verified
r.verified = %(verified)s::boolean

-- name: since
r.written_at >= %(since)s::timestamptz

-- name: until
r.written_at < %(until)s::timestamptz

-- name: words
-- The index over products and words serves an id of its own width alone: with a wider one, the words of all products
-- would be looked through.
s.product_id = least(%(product_id)s::bigint, 2147483647)::integer
and s.document @@ websearch_to_tsquery('atelier', %(words)s::text)

-- name: behind
({key}, r.id) < (%(key)s, %(review_id)s::bigint)

-- name: before
({key}, r.id) > (%(key)s, %(review_id)s::bigint)

-- name: relevant
r.relevance

-- name: newest
r.written_at

-- name: helpful
r.helpfulness

-- name: rank
-- A whole number, so that a cursor holds it to its last digit.
(ts_rank(s.document, websearch_to_tsquery('atelier', %(words)s::text)) * 1000000000)::bigint
