-- What the tables of revision 0001 stand on: roles, extensions, and the way words are found.

-- Three roles from the first revision on: the owner (who runs this), the application, and a reader.
-- A server's administrator makes them with passwords of their own; where we may, we make them without a login.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['atelier_app', 'atelier_read'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when insufficient_privilege then
                raise exception 'the role % does not exist and % may not create it: run "create role % login password ''...''" as an administrator',
                    wanted, current_user, wanted;
            when duplicate_object or unique_violation then
                null; -- another database of this server is being migrated at this moment
            end;
        end if;
    end loop;
end
$$;

create extension if not exists btree_gin;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- Words without accents and without any one language's endings: reviews come in many languages.
create text search configuration atelier (copy = simple);
alter text search configuration atelier
    alter mapping for hword, hword_part, word with unaccent, simple;
