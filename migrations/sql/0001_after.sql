-- What stands on the tables of revision 0001: the functions that derive numbers and words, the reasons, the grants.

-- A review's characteristic ratings (rating id, characteristic id, value, ...) as a rollup counts them (characteristic id, 1, value, ...).
create function rollup_of(ratings int[]) returns int[]
language sql immutable parallel safe
return (
    select coalesce(array_agg(x order by i, k), '{}')
    from generate_series(1, cardinality(ratings), 3) as i
    cross join lateral (values (1, ratings[i + 1]), (2, 1), (3, ratings[i + 2])) as parts (k, x)
);

-- Two flat rollups (characteristic id, count, sum, ...) added up by id; what comes to nothing is left out.
create function rollup_add(a int[], b int[]) returns int[]
language sql immutable parallel safe
return (
    select coalesce(array_agg(x order by id, k), '{}')
    from (
        select id, sum(n)::int as n, sum(s)::int as s
        from (
            select a[i] as id, a[i + 1] as n, a[i + 2] as s from generate_series(1, cardinality(a), 3) as i
            union all
            select b[i], b[i + 1], b[i + 2] from generate_series(1, cardinality(b), 3) as i
        ) as parts
        group by id
        having sum(n) <> 0 or sum(s) <> 0
    ) as sums
    cross join lateral (values (1, id), (2, n), (3, s)) as triple (k, x)
);

-- The same with its sign turned: what a review that goes takes with it.
create function rollup_negate(a int[]) returns int[]
language sql immutable parallel safe
return (
    select coalesce(array_agg(case when (i - 1) % 3 = 0 then a[i] else -a[i] end order by i), '{}')
    from generate_series(1, cardinality(a)) as i
);

create aggregate rollup_sum (int[]) (
    sfunc = rollup_add, stype = int[], initcond = '{}', combinefunc = rollup_add, parallel = safe
);

-- Count a visible review into its product's rollup (sign 1) or out of it (sign -1): in the first slot that nobody holds, so that
-- the writers of one hot product do not queue; a further slot is opened while there are fewer than eight, else one is waited for.
create function count_review(product int, rating int, recommend boolean, ratings int[], sign int) returns void
language plpgsql
as $$
declare
    chosen int;
    delta int[] := case when sign < 0 then rollup_negate(rollup_of(ratings)) else rollup_of(ratings) end;
begin
    select r.slot into chosen from product_rollup as r
    where r.product_id = product order by r.slot limit 1 for update skip locked;
    if chosen is null then
        insert into product_rollup (product_id, slot)
        select product, n from generate_series(0, 7) as n
        where not exists (select from product_rollup as r where r.product_id = product and r.slot = n)
        order by n <> pg_backend_pid() % 8, n limit 1
        on conflict do nothing returning slot into chosen;
    end if;
    if chosen is null then
        select r.slot into chosen from product_rollup as r
        where r.product_id = product order by r.slot <> pg_backend_pid() % 8, r.slot limit 1 for update;
    end if;
    update product_rollup as r set
        stars_1 = stars_1 + case when rating = 1 then sign else 0 end,
        stars_2 = stars_2 + case when rating = 2 then sign else 0 end,
        stars_3 = stars_3 + case when rating = 3 then sign else 0 end,
        stars_4 = stars_4 + case when rating = 4 then sign else 0 end,
        stars_5 = stars_5 + case when rating = 5 then sign else 0 end,
        recommended = recommended + case when recommend then sign else 0 end,
        not_recommended = not_recommended + case when recommend then 0 else sign end,
        characteristics = case when delta = '{}' then characteristics else rollup_add(characteristics, delta) end
    where r.product_id = product and r.slot = chosen;
end
$$;

-- The words by which a review is found.
create function search_document(summary text, body text, reviewer_name text) returns tsvector
language sql stable parallel safe
return setweight(to_tsvector('atelier', summary), 'A')
    || setweight(to_tsvector('atelier', body), 'B')
    || setweight(to_tsvector('atelier', reviewer_name), 'C');

-- Keep a partition of review_before for each day from today to `ahead` days on, and drop those older than `keep` days.
-- Runs as the owner, so that the application needs no right to create tables. Returns how many it made and dropped.
create function maintain_review_before(ahead int default 7, keep int default 30) returns table (made int, dropped int)
language plpgsql security definer set search_path = pg_catalog, public
as $$
declare
    today date := (now() at time zone 'utc')::date;
    day date;
    name text;
begin
    made := 0;
    dropped := 0;
    for day in select today + n from generate_series(-1, ahead) as n loop
        name := 'review_before_' || to_char(day, 'YYYYMMDD');
        if to_regclass('public.' || name) is null then
            execute format(
                'create table public.%I partition of public.review_before for values from (%L) to (%L)',
                name, day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00'
            );
            made := made + 1;
        end if;
    end loop;
    for name in
        select c.relname from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
        where i.inhparent = 'public.review_before'::regclass
          and c.relname ~ '^review_before_\d{8}$'
          and to_date(right(c.relname, 8), 'YYYYMMDD') < today - keep
    loop
        execute format('drop table public.%I', name);
        dropped := dropped + 1;
    end loop;
    return next;
end
$$;

-- Tell the planner what an import changed: only the owner of a table may, and the application is not.
create function refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, public
as $$
begin
    analyze public.product, public.characteristic, public.review, public.product_rollup, public.review_search;
end
$$;

-- Where imports put what they have read until it is merged: tables that the application makes and drops, a set a run.
create schema staging;

-- Nothing that can be undone is lost because nobody made tomorrow's partition.
create table review_before_default partition of review_before default;
select maintain_review_before();

insert into reason (code, position, title, explanation) values
    ('spam', 1, 'Spam or advertising', 'The review advertises something or was posted in bulk.'),
    ('offensive', 2, 'Offensive language', 'The review insults people or uses language that our rules exclude.'),
    ('personal-data', 3, 'Personal data', 'The review shows personal data of its writer or of somebody else.'),
    ('off-topic', 4, 'Not about the product', 'The review is about something other than the product, such as its delivery.'),
    ('wrong-product', 5, 'About another product', 'The review describes a product other than this one.'),
    ('fake', 6, 'Not a genuine experience', 'We have reason to believe that the writer has not used the product.'),
    ('conflict', 7, 'Conflict of interest', 'The writer has an interest in the product or in a competitor of it.'),
    ('illegal', 8, 'Unlawful content', 'The review holds content that the law does not allow us to show.'),
    ('duplicate', 9, 'Duplicate', 'The same writer posted this review more than once.');

-- The application reads and writes; the trace it may only add to. The reader sees all but secrets.
grant usage on schema public to atelier_app, atelier_read;
grant select, insert, update, delete on all tables in schema public to atelier_app;
grant usage, select, update on all sequences in schema public to atelier_app;
revoke update, delete, truncate on event from atelier_app;
revoke insert, update, delete on alembic_version from atelier_app;
grant select on all tables in schema public to atelier_read;
revoke select on session, login_throttle, api_key, user_account from atelier_read;
grant select (id, email, name, role, time_zone, created_at, disabled_at) on user_account to atelier_read;
revoke execute on function maintain_review_before(int, int), refresh_statistics() from public;
grant execute on function maintain_review_before(int, int), refresh_statistics() to atelier_app;
grant usage, create on schema staging to atelier_app;

-- Tables of later revisions are granted alike without another word; what a reader must not see is revoked there.
alter default privileges in schema public grant select, insert, update, delete on tables to atelier_app;
alter default privileges in schema public grant usage, select, update on sequences to atelier_app;
alter default privileges in schema public grant select on tables to atelier_read;
