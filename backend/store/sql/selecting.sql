-- name: list
-- Some reviews in the order of a key, each with it. The parts in braces are those below.
select r.id, r.rating, r.summary, r.recommend, nullif(r.response, 'null') as response, r.body,
       to_char(r.written_at, 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"') as date,
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

-- name: having_words
-- How many of a product's reviews have the words: planned, never run. The index over products and words serves an id of
-- its own width alone; with a wider one, the words of all products would be looked through.
explain (format json) select from review_search as s
where s.product_id = least(%(product_id)s::bigint, 2147483647)::integer
      and s.document @@ websearch_to_tsquery('atelier', %(words)s::text)

-- name: looked_up
-- Those that have the words, by their index. Each `offset 0` here keeps the planner from doing it another way.
(
    select s.review_id, s.document from review_search as s
    where s.product_id = least(%(product_id)s::bigint, 2147483647)::integer
          and s.document @@ websearch_to_tsquery('atelier', %(words)s::text)
    offset 0
) as s
join review as r on r.id = s.review_id

-- name: met_on_the_way
-- The same where many have them and the first few in an order are wanted: review by review. The words are read once.
review as r
cross join lateral (
    select s.document from review_search as s
    where s.review_id = r.id and s.document @@ (select websearch_to_tsquery('atelier', %(words)s::text))
    offset 0
) as s

-- name: ranked
-- Ranking reads all the words of a review. Of very many, those are ranked that come first without words.
(
    select r.*, (ts_rank(s.document, (select websearch_to_tsquery('atelier', %(words)s::text))) * 1000000000)::bigint as rank
    from {source} where {conditions} order by r.relevance desc, r.id desc limit %(ranked)s::bigint
) as r

-- name: any
true

-- name: of_product
r.product_id = %(product_id)s::bigint and r.visible

-- name: ratings
r.rating = any(%(ratings)s::smallint[])

-- name: recommended
r.recommend = %(recommended)s::boolean

-- name: with_photos
(cardinality(r.photo_ids) > 0) = %(with_photos)s::boolean

-- name: with_response
(coalesce(r.response, '') not in ('', 'null')) = %(with_response)s::boolean

-- name: verified
r.verified = %(verified)s::boolean

-- name: since
r.written_at >= %(since)s::timestamptz

-- name: until
r.written_at < %(until)s::timestamptz

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
r.rank
