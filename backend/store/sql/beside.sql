-- Tables beside the live ones (backend/store/beside.py): what the live ones are, asked of the catalogue.

-- name: owns
select bool_and(pg_has_role(current_user, relowner, 'usage')) and has_database_privilege(current_database(), 'create')
from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname = any (%(tables)s)

-- name: comments
select relname::text, obj_description(oid, 'pg_class') from pg_class
where relnamespace = 'public'::regnamespace and relname = any (%(tables)s) and obj_description(oid, 'pg_class') is not null

-- name: create_notes
-- What the load knows beside its rows: whose they are, and what became of each file.
create table beside.filled (run_id int not null);
create table beside.outcome (file_id int not null, inserted bigint not null);
grant usage on schema beside to atelier_app

-- name: share
grant select, insert on all tables in schema beside to atelier_app

-- name: note_run
insert into beside.filled values (%(run_id)s)

-- name: noted_run
select run_id from beside.filled

-- name: missing_indexes
-- What takes longest first: the largest tables, and of their indexes those of the most columns. Sparse ones alone are
-- those of what the public does not see.
select replace(pg_get_indexdef(index.indexrelid), ' ON public.', ' ON beside.') as statement
from pg_index as index
join pg_class as name on name.oid = index.indexrelid
join pg_class as owner on owner.oid = index.indrelid and owner.relnamespace = 'public'::regnamespace
where owner.relname = any (%(tables)s) and name.relname <> all (%(later)s)
    and (not %(sparse)s or pg_get_expr(index.indpred, index.indrelid) = '(NOT visible)')
    and not exists (
        select from pg_class as made where made.relnamespace = 'beside'::regnamespace and made.relname = name.relname
    )
order by owner.relname = 'review' desc, owner.relname, index.indnatts desc, name.relname

-- name: definitions
-- What makes indexes of live tables again, beside readers and writers.
select relname::text, replace(pg_get_indexdef(oid), ' INDEX ', ' INDEX CONCURRENTLY ') from pg_class
where relnamespace = 'public'::regnamespace and relname = any (%(names)s)

-- name: note_index
insert into index_due (name, definition) values (%s, %s)

-- name: indexes_due
select name, definition from index_due order by name

-- name: index_made
delete from index_due where name = %s

-- name: missing_keys
-- A key is made of its index, so that the index is built but once.
select format('alter table beside.%%I add constraint %%I %%s using index %%I', owner.relname, rule.conname,
    case rule.contype when 'p' then 'primary key' else 'unique' end, name.relname)
from pg_constraint as rule
join pg_class as owner on owner.oid = rule.conrelid and owner.relnamespace = 'public'::regnamespace
join pg_class as name on name.oid = rule.conindid
where owner.relname = any (%(tables)s) and rule.contype in ('p', 'u')
    and not exists (
        select from pg_constraint as made where made.connamespace = 'beside'::regnamespace and made.conname = rule.conname
    )
order by 1

-- name: open_cases
-- A delivered report hides its review until a moderator judges it. The index of what is not visible finds them at once.
insert into moderation_case (review_id, product_id, kind)
select id, product_id, 'reported' from review where state = 'reported' and not visible order by id

-- name: count_reviews
select coalesce(sum(outcome.inserted), 0)::bigint from beside.outcome join import_file as file on file.id = outcome.file_id
where file.format = 'reviews'

-- name: count_files
update import_file as file set inserted = outcome.inserted
from (select file_id, sum(inserted) as inserted from beside.outcome group by file_id) as outcome
where file.id = outcome.file_id

-- name: reach_live
update import_run set checkpoint = checkpoint || '{"live": 1}', seen_at = now() where id = %(run_id)s
