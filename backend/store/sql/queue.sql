-- name: page
-- One page of a kind, in the order of their urgency; one more than a page, to know whether there are others.
select review_id, due from moderation_case
where kind = %(kind)s and (due, review_id) >= (%(due)s, %(review_id)s)
order by due, review_id
limit %(size)s

-- name: page_of_mine
-- What a person has open or put on hold.
with mine as (
    select review_id from claim where user_id = %(user_id)s and until > now()
    union
    select review_id from moderation_case where held_by = %(user_id)s
)
select review_id, due from mine join moderation_case using (review_id)
where (due, review_id) >= (%(due)s, %(review_id)s)
order by due, review_id
limit %(size)s

-- name: cards
-- What a card shows: the review, how often and mostly why it was reported, and who holds it.
select
    c.review_id as id, c.kind, c.reports, c.opened_at, c.last_report_at, c.product_id,
    r.state, r.rating, r.summary, r.version, r.reviewer_name, left(r.body, 240) as excerpt,
    p.name as product_name,
    held.name as held_by,
    why.reason as reported_for
from moderation_case as c
join review as r on r.id = c.review_id
left join product as p on p.id = c.product_id
left join user_account as held on held.id = c.held_by
left join lateral (
    select t.reason from report as t
    where t.review_id = c.review_id and t.at >= c.opened_at and t.reason is not null
    group by t.reason order by count(*) desc, t.reason
    limit 1
) as why on true
where c.review_id = any(%(review_ids)s)
order by c.due, c.review_id

-- name: count_mine
select count(*) as waiting from (
    select review_id from claim join moderation_case using (review_id) where user_id = %(user_id)s and until > now()
    union
    (select review_id from moderation_case where held_by = %(user_id)s limit 1001)
) as mine

-- name: of_reviewer
-- Reviews of one e-mail address. What the public does not see is found by the address itself (review_unseen_email_idx); what
-- it sees, by the name among the words: an index of all addresses would cost every vote.
with found as (
    select id from review where reviewer_email = %(email)s and not visible
    union
    select s.review_id from review_search as s
    join review as r on r.id = s.review_id
    where s.document @@ phraseto_tsquery('atelier', %(name)s) and r.reviewer_email = %(email)s
)
select r.id, r.state, r.rating, r.summary, r.written_at, r.product_id, p.name as product_name, hidden.title as reason_title
from found
join review as r on r.id = found.id
left join product as p on p.id = r.product_id
left join lateral (
    select y.title from event as e join reason as y on y.code = e.reason
    where r.state = 'hidden' and e.subject_kind = 'review' and e.subject_id = r.id and e.action = 'hide'
    order by e.id desc limit 1
) as hidden on true
where r.id <> %(review_id)s
order by r.written_at desc, r.id desc
limit 100

-- name: latest_of_product
select id, rating, summary, reviewer_name, written_at from review
where product_id = %(product_id)s and visible and id <> %(review_id)s
order by written_at desc, id desc
limit 4

-- name: notes
-- What was noted about these reviews, the newest first.
select n.id, n.review_id, n.at, n.text, n.user_id, u.name as user_name
from review_note as n join user_account as u on u.id = n.user_id
where n.review_id = any(%(review_ids)s)
order by n.id desc
limit 20

-- name: add_note
insert into review_note (review_id, user_id, text)
select id, %(user_id)s, %(text)s from review where id = %(review_id)s
returning id

-- name: take_claim
-- Mine for so long from now on, unless somebody else's lasts: then no row comes back.
insert into claim (review_id, user_id, until) values (%(review_id)s, %(user_id)s, now() + %(lasts)s)
on conflict (review_id) do update set user_id = excluded.user_id, until = excluded.until
where claim.until <= now() or claim.user_id = excluded.user_id
returning until

-- name: drop_other_claims
delete from claim where user_id = %(user_id)s and review_id <> %(review_id)s

-- name: drop_claims
delete from claim where review_id = any(%(review_ids)s)

-- name: claims_of
-- Who has which of these cards open.
select c.review_id, c.user_id, u.name as user_name, ceil(extract(epoch from c.until - now()))::int as seconds
from claim as c join user_account as u on u.id = c.user_id
where c.review_id = any(%(review_ids)s) and c.until > now()

-- name: forget_claims
delete from claim where until < now() - interval '1 hour'

-- name: refresh_reach
-- Products gain readers while their cases wait: a case whose product's reviews doubled, or halved, gets its new place. So many
-- cases from a review on; the last one that was looked at. One that somebody decides at this moment is left alone.
with page as (
    select review_id, product_id from moderation_case where review_id > %(after)s order by review_id limit %(size)s
), known as (
    select product_id, reach(sum(stars_1 + stars_2 + stars_3 + stars_4 + stars_5)) as reach
    from product_rollup where product_id in (select product_id from page)
    group by product_id
), stale as (
    select c.review_id, known.reach
    from page join moderation_case as c using (review_id) join known on known.product_id = c.product_id
    where known.reach <> c.reach
    for update of c skip locked
), changed as (
    update moderation_case set reach = stale.reach from stale where stale.review_id = moderation_case.review_id
)
select max(review_id) as upto from page
