-- name: find
-- The key of a token's hash, while it works.
select id, name, scopes from api_key where key_hash = %(key_hash)s and revoked_at is null

-- name: add
insert into api_key (name, key_hash, scopes) values (%(name)s, %(key_hash)s, %(scopes)s) returning id

-- name: list
select id, name, scopes, created_at, revoked_at from api_key order by id

-- name: revoke
update api_key set revoked_at = now() where id = %(key_id)s and revoked_at is null
