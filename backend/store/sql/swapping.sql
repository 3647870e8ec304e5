-- What tables have that others take the place of (backend/store/swapping.py): asked of the catalogue.

-- name: keys_to_them
-- Foreign keys of other tables.
select owner.relname::text, rule.conname::text, pg_get_constraintdef(rule.oid)
from pg_constraint as rule
join pg_class as owner on owner.oid = rule.conrelid and owner.relnamespace = 'public'::regnamespace
join pg_class as target on target.oid = rule.confrelid and target.relnamespace = 'public'::regnamespace
where rule.contype = 'f' and target.relname = any (%(tables)s) and owner.relname <> all (%(tables)s)
order by owner.relname, rule.conname

-- name: grants
select owner.relname::text, given.privilege_type, role.rolname::text
from pg_class as owner
cross join lateral aclexplode(owner.relacl) as given
left join pg_roles as role on role.oid = given.grantee
where owner.relnamespace = 'public'::regnamespace and owner.relname = any (%(tables)s) and given.grantee <> owner.relowner
order by 1, 2, 3

-- name: sequences
-- Sequences that go with a column of theirs.
select sequence.relname::text, owner.relname::text, attribute.attname::text
from pg_depend as link
join pg_class as sequence on sequence.oid = link.objid and sequence.relkind = 'S'
join pg_class as owner on owner.oid = link.refobjid and owner.relnamespace = 'public'::regnamespace
join pg_attribute as attribute on attribute.attrelid = owner.oid and attribute.attnum = link.refobjsubid
where link.deptype = 'a' and link.classid = 'pg_class'::regclass and owner.relname = any (%(tables)s)
order by 1
