-- Saved mappings: how files with another header than ours are understood.

-- name: save
-- A new mapping, or a new version of one that is there.
insert into import_mapping (name, definition, user_id) values (%(name)s, %(definition)s, %(user_id)s)
on conflict (name) do update set definition = excluded.definition, user_id = excluded.user_id,
    version = import_mapping.version + 1, updated_at = now()
returning id, name, version

-- name: list
select mapping.id, mapping.name, mapping.definition, mapping.version, mapping.created_at, mapping.updated_at,
    account.name as user_name
from import_mapping as mapping
left join user_account as account on account.id = mapping.user_id
order by mapping.name

-- name: one
select id, name, definition, version, updated_at from import_mapping where name = %(name)s

-- name: remove
delete from import_mapping where id = %(mapping_id)s
